"""Gradient activation (GAF): g(x) = α·arctan(βx), applied to every element of a gradient.

Liu et al., *Activated gradients for deep neural networks*, IEEE TNNLS 2021.  Seen in the released
code: one optimizer applies g to the raw gradient, before weight decay and momentum (``SGD_atan``),
another to the effective step, after both, while the momentum buffer keeps raw values
(``SGD_atanMom``).  An inference: the learning rate multiplies g's value there, not its argument, so
that the slope αβ is a factor of the learning rate in both.  Left out: the Adam form, and the
variants with tanh and with signed log(1 + |x|).  What follows from the formula is decided in
:mod:`zerosnet.theory.activated_gradients`, the update is in :mod:`zerosnet.training.activated_sgd`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import finite

if TYPE_CHECKING:
    from torch import Tensor

#: Where g is applied: before weight decay and momentum, or after both.
Place = Literal["gradient", "step"]


@dataclass(frozen=True)
class ActivatedGradients:
    """g(x) = α·arctan(βx), and where it is applied.

    Args:
        alpha, beta: α and β, above 0.
        applied_to: ``gradient`` (``SGD_atan``) or ``step`` (``SGD_atanMom``).

    Raises:
        SuiteError: α or β is not a finite number above 0, or the place is unknown.
    """

    alpha: float
    beta: float
    applied_to: Place = "gradient"

    def __post_init__(self) -> None:
        for name in ("alpha", "beta"):
            number = finite(getattr(self, name), f"{name} of activated gradients")
            if number <= 0:
                raise SuiteError(f"{name} of activated gradients is {number:g}: must be above 0")
            object.__setattr__(self, name, number)  # 20 and 20.0 must give a run the same key
        if self.applied_to not in get_args(Place):
            raise SuiteError(
                f"gradients are activated on {self.applied_to!r}: "
                f"one of {', '.join(get_args(Place))} is expected"
            )

    @property
    def slope(self) -> float:
        """αβ, the factor by which the smallest gradients are multiplied."""
        return self.alpha * self.beta

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.alpha:g}·arctan({self.beta:g}x) of the {self.applied_to}"

    def value(self, x: Tensor) -> Tensor:
        """The function g of every element of a tensor of any shape."""
        return self.alpha * (self.beta * x).arctan()


#: (α, β) as seen: the two of the commands for ImageNet, the class's default, another file's.  Those
#: for CIFAR have 32 pairs: ``claims/paper/released_code.yaml``.
SEEN = {
    "first on ImageNet": ActivatedGradients(0.1, 20),
    "second on ImageNet": ActivatedGradients(0.2, 10),
    "default of the class": ActivatedGradients(0.3, 4.5),
    "in another file": ActivatedGradients(0.05, 20),
}
