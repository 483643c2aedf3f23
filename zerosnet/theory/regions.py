"""For which parameters of a family all roots lie in a disk, for the whole real line at once.

The line is cut wherever a root can cross the circle; an exact sample of every piece is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy

from zerosnet.methods.families import Family
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import root_condition

RHO = sympy.Symbol("ρ")


@dataclass(frozen=True)
class Cell:
    """A piece of the real line on which a property is the same everywhere.

    Args:
        low, high: its ends, ``None`` for ∓∞; equal for a single point.
        sample: the exact point at which the property was decided.
        holds: the property.
        reason: why.
    """

    low: Fraction | None
    high: Fraction | None
    sample: Fraction
    holds: bool
    reason: str

    @property
    def is_point(self) -> bool:
        """Whether it is a single value."""
        return self.low is not None and self.low == self.high


def polynomial_of(family: Family) -> tuple[sympy.Poly, bool]:
    """The family's characteristic polynomial in ρ, without ρ − 1 where that divides it.

    Returns:
        The polynomial, and whether ρ − 1 divided it for every parameter value.
    """
    alphas, _ = family.formula(sympy.Symbol(family.symbol))
    steps = len(alphas)
    characteristic = sympy.Poly(
        RHO**steps - sum(alpha * RHO ** (steps - 1 - i) for i, alpha in enumerate(alphas)), RHO
    )
    quotient, remainder = sympy.div(characteristic, sympy.Poly(RHO - 1, RHO))
    if sympy.cancel(remainder.as_expr()) == 0:
        return quotient, True
    return characteristic, False


def cells_of_roots(
    family: Family, radius: Fraction, decide: Callable[[LinearMultistep], tuple[bool, str]]
) -> tuple[list[Cell], list[str]]:
    """Cut the parameter line of a family where a root can cross the circle |ρ| = r.

    Let q be the polynomial without its constant root ρ = 1, ρ + c or ρ² + bρ + c.  Its coefficients
    are real and its roots depend continuously on the parameter: one of them reaches the circle only
    where q vanishes at r or at −r, or where c = r² (a conjugate pair).  Between the zeros and poles
    of these expressions no root crosses, so one exact decision holds for the whole piece; the cuts
    are decided themselves.

    Args:
        family: its q of degree 1 or 2.
        radius: r of the circle.
        decide: the exact decision for one member: (holds, why).

    Returns:
        The cells from −∞ to +∞ without the excluded values, and the expressions as text.

    Raises:
        ValueError: q has another degree, or a cut is irrational.
    """
    q, _ = polynomial_of(family)
    if q.degree() not in (1, 2):
        raise ValueError(f"{family.title}: degree {q.degree()} without ρ = 1, not 1 or 2")
    r = sympy.Rational(radius.numerator, radius.denominator)
    expressions = {f"q({text(r)})": q.eval(r), f"q({text(-r)})": q.eval(-r)}
    if q.degree() == 2:
        expressions[f"{text(r**2)} − c"] = r**2 - q.all_coeffs()[-1]
    reduced = {name: sympy.cancel(value) for name, value in expressions.items()}
    parameter = sympy.Symbol(family.symbol)
    cuts = sorted(
        {zero for value in reduced.values() for zero in zeros_and_poles(value, parameter)}
    )
    cells = [
        Cell(low, high, sample, *decide(family.at(sample)))
        for low, high, sample in pieces(cuts)
        if sample not in family.excluded
    ]
    return cells, [f"{name} = {text(sympy.factor(value))}" for name, value in reduced.items()]


def zeros_and_poles(expression: sympy.Expr, parameter: sympy.Symbol) -> list[Fraction]:
    """The real zeros and poles of a rational function.

    Raises:
        ValueError: one of them is irrational.
    """
    found = []
    for part in sympy.fraction(expression):
        for zero in sympy.real_roots(sympy.Poly(part, parameter)) if part.free_symbols else []:
            if not zero.is_Rational:
                raise ValueError(f"{expression} has the irrational zero {zero}")
            found.append(Fraction(int(zero.p), int(zero.q)))
    return found


def pieces(
    cuts: Sequence[Fraction],
) -> list[tuple[Fraction | None, Fraction | None, Fraction]]:
    """(low, high, sample) of every open interval between cuts and of every cut, from −∞ to +∞."""
    if not cuts:
        return [(None, None, Fraction(0))]
    found: list[tuple[Fraction | None, Fraction | None, Fraction]] = []
    found.append((None, cuts[0], cuts[0] - 1))
    for cut, following in pairwise(cuts):
        found += [(cut, cut, cut), (cut, following, (cut + following) / 2)]
    found += [(cuts[-1], cuts[-1], cuts[-1]), (cuts[-1], None, cuts[-1] + 1)]
    return found


def region_text(cells: Iterable[Cell]) -> str:
    """The union of the cells where the property holds: ``(−∞, −1] ∪ (1/3, +∞)``."""
    parts: list[list[Any]] = []  # [low, low is in, high, high is in]
    for cell in cells:
        if not cell.holds:
            continue
        joins = bool(parts) and parts[-1][2] == cell.low and (parts[-1][3] or cell.is_point)
        if joins:
            parts[-1][2:] = [cell.high, cell.is_point]
        else:
            parts.append([cell.low, cell.is_point, cell.high, cell.is_point])
    texts = []
    for low, low_in, high, high_in in parts:
        if low is not None and low == high:
            texts.append(f"{{{minus(low)}}}")
            continue
        left = "(−∞" if low is None else f"{'[' if low_in else '('}{minus(low)}"
        right = "+∞)" if high is None else f"{minus(high)}{']' if high_in else ')'}"
        texts.append(f"{left}, {right}")
    return " ∪ ".join(texts) or "∅"


def zero_stability(method: LinearMultistep) -> tuple[bool, str]:
    """The decision of zero stability as :func:`cells_of_roots` takes it."""
    condition = root_condition(method)
    return condition.holds, condition.reason


def cell_lines(cells: Iterable[Cell], symbol: str, what: str) -> list[str]:
    """A line for each cell: where, at which sample it was decided, and why."""
    return [
        f"{region_text([replace(cell, holds=True)])}, decided at {symbol} = {minus(cell.sample)}: "
        f"{what if cell.holds else 'not ' + what} ({cell.reason})"
        for cell in cells
    ]


def text(value: Any) -> str:
    """A sympy expression as people write it."""
    return str(value).replace("**", "^").replace("*", "·").replace("-", "−")


def minus(value: Fraction) -> str:
    """A fraction with a proper minus sign."""
    return str(value).replace("-", "−")
