"""The paper's statements that need no training, decided exactly; one function a statement.

For a one-parameter family a statement about *all* parameter values is decided as a whole: with
sympy for identities, and, for the place of the roots, by cutting the real line where a root can
cross the circle and deciding one exact sample of every piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy

from zerosnet.methods import EULER, LM_PRINTED, ZEROSNET, ZEROSNET_OPT, Family
from zerosnet.multistep import LinearMultistep, residual
from zerosnet.registry import Claim
from zerosnet.stability import (
    in_closed_disk,
    parasitic_polynomial,
    polynomial_text,
    root_condition,
    roots_of,
)
from zerosnet.tables import Row, Table, method_of_row

Tables = Mapping[str, Table]
RHO = sympy.Symbol("ρ")


@dataclass(frozen=True)
class Decision:
    """What was decided, and what it follows from.

    Args:
        holds: whether the statement is true.
        summary: one sentence for people.
        certificate: lines that a reader can check by hand or with any computer algebra.
        data: JSON-able numbers for the report.
    """

    holds: bool
    summary: str
    certificate: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


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


def consistency_for_all_parameters(family: Family) -> tuple[list[sympy.Expr], list[str]]:
    """C_0 … C_3 of a family as reduced rational functions of its parameter, and as text."""
    parameter = sympy.Symbol(family.symbol)
    alphas, beta = family.formula(parameter)
    residuals = [sympy.cancel(residual(alphas, beta, q)) for q in range(4)]
    return residuals, [f"C_{q} = {_text(value)}" for q, value in enumerate(residuals)]


def cells_of_parasitic_roots(
    family: Family, radius: Fraction, decide: Callable[[LinearMultistep], tuple[bool, str]]
) -> tuple[list[Cell], list[str]]:
    """Cut the parameter line of a three-step family where a parasitic root can cross a circle.

    The parasitic polynomial is ρ² + bρ + c.  Real coefficients and roots that depend continuously
    on the parameter: a root reaches |ρ| = r only where the polynomial vanishes at r or at −r, or
    where c = r² (a conjugate pair).  Between the zeros and poles of these three expressions no
    root crosses, so one exact decision holds for the whole piece; the cuts are decided themselves.

    Args:
        family: with the principal root ρ = 1 for every parameter value.
        radius: r of the circle.
        decide: the exact decision for one member: (holds, why).

    Returns:
        The cells from −∞ to +∞ without the excluded values, and the three expressions as text.
    """
    parameter = sympy.Symbol(family.symbol)
    alphas, _ = family.formula(parameter)
    characteristic = RHO ** len(alphas) - sum(
        alpha * RHO ** (len(alphas) - 1 - i) for i, alpha in enumerate(alphas)
    )
    quotient, remainder = sympy.div(sympy.Poly(characteristic, RHO), sympy.Poly(RHO - 1, RHO))
    if sympy.cancel(remainder.as_expr()) != 0 or quotient.degree() != 2:
        raise ValueError(f"{family.title}: its polynomial is not (ρ − 1) times a quadratic")
    r = sympy.Rational(radius.numerator, radius.denominator)
    _, _, c = quotient.all_coeffs()
    expressions = {
        f"q({_text(r)})": quotient.eval(r),
        f"q({_text(-r)})": quotient.eval(-r),
        f"{_text(r**2)} − c": r**2 - c,
    }
    reduced = {name: sympy.cancel(value) for name, value in expressions.items()}
    cuts = sorted(
        {zero for value in reduced.values() for zero in _zeros_and_poles(value, parameter)}
    )
    cells = [
        Cell(low, high, sample, *decide(family.at(sample)))
        for low, high, sample in _pieces(cuts)
        if sample not in family.excluded
    ]
    return cells, [f"{name} = {_text(sympy.factor(value))}" for name, value in reduced.items()]


def _zeros_and_poles(expression: sympy.Expr, parameter: sympy.Symbol) -> list[Fraction]:
    found = []
    for part in sympy.fraction(expression):
        for zero in sympy.real_roots(sympy.Poly(part, parameter)) if part.free_symbols else []:
            if not zero.is_Rational:
                raise ValueError(f"{expression} has the irrational zero {zero}")
            found.append(Fraction(int(zero.p), int(zero.q)))
    return found


def _pieces(
    cuts: Sequence[Fraction],
) -> list[tuple[Fraction | None, Fraction | None, Fraction]]:
    """(low, high, sample) of every open interval between cuts and of every cut, from −∞ to +∞."""
    pieces: list[tuple[Fraction | None, Fraction | None, Fraction]] = []
    pieces.append((None, cuts[0], cuts[0] - 1))
    for cut, following in pairwise(cuts):
        pieces += [(cut, cut, cut), (cut, following, (cut + following) / 2)]
    pieces += [(cuts[-1], cuts[-1], cuts[-1]), (cuts[-1], None, cuts[-1] + 1)]
    return pieces


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
            texts.append(f"{{{_minus(low)}}}")
            continue
        left = "(−∞" if low is None else f"{'[' if low_in else '('}{_minus(low)}"
        right = "+∞)" if high is None else f"{_minus(high)}{']' if high_in else ')'}"
        texts.append(f"{left}, {right}")
    return " ∪ ".join(texts) or "∅"


def _zero_stability(method: LinearMultistep) -> tuple[bool, str]:
    condition = root_condition(method)
    return condition.holds, condition.reason


def _lines(cells: Iterable[Cell], symbol: str, what: str) -> list[str]:
    return [
        f"{region_text([_true(cell)])}, decided at {symbol} = {_minus(cell.sample)}: "
        f"{what if cell.holds else 'not ' + what} ({cell.reason})"
        for cell in cells
    ]


def _true(cell: Cell) -> Cell:
    return Cell(cell.low, cell.high, cell.sample, True, cell.reason)


def _theorem_1(_claim: Claim, _tables: Tables) -> Decision:
    residuals, lines = consistency_for_all_parameters(ZEROSNET)
    return Decision(
        holds=residuals[0] == 0 and residuals[1] == 0,
        summary=(
            "C₀ and C₁ vanish identically in λ, and so does C₂: the order is 2 for every λ ≠ 0, "
            "and 3 at λ = −1/3 (where the method is not zero-stable)"
        ),
        certificate=(
            "residuals of (10), y(t+h) − Σ αᵢ y(t−ih) − hβ y′(t) = Σ C_q h^q y^(q)(t):",
            *lines,
        ),
        data={"orders": {value: ZEROSNET.at(value).order for value in ("1", "-9/5", "-1/3")}},
    )


def _theorem_2(claim: Claim, _tables: Tables) -> Decision:
    cells, expressions = cells_of_parasitic_roots(ZEROSNET, Fraction(1), _zero_stability)
    claimed = [cell for cell in cells if _overlaps(cell, claim.region)]
    return Decision(
        holds=bool(claimed) and all(cell.holds for cell in claimed),
        summary=(
            "true as an if; the exact region, if and only if, is "
            f"λ ∈ {region_text(cells)} (λ = −1 is the leapfrog method)"
        ),
        certificate=(
            "parasitic polynomial q(ρ) = ρ² + bρ + c; a root meets the circle only where one of "
            "these vanishes:",
            *expressions,
            *_lines(cells, "λ", "zero-stable"),
        ),
        data={"region": region_text(cells)},
    )


def _overlaps(cell: Cell, region: Sequence[tuple[str, str]]) -> bool:
    """Whether a cell meets a union of open intervals, their ends as text, ±∞ as ``-inf, inf``."""

    def meets(low: str, high: str) -> bool:
        starts_before = high == "inf" or cell.low is None or cell.low < Fraction(high)
        ends_after = low == "-inf" or cell.high is None or cell.high > Fraction(low)
        return starts_before and ends_after

    return any(meets(low, high) for low, high in region)


def _theorem_3(_claim: Claim, _tables: Tables) -> Decision:
    optimum = ZEROSNET.parameter_of(ZEROSNET_OPT)
    roots = roots_of(parasitic_polynomial(ZEROSNET_OPT))
    (factor,) = [
        factor for factor in root_condition(ZEROSNET_OPT).factors if factor.coefficients != (-1, 1)
    ]
    radius = Fraction(abs(factor.coefficients[0]), abs(factor.coefficients[1]))

    def within(method: LinearMultistep) -> tuple[bool, str]:
        polynomial = parasitic_polynomial(method)
        return in_closed_disk(polynomial, radius), f"q(ρ) = {polynomial_text(polynomial)}"

    cells, expressions = cells_of_parasitic_roots(ZEROSNET, radius, within)
    attained = [cell for cell in cells if cell.holds]
    only = len(attained) == 1 and attained[0].is_point and attained[0].sample == optimum
    what = f"both parasitic roots within |ρ| ≤ {radius}"
    return Decision(
        holds=only and factor.degree == 1 and len(roots) == 1,
        summary=(
            f"λ = {_minus(optimum or Fraction(0))} alone keeps both parasitic roots within "
            f"|ρ| ≤ {radius}, where it has the double root −{radius}: the minimum of the largest "
            "parasitic modulus, and the only one"
        ),
        certificate=(
            f"q(ρ) at the optimum has the factor {factor}",
            "a root meets the circle of that radius only where one of these vanishes:",
            *expressions,
            *_lines(cells, "λ", what),
        ),
        data={"lambda": str(optimum), "parasitic_radius": str(radius)},
    )


def _labels(
    table: Table, method_of: Callable[[Row], LinearMultistep], column: str
) -> tuple[bool, list[dict[str, Any]]]:
    rows = []
    for row in table.rows:
        method = method_of(row)
        condition = root_condition(method)
        rows.append(
            {
                column: row[column],
                "printed": row["zero_stable_paper"],
                "found": "yes" if condition.holds else "no",
                "reason": condition.reason,
            }
        )
    return all(row["printed"] == row["found"] for row in rows), rows


def _label_decision(
    table: Table, method_of: Callable[[Row], LinearMultistep], column: str
) -> Decision:
    holds, rows = _labels(table, method_of, column)
    right = sum(row["printed"] == row["found"] for row in rows)
    return Decision(
        holds=holds,
        summary=f"{right} of {len(rows)} labels agree with the root condition",
        certificate=tuple(f"{column} = {r[column]}: {r['found']} ({r['reason']})" for r in rows),
        data={"rows": rows},
    )


def _table_1_labels(_claim: Claim, tables: Tables) -> Decision:
    table = tables["table01_preresnet32_alpha_cifar10"]
    return _label_decision(table, lambda row: EULER.at(row["alpha"]), "alpha")


def _table_2_labels(_claim: Claim, tables: Tables) -> Decision:
    table = tables["table02_lmresnet44_k_cifar10"]
    return _label_decision(table, lambda row: LM_PRINTED.at(row["k"]), "k")


def _table_10(_claim: Claim, tables: Tables) -> Decision:
    rows: list[dict[str, Any]] = []
    for row in tables["table10_coefficients_roots"].rows:
        method = method_of_row(row)
        condition = root_condition(method)
        roots = [
            root
            for root in roots_of(method.characteristic_polynomial)
            for _ in range(root.multiplicity)
        ]
        printed = sorted((row[f"modulus_{i}"] for i in (1, 2, 3)), key=float, reverse=True)
        rows.append(
            {
                "method": method.label,
                "polynomial": polynomial_text(method.characteristic_polynomial),
                "factors": " ".join(map(str, condition.factors)),
                "printed": printed,
                "moduli": [round(root.modulus, 6) for root in roots],
                "moduli_agree": [
                    root.is_printed_as(text) for root, text in zip(roots, printed, strict=True)
                ],
                "printed_label": row["zero_stable_paper"],
                "label": "yes" if condition.holds else "no",
                "reason": condition.reason,
                "order": method.order,
                "consistent": method.is_consistent,
                "roots": [[root.value.real, root.value.imag, root.multiplicity] for root in roots],
            }
        )
    moduli = [agrees for row in rows for agrees in row["moduli_agree"]]
    labels = [row["printed_label"] == row["label"] for row in rows]
    inconsistent = sum(not row["consistent"] for row in rows)
    return Decision(
        holds=all(moduli) and all(labels),
        summary=(
            f"{sum(moduli)} of {len(moduli)} moduli and {sum(labels)} of {len(labels)} labels "
            f"agree (certified root enclosures); {inconsistent} of {len(rows)} rows are not "
            "consistent methods"
        ),
        certificate=tuple(
            f"{row['method']}: {row['factors']} has moduli {', '.join(map(str, row['moduli']))}; "
            f"{row['reason']}"
            for row in rows
        ),
        data={"rows": rows},
    )


def _text(value: Any) -> str:
    return str(value).replace("**", "^").replace("*", "·").replace("-", "−")


def _minus(value: Fraction) -> str:
    return str(value).replace("-", "−")


#: Claim's id → the function that decides it from the claim and the paper's tables.
DECISIONS: dict[str, Callable[[Claim, Tables], Decision]] = {
    "C07": _table_1_labels,
    "C13": _table_2_labels,
    "C18": _theorem_1,
    "C19": _theorem_2,
    "C20": _theorem_3,
    "C47": _table_10,
}
