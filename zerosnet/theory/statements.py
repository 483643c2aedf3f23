"""The paper's statements about methods, decided exactly; one function a statement.

Statements about *all* members of a one-parameter family are decided as a whole: identities with
sympy, places of roots by :mod:`zerosnet.theory.regions`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy

from zerosnet.methods.families import LM, LM_CONSISTENT, LM_PRINTED, ZEROSNET, ZEROSNET_OPT, Family
from zerosnet.methods.multistep import LinearMultistep, exact, residual
from zerosnet.methods.stability import (
    all_moduli,
    in_closed_disk,
    parasitic_polynomial,
    polynomial_text,
    root_condition,
    roots_of,
)
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import COEFFICIENTS, Paper, method_of_row
from zerosnet.theory.decision import Decision
from zerosnet.theory.regions import (
    RHO,
    Cell,
    cell_lines,
    cells_of_roots,
    minus,
    polynomial_of,
    region_text,
    text,
    zero_stability,
)
from zerosnet.theory.responses import responses

#: A root of at least this modulus shows within the steps that are computed here.
_CLEARLY_OUTSIDE = 1.05


def residuals_of(family: Family) -> tuple[list[sympy.Expr], list[str]]:
    """C_0 … C_3 of a family as reduced rational functions of its parameter, and as text."""
    alphas, beta = family.formula(sympy.Symbol(family.symbol))
    residuals = [sympy.cancel(residual(alphas, beta, q)) for q in range(4)]
    return residuals, [f"C_{q} = {text(value)}" for q, value in enumerate(residuals)]


def _lm_is_two_step(_claim: Claim, _paper: Paper) -> Decision:
    residuals, lines = residuals_of(LM)
    return Decision(
        holds=LM.steps == 2 and residuals[0] == 0,
        summary=(
            "(1 − k) y_n + k y_{n−1} + h f is (2) with two steps; with β = 1 it is consistent with "
            "y′ = f only at k = 0, else with y′ = f/(1 + k) (none at k = −1, a double root 1)"
        ),
        certificate=tuple(lines),
    )


def _consistency_leaves_no_residual(_claim: Claim, _paper: Paper) -> Decision:
    """Eq. (4) to (6) with r as definition 3 prints it: r = (1/h) Σ αᵢ y_{n+i} − β f."""
    step = sympy.Symbol("h", positive=True)
    alphas = ZEROSNET_OPT.alphas
    # The simplest solution there is: y = 1, f = 0, of a consistent method.
    printed = sum(alphas) / step
    meant = (1 - sum(alphas)) / step
    return Decision(
        holds=bool(sympy.limit(printed, step, 0) == 0),
        summary=(
            "with r as printed the residual of y = 1, f = 0 is (Σ αᵢ)/h = 1/h, which grows without "
            "bound; with r = (y_{n+1} − Σ αᵢ y_{n−i})/h − βf, as definition 4 has it, it vanishes "
            "and (6) follows"
        ),
        certificate=(
            f"ZeroSNet-Opt on y = 1, f = 0: r as printed = {text(printed)}, as meant = "
            f"{text(sympy.cancel(meant))}",
        ),
    )


def _root_condition_is_the_criterion(_claim: Claim, paper: Paper) -> Decision:
    """The textbook theorem, with its consequence computed for every row of table 10."""
    lines, agrees = [], []
    for row in paper.tables[COEFFICIENTS].rows:
        method = method_of_row(row)
        stable = root_condition(method).holds
        # The constant is at least 1: definition 3 counts the initial states themselves.
        found = [Fraction(1), *responses(method, 240)]
        early, late = max(found[:61]), max(found)
        # Simple roots on the circle keep the response bounded, roots outside let it grow as ρⁿ,
        # which so many steps show where a root is far enough outside.
        if stable or all_moduli(method)[0] > _CLEARLY_OUTSIDE:
            agrees.append((late <= 2 * early) == stable)
        lines.append(
            f"{method.label}: largest response to a unit perturbation {float(early):.4g} within 60 "
            f"steps, {float(late):.4g} within 240; root condition {'holds' if stable else 'fails'}"
        )
    return Decision(
        holds=bool(agrees) and all(agrees),
        summary=(
            "for f = 0 a perturbation obeys the polynomial's recurrence, whose solutions are "
            "Σ pⱼ(n) ρⱼⁿ with deg pⱼ below the multiplicity of ρⱼ: bounded just under condition 1"
        ),
        certificate=(
            "sufficient: under condition 1 the powers of the companion matrix are bounded; with a "
            "Lipschitz f a discrete Gronwall inequality keeps them so for small h (Hairer, Nørsett "
            "& Wanner I, section III.4), whether consistent or not; necessary: f = 0 is Lipschitz",
            "definition 3 is read as in the textbooks: n h stays within the interval, and r is the "
            "largest residual of all steps; as printed (n → ∞ with h fixed, the last residual) "
            "even Euler's method for y′ = y violates (4)",
            *lines,
        ),
    )


def _eq_8_is_consistent(_claim: Claim, _paper: Paper) -> Decision:
    printed, lines = residuals_of(LM_PRINTED)
    corrected, corrected_lines = residuals_of(LM_CONSISTENT)
    return Decision(
        holds=printed[0] == 0 and printed[1] == 0,
        summary=(
            f"C₁ = {text(printed[1])} does not vanish: (8) is consistent at k = 0 alone; β = 1 + k "
            "makes it consistent for every k. At k = −1/2 the printed β is 0 and f has no influence"
            + ("" if corrected[1] == 0 else " (the correction fails)")
        ),
        certificate=(
            "β = 2k + 1 as printed:",
            *lines,
            "β = 1 + k:",
            *corrected_lines,
        ),
    )


def _eq_9_is_the_polynomial(_claim: Claim, _paper: Paper) -> Decision:
    k = sympy.Symbol("k")
    parasitic, has_principal = polynomial_of(LM_PRINTED)
    product = sympy.expand(parasitic.as_expr() * (RHO - 1))
    printed = RHO**2 + (k - 1) * RHO - k
    cells, expressions = cells_of_roots(LM_PRINTED, Fraction(1), zero_stability)
    return Decision(
        holds=has_principal and sympy.expand(product - printed) == 0,
        summary=(
            "ρ² + (k − 1)ρ − k = (ρ − 1)(ρ + k), whatever β is; zero-stable if and only if "
            f"k ∈ {region_text(cells)}"
        ),
        certificate=(*expressions, *cell_lines(cells, "k", "zero-stable")),
        data={"region": region_text(cells)},
    )


def _eq_10_is_second_order(_claim: Claim, _paper: Paper) -> Decision:
    """Eq. (10) against all three-step methods of order 2, solved for their coefficients."""
    parameter = sympy.Symbol(ZEROSNET.symbol)
    a0, a2, b = sympy.symbols("a0 a2 b")
    unknown = (a0, -1 / parameter, a2)
    solution = sympy.solve([residual(unknown, b, q) for q in range(3)], [a0, a2, b], dict=True)
    alphas, beta = ZEROSNET.formula(parameter)
    same = len(solution) == 1 and all(
        sympy.cancel(solution[0][symbol] - value) == 0
        for symbol, value in ((a0, alphas[0]), (a2, alphas[2]), (b, beta))
    )
    return Decision(
        holds=same,
        summary=(
            "the paper takes (10) from the general square-pattern discretization (Li, Zhang & Mao "
            "2019) in its appendix; neither was at hand, so that derivation is not checked. "
            "Decided instead: order 2 of three steps and one f leaves one parameter, and α₁ = −1/λ "
            "gives exactly (10), so any derivation of second order must lead there (only α₁ = 0, "
            "the limit λ → ±∞, is left out)"
        ),
        certificate=(
            "C₀ = C₁ = C₂ = 0 with α₁ = −1/λ has the single solution "
            + ", ".join(f"{symbol} = {text(sympy.factor(v))}" for symbol, v in solution[0].items()),
        ),
    )


def _theorem_1(_claim: Claim, _paper: Paper) -> Decision:
    residuals, lines = residuals_of(ZEROSNET)
    _, beta = ZEROSNET.formula(sympy.Symbol(ZEROSNET.symbol))
    return Decision(
        holds=residuals[0] == 0 and residuals[1] == 0,
        summary=(
            "C₀ and C₁ vanish identically in λ, and so does C₂: the order is 2 for every λ ≠ 0 but "
            "−1/3, and 3 there (where the method is not zero-stable). At λ = 1/3 f drops out "
            "(β = 0): consistent by definition 4, of no use"
        ),
        certificate=(
            f"error constant C_3/β = {text(sympy.factor(sympy.cancel(residuals[3] / beta)))}",
            "residuals of (10), y(t+h) − Σ αᵢ y(t−ih) − hβ y′(t) = Σ C_q h^q y^(q)(t):",
            *lines,
        ),
        data={"orders": {value: ZEROSNET.at(value).order for value in ("1", "-9/5", "-1/3")}},
    )


def _theorem_2(claim: Claim, _paper: Paper) -> Decision:
    cells, expressions = cells_of_roots(ZEROSNET, Fraction(1), zero_stability)
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
            *cell_lines(cells, "λ", "zero-stable"),
        ),
        data={"region": region_text(cells)},
    )


def _overlaps(cell: Cell, region: Sequence[tuple[str, str]]) -> bool:
    """Whether a cell meets a union of open intervals, their ends as text, ±∞ as ``-inf, inf``."""

    def meets(low: str, high: str) -> bool:
        starts_before = high == "inf" or cell.low is None or cell.low < exact(high)
        ends_after = low == "-inf" or cell.high is None or cell.high > exact(low)
        return starts_before and ends_after

    return any(meets(low, high) for low, high in region)


def _theorem_3(_claim: Claim, _paper: Paper) -> Decision:
    optimum = ZEROSNET.parameter_of(ZEROSNET_OPT)
    roots = roots_of(parasitic_polynomial(ZEROSNET_OPT))
    (factor,) = [
        factor for factor in root_condition(ZEROSNET_OPT).factors if factor.coefficients != (-1, 1)
    ]
    radius = Fraction(abs(factor.coefficients[0]), abs(factor.coefficients[1]))

    def within(method: LinearMultistep) -> tuple[bool, str]:
        polynomial = parasitic_polynomial(method)
        return in_closed_disk(polynomial, radius), f"q(ρ) = {polynomial_text(polynomial)}"

    cells, expressions = cells_of_roots(ZEROSNET, radius, within)
    attained = [cell for cell in cells if cell.holds]
    only = len(attained) == 1 and attained[0].is_point and attained[0].sample == optimum
    what = f"both parasitic roots within |ρ| ≤ {radius}"
    return Decision(
        holds=only and factor.degree == 1 and len(roots) == 1,
        summary=(
            f"λ = {minus(optimum or Fraction(0))} alone keeps both parasitic roots within "
            f"|ρ| ≤ {radius}, where it has the double root −{radius}: the minimum of the largest "
            "parasitic modulus, and the only one, among the three-step methods (10). The theorem "
            f"does not name this objective: the product |ρ₂ρ₃| is smallest, 0, at λ = "
            f"{_least_product()} (leapfrog, with a root on the circle), and PreResNet, of one "
            "step, has no parasitic root at all"
        ),
        certificate=(
            f"q(ρ) at the optimum has the factor {factor}",
            "a root meets the circle of that radius only where one of these vanishes:",
            *expressions,
            *cell_lines(cells, "λ", what),
        ),
        data={"lambda": str(optimum), "parasitic_radius": str(radius)},
    )


def _least_product() -> str:
    """Where the product of the parasitic roots, the constant of q, vanishes; as text."""
    parasitic, _ = polynomial_of(ZEROSNET)
    (zero,) = sympy.solve(sympy.numer(sympy.together(parasitic.eval(0))))
    return minus(Fraction(int(zero.p), int(zero.q)))


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "C02": _lm_is_two_step,
    "C04": _consistency_leaves_no_residual,
    "C05": _root_condition_is_the_criterion,
    "C10": _eq_8_is_consistent,
    "C11": _eq_9_is_the_polynomial,
    "C15": _eq_10_is_second_order,
    "C18": _theorem_1,
    "C19": _theorem_2,
    "C20": _theorem_3,
}
