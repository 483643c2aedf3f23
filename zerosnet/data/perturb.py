"""Noise on the images, in pixel space, as sections 5.3 and 5.6 describe it.

Pixels in [0, 1], noise added, clipped to [0, 1]; the network normalizes afterwards.  The columns of
table 6 name the noises: ``uniform_m0.08_0`` is uniform in [−0.08, 0], ``gauss_sd0.01`` has standard
deviation 0.01, ``const_mu0.3`` adds 0.3 to every pixel.  CIFAR-10-C's noises (Hendrycks and
Dietterich 2019), which In-ResNet is tried on, besides: ``impulse_p0.03`` sets 3 % of the values to
0 or 1, ``speckle_sd0.12`` multiplies by 1 + 0.12 z, ``shot_n100`` counts photons, 100 for white.

The noise depends on the paper's seed, on the perturbation and on the number of the batch, so every
network meets the same noise.  (The released code sets one seed before it builds the model, so its
noise depends on the architecture.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerosnet.data.seeds import generator_for
from zerosnet.files.errors import SuiteError

if TYPE_CHECKING:
    from torch import Tensor

#: "The random seeds of PyTorch for generating the uniform and Gaussian noises are both 1."
NOISE_SEED = 1
#: The column of accuracies without any perturbation.
NOISE_FREE = "noise_free"

#: What the columns of accuracies end in.
ACCURACY = "_acc_mean_pct"
_NUMBER = r"([mp]?\d+(?:\.\d+)?)"


@dataclass(frozen=True)
class Perturbation:
    """One kind of noise.

    Args:
        name: the column of table 6 without its ending.
        kind: ``none``, ``uniform`` in [low, high], ``gauss`` with standard deviation ``high``,
            ``const`` adding ``high``, ``impulse`` with probability ``high``, ``speckle`` with
            relative standard deviation ``high``, or ``shot`` with ``high`` photons; all in units of
            the pixel range [0, 1].
    """

    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0

    def __call__(self, pixels: Tensor, batch: int) -> Tensor:
        """Perturbed copies of pixels in [0, 1], clipped to [0, 1]; any shape.

        Args:
            batch: number of the batch, from 0; another batch gets other noise.
        """
        import torch  # who reads a table's columns needs none

        if self.kind == "none":
            return pixels
        if self.kind == "const":
            return (pixels + self.high).clamp_(0, 1)
        # Drawn on the CPU and in one layout: the same noise on every device.
        generator = generator_for("noise", NOISE_SEED, self.name, batch)
        if self.kind == "shot":
            counts = torch.poisson(pixels.cpu().contiguous() * self.high, generator=generator)
            return (counts / self.high).clamp_(0, 1).to(pixels.device)
        draw = torch.rand if self.kind in ("uniform", "impulse") else torch.randn
        noise = draw(pixels.shape, generator=generator)
        if self.kind == "impulse":
            salt, pepper = noise < self.high / 2, noise > 1 - self.high / 2
            struck = pixels.masked_fill(salt.to(pixels.device), 1.0)
            return struck.masked_fill(pepper.to(pixels.device), 0.0)
        if self.kind == "speckle":
            return (pixels * (1 + self.high * noise.to(pixels.device))).clamp_(0, 1)
        if self.kind == "uniform":
            noise = self.low + (self.high - self.low) * noise
        else:
            noise = self.high * noise
        return (pixels + noise.to(pixels.device)).clamp_(0, 1)


def perturbation_named(name: str) -> Perturbation:
    """The perturbation that a column of table 6 names.

    Raises:
        SuiteError: the name follows none of the patterns.
    """
    if name == NOISE_FREE:
        return Perturbation(name, "none")
    if match := re.fullmatch(rf"uniform_{_NUMBER}_{_NUMBER}", name):
        low, high = map(_signed, match.groups())
        if low < high:
            return Perturbation(name, "uniform", low, high)
    if match := re.fullmatch(rf"const_mu{_NUMBER}", name):
        return Perturbation(name, "const", high=_signed(match[1]))
    for kind, start, most in (
        ("gauss", "gauss_sd", math.inf),
        ("impulse", "impulse_p", 1.0),
        ("speckle", "speckle_sd", math.inf),
        ("shot", "shot_n", math.inf),
    ):
        match = re.fullmatch(rf"{start}(\d+(?:\.\d+)?)", name)
        if match and 0 < float(match[1]) <= most:
            return Perturbation(name, kind, high=float(match[1]))
    raise SuiteError(
        f"perturbation {name!r} is unknown: noise_free, uniform_<low>_<high>, gauss_sd<δ>, "
        "const_mu<μ>, with m for minus, impulse_p<p>, speckle_sd<δ> or shot_n<photons>"
    )


def is_noise(column: str) -> bool:
    """Whether a column, without its ending, is of accuracies under noise."""
    try:
        return perturbation_named(column).kind != "none"
    except SuiteError:
        return False


def _signed(text: str) -> float:
    return -float(text[1:]) if text.startswith("m") else float(text.removeprefix("p"))


def perturbations_of(columns: Sequence[str]) -> tuple[Perturbation, ...]:
    """The perturbations that a table reports accuracies for, in its order."""
    return tuple(
        perturbation_named(column.removesuffix(ACCURACY))
        for column in columns
        if column.endswith(ACCURACY)
    )
