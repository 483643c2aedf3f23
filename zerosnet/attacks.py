"""Adversarial examples in pixel space: FGSM and PGD with torchattacks, ε asserted (appendix).

The network under attack begins with its normalization and takes pixels in [0, 1], so ε is in
pixels: an attack that were told of a normalization, too, would move them further than it says.
The appendix is not available; the strengths are those of the literature (Goodfellow et al. 2014 on
MNIST, Madry et al. 2018 on CIFAR-10), with weaker ones that networks without defence can survive.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor, nn

from zerosnet.seeds import seed_for

#: Largest excess over ε that rounding in float32 explains.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Attack:
    """One attack of one strength.

    Args:
        name: of the column that it fills.
        epsilon: largest change of a pixel, in units of the pixel range [0, 1].
        steps: 0 for FGSM, one step of ε; else of PGD, each of ε/4 from a random start in the ball.
    """

    name: str
    epsilon: Fraction
    steps: int = 0

    def __call__(self, network: nn.Module, pixels: Tensor, labels: Tensor, batch: int) -> Tensor:
        """Adversarial copies of pixels in [0, 1], (B, C, H, W), of the network in evaluation mode.

        Args:
            batch: number of the batch, from 0: every network meets the same random starts in it
                (on one kind of device; CPUs and GPUs draw other numbers).

        Raises:
            ValueError: a pixel moved by more than ε or left [0, 1]: the attack is broken.
        """
        import torchattacks  # judging what was measured elsewhere needs no attacks

        epsilon = float(self.epsilon)
        if self.steps:
            attack = torchattacks.PGD(network, eps=epsilon, alpha=epsilon / 4, steps=self.steps)
        else:
            attack = torchattacks.FGSM(network, eps=epsilon)
        devices = [pixels.device] if pixels.is_cuda else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed_for("attack", self.name, batch))
            adversarial: Tensor = attack(pixels, labels)
        check(adversarial, pixels, epsilon)
        return adversarial


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
