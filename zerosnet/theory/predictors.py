"""Numbers that could predict how accurate a network is, from its coefficients alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from zerosnet.methods.multistep import LinearMultistep, labelled
from zerosnet.methods.stability import all_moduli, is_zero_stable, parasitic_radius
from zerosnet.theory.gauge import gauge_partner
from zerosnet.theory.responses import responses

#: Equal moduli of two methods stay equal at so many digits.
_DIGITS = 12


@dataclass(frozen=True)
class Blocks:
    """The ordinary blocks of a network's first stage.

    Args:
        method: that they follow.
        growth: of the branch's weight, from block to block.
        count: how many there are.
    """

    method: LinearMultistep
    growth: Fraction
    count: int

    @classmethod
    def of(cls, method: LinearMultistep, growth: Fraction, layers: int) -> Blocks:
        """Those of a network with so many layers, in three stages of basic blocks."""
        return cls(method, growth, max(1, (layers - 2) // 6 - (method.steps - 1)))

    @classmethod
    def of_row(cls, label: str, cells: Mapping[str, str], layers: int) -> Blocks:
        """Those of a row that was trained: its method as results name it, and its cells."""
        return cls.of(labelled(label), Fraction(cells.get("branch_growth") or 1), layers)


def _relative_branch_weight(blocks: Blocks) -> float:
    """|β| of the last ordinary block of a stage beside the state that it is added to.

    It is that of the gauge partner with a constant branch: all partners, one function, have one.
    """
    state = responses(gauge_partner(blocks.method, blocks.growth), blocks.count)[-1]
    return round(float(abs(blocks.method.beta) / state), _DIGITS) if state else float("inf")


#: Name → number of a network.
PREDICTORS: Mapping[str, Callable[[Blocks], float]] = {
    "largest root": lambda blocks: round(all_moduli(blocks.method)[0], _DIGITS),
    "Σ|α|": lambda blocks: float(sum(map(abs, blocks.method.alphas))),
    "Σα": lambda blocks: float(sum(blocks.method.alphas)),
    "|β|": lambda blocks: abs(float(blocks.method.beta)),
    "relative branch weight": _relative_branch_weight,
}
#: The same of a consistent method, as claims name them: the more, the better it should be.
SAID_TO_HELP: Mapping[str, Callable[[Blocks], float]] = {
    "zero stability": lambda blocks: float(is_zero_stable(blocks.method)),
    "small parasitic roots": lambda blocks: -round(parasitic_radius(blocks.method), _DIGITS),
    "relative branch weight": _relative_branch_weight,
}
