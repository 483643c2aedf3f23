"""Adversarial examples in pixel space: FGSM and PGD with torchattacks, ε asserted (appendix).

The network under attack begins with its normalization and takes pixels in [0, 1], so ε is in
pixels: an attack that were told of a normalization, too, would move them further than it says.
The appendix is not available; the strengths are those of the literature (Goodfellow et al. 2014 on
MNIST, Madry et al. 2018 on CIFAR-10), with weaker ones that networks without defence can survive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from zerosnet.data.perturb import ACCURACY
from zerosnet.data.seeds import seed_for
from zerosnet.files.errors import SuiteError

if TYPE_CHECKING:
    from torch import Tensor, nn

#: Largest excess over ε that rounding in float32 explains.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Attack:
    """One attack of one strength.

    Args:
        name: of the column that it fills.
        epsilon: largest change of a pixel, in units of the pixel range [0, 1].
        steps: 0 for FGSM, one step of ε; else of PGD, from a random start in the ball.
        step: size of each of these; ``None``: ε/4.
    """

    name: str
    epsilon: Fraction
    steps: int = 0
    step: Fraction | None = None

    def __call__(self, network: nn.Module, pixels: Tensor, labels: Tensor, batch: int) -> Tensor:
        """Adversarial copies of pixels in [0, 1], (B, C, H, W), of the network in evaluation mode.

        Args:
            batch: number of the batch, from 0: every network meets the same random starts in it
                (on one kind of device; CPUs and GPUs draw other numbers).

        Raises:
            ValueError: a pixel moved by more than ε or left [0, 1]: the attack is broken.
        """
        import torch  # judging what was measured elsewhere needs neither
        import torchattacks

        epsilon = float(self.epsilon)
        if self.steps:
            size = epsilon / 4 if self.step is None else float(self.step)
            attack = torchattacks.PGD(network, eps=epsilon, alpha=size, steps=self.steps)
        else:
            attack = torchattacks.FGSM(network, eps=epsilon)
        devices = [pixels.device] if pixels.is_cuda else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed_for("attack", self.name, batch))
            adversarial: Tensor = attack(pixels, labels)
        check(adversarial, pixels, epsilon)
        return adversarial


def gradient(network: nn.Module, pixels: Tensor, labels: Tensor) -> Tensor:
    """Of the cross-entropy by pixels in [0, 1], (B, C, H, W): what attacks follow."""
    import torch
    from torch.nn import functional

    with torch.enable_grad():
        inputs = pixels.detach().clone().requires_grad_()
        loss = functional.cross_entropy(network(inputs), labels)
        (found,) = torch.autograd.grad(loss, inputs)
    return found


def check(adversarial: Tensor, pixels: Tensor, epsilon: float) -> None:
    """Check that an attack kept to its ball and to the range of pixels.

    Raises:
        ValueError: it did not; the message says by how much.
    """
    moved = float((adversarial - pixels).abs().max())
    # Written so that "not a number" fails, too.
    if not moved <= epsilon + _ROUNDING:
        raise ValueError(f"a pixel moved by {moved:.6f}, but ε is {epsilon:.6f}")
    low, high = float(adversarial.min()), float(adversarial.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"adversarial pixels range from {low:.6f} to {high:.6f}, not in [0, 1]")


PGD_STEPS = 10
PGD = tuple(
    Attack(f"pgd_{strength}/255", Fraction(strength, 255), PGD_STEPS) for strength in (1, 2, 4, 8)
)
FGSM = tuple(
    Attack(f"fgsm_{float(strength):g}", strength)
    for strength in (Fraction(n, 20) for n in (1, 2, 3, 4, 5, 6))
)
#: PGD as Yang et al. 2020 say: 20 steps of 1/255.  In their code the ball is centred after the
#: random start, so that pixels move by up to 2ε; here by ε.  Which ε they used is not known.
_PGD20_STEPS, _PGD20_STEP = 20, Fraction(1, 255)


def is_attack(column: str) -> bool:
    """Whether a column of a table is about an attack."""
    return column.startswith(("pgd", "fgsm"))


def attack_named(name: str) -> Attack:
    """The attack that a column names: ``pgd_2/255``, ``pgd20_2/255``, ``fgsm_0.1``, ``fgsm_2/255``.

    Raises:
        SuiteError: the name follows none of these patterns.
    """
    match = re.fullmatch(r"(pgd20|pgd|fgsm)_(\d+(?:/[1-9]\d*|\.\d+)?)", name)
    if match is None or not 0 < Fraction(match[2]) <= 1:
        raise SuiteError(f"attack {name!r} is unknown: pgd_<ε>, pgd20_<ε> or fgsm_<ε>, 0 < ε ≤ 1")
    steps, step = {"pgd20": (_PGD20_STEPS, _PGD20_STEP), "pgd": (PGD_STEPS, None)}.get(
        match[1], (0, None)
    )
    return Attack(name, Fraction(match[2]), steps, step)


def attacks_of(columns: Sequence[str]) -> tuple[Attack, ...]:
    """The attacks that a table has columns for, in its order."""
    names = [c.removesuffix(ACCURACY) for c in columns if c.endswith(ACCURACY)]
    return tuple(attack_named(name) for name in names if is_attack(name))
