"""Vertical deformation mapping (VDM): the loss ℓ becomes δ(ℓ), with an increasing δ.

Chen et al., 2020 and later.  Seen in the author's released files: three lines that are in use,
20·arctan(ℓ) + ℓ, (18/π)·arctan²(ℓ) + ℓ and log(e^ℓ − 1.9); three more that are commented out; and a
caption that names AP(10, 1, 1, 1).  Open, and readings chosen here:

* AP(a, b, c, d) = (a·arctan bℓ)^c + dℓ is an inference: it fits all of these but the logarithm.
* ℓ is the mean over the batch by default, each sample's loss as an option.

Which form gave which of the reported numbers is open, too.  What follows from the formulas is
decided in :mod:`zerosnet.theory.loss_deformation`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import finite

if TYPE_CHECKING:
    from torch import Tensor

#: Whose loss is deformed: the batch's mean, or each sample's before the mean is taken.
Of = Literal["batch", "sample"]
#: Least values of a, b, c, d: δ increases on ℓ ≥ 0, and its derivative is finite at 0.
_LEAST = {"a": 0.0, "b": 0.0, "c": 1.0, "d": 0.0}


@dataclass(frozen=True)
class LossDeformation:
    """δ(ℓ) = (a·arctan bℓ)^c + dℓ on losses ℓ ≥ 0.

    Args:
        a, b, d: at least 0, and δ not constant: d or ab above 0.
        c: at least 1.
        of: ``batch`` deforms the batch's mean loss, ``sample`` each sample's.

    Raises:
        SuiteError: a number is not finite or too small, δ is constant, or ``of`` is unknown.
    """

    a: float
    b: float
    c: float
    d: float
    of: Of = "batch"

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            number = finite(getattr(self, name), f"{name} of a loss deformation")
            if number < least:
                raise SuiteError(
                    f"{name} of a loss deformation is {number:g}: must be at least {least:g}"
                )
            object.__setattr__(self, name, number)  # 1 and 1.0 must give a run the same key
        if self.d == 0 and (self.a == 0 or self.b == 0):
            raise SuiteError("a loss deformation with d = 0 and ab = 0 is constant: raise d")
        _check_of(self.of)

    @property
    def name(self) -> str:
        """How reports call it."""
        numbers = ", ".join(f"{number:g}" for number in (self.a, self.b, self.c, self.d))
        return f"AP({numbers})" + (" of each sample" if self.of == "sample" else "")

    def value(self, loss: Tensor) -> Tensor:
        """δ of losses of any shape, differentiable."""
        return (self.a * (self.b * loss).arctan()) ** self.c + self.d * loss

    def derivative(self, loss: Tensor) -> Tensor:
        """δ′ of losses of any shape."""
        bent = (self.a * (self.b * loss).arctan()) ** (self.c - 1)
        return self.c * bent * (self.a * self.b / (1 + (self.b * loss) ** 2)) + self.d


@dataclass(frozen=True)
class LogarithmicDeformation:
    """δ(ℓ) = log(e^ℓ − shift), as one released file has it with shift 1.9.

    It has no value at losses up to log shift.  Its derivative there, which is all that training
    follows, is negative: what the released line computes, and what is computed here.

    Args:
        shift: above 0.
        of: see :class:`LossDeformation`.

    Raises:
        SuiteError: the shift is not finite and above 0, or ``of`` is unknown.
    """

    shift: float
    of: Of = "batch"

    def __post_init__(self) -> None:
        shift = finite(self.shift, "the shift of a loss deformation")
        if shift <= 0:
            raise SuiteError(f"the shift of a loss deformation is {shift:g}: must be above 0")
        object.__setattr__(self, "shift", shift)
        _check_of(self.of)

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"log(e^ℓ − {self.shift:g})" + (" of each sample" if self.of == "sample" else "")

    def value(self, loss: Tensor) -> Tensor:
        """δ of losses of any shape, differentiable; NaN where it has no value."""
        # log(e^ℓ − s) without the overflow of e^ℓ.
        return loss + (-self.shift * (-loss).exp()).log1p()

    def derivative(self, loss: Tensor) -> Tensor:
        """δ′ of losses of any shape: below 0 where e^ℓ < shift."""
        return 1 / (1 - self.shift * (-loss).exp())


Deformation = LossDeformation | LogarithmicDeformation


def _check_of(of: str) -> None:
    if of not in get_args(Of):
        raise SuiteError(
            f"a loss deformation is of {of!r}: one of {', '.join(get_args(Of))} is expected"
        )


#: As seen: two lines in use, three that are commented out, one caption.
SEEN = {
    "20·arctan(ℓ) + ℓ": LossDeformation(20, 1, 1, 1),
    "(18/π)·arctan²(ℓ) + ℓ": LossDeformation(math.sqrt(18 / math.pi), 1, 2, 1),
    "5·arctan(ℓ) + ℓ": LossDeformation(5, 1, 1, 1),
    "(2.5·arctan 3ℓ)² + ℓ": LossDeformation(2.5, 3, 2, 1),
    "(arctan 20ℓ)⁴ + ℓ": LossDeformation(1, 20, 4, 1),
    "AP(10, 1, 1, 1)": LossDeformation(10, 1, 1, 1),
}
#: The third line in use.
LOGARITHM = LogarithmicDeformation(1.9)
