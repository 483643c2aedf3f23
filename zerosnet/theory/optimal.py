"""Theorem 3 for any number of steps: the zero-stable methods with the smallest parasitic roots.

Let r_1, …, r_{d−1} be the parasitic roots of a consistent d-step method (2) and u_j = 1/(1 − r_j).
Written with P(ρ) = ρ^{1−d} p(ρ) = (ρ − 1) R(ρ), the order conditions are P(e^z) = βz + O(z^{p+1}),
so R(e^z) = β z/(e^z − 1) + O(z^p).  Comparing the logarithms' coefficients of z and z²
(log z/(e^z − 1) = −z/2 − z²/24 + …) gives

    order 2:  Σ u_j = d − 3/2        order 3:  Σ u_j² = d − 17/12 besides.

A disk |r| ≤ R < 1 is |u − 1/(1−R²)| ≤ R/(1−R²), so Re u ≥ m = 1/(1 + R), with equality only at
r = −R.  Hence

* order 2: (d−1) m ≤ d − 3/2, that is R ≥ 1/(2d − 3), with equality only where every parasitic root
  is −R.  R ≥ 1 satisfies the bound by itself; for d = 2 it is R = 1, where the one parasitic root
  is real, so −1.  β = q(1) = 0 would make 1 a root of q of at least multiplicity 2 (C_2 = 0), so
  R ≥ 1 again, which no d = 2 has.  For d = 2 the optimum is leapfrog, for d = 3 theorem 3.
* order 3: Σ Re(u_j²) ≤ Σ (Re u_j)², and the largest sum of squares of d−1 numbers of at least m
  with a given sum has all but one of them equal to m.  So the smallest R has d−2 roots −R and one
  root more; with e = 1 − m and k = d − 2 the two conditions become
  k(k+1) e² − k e − 1/3 = 0.  The one root more, 1 − 1/u with u = 1/2 + k e, must lie in the disk,
  too: it does for d ≤ 6 (0.356 against 0.357 for d = 6), not beyond.

The same roots, d−2 at −R and one at 1 − 1/u, show that zero-stable methods of order 3 exist for
every d ≥ 4: they meet both conditions for every k, e < 1/2 for k ≥ 2 makes R = e/(1 − e) < 1, and
u > 1/2 puts the last root between −1 and 1, where it is not 0, so that the method has d steps.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product as combinations
from typing import Any

import numpy as np
import sympy

from zerosnet.methods.multistep import LinearMultistep, residual
from zerosnet.methods.stability import (
    Polynomial,
    parasitic_polynomial,
    parasitic_radius,
    root_condition,
)
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision
from zerosnet.theory.regions import text

#: Numbers of steps that the tables go to.
MOST_STEPS = 6


def order_2_optimum(steps: int) -> LinearMultistep:
    """The only d-step method of order 2 whose parasitic roots all have |r| ≤ 1/(2d − 3).

    Args:
        steps: d, at least 2.

    Raises:
        ValueError: there are fewer steps.

    >>> order_2_optimum(3).label
    '(1/3, 5/9, 1/9; 16/9)'
    """
    if steps < 2:
        raise ValueError(f"{steps} steps: a method of order 2 needs at least 2")
    radius = Fraction(1, 2 * steps - 3)
    factor = (radius, Fraction(1))
    return with_parasitic(_power(factor, steps - 1), f"optimal, {steps} steps")


def order_3_radius(steps: int) -> float:
    """The smallest parasitic radius of a d-step method of order 3, d = 3 … 6; see the module.

    Raises:
        ValueError: d is none of these.
    """
    if steps < 3:
        raise ValueError(f"{steps} steps: a method of order 3 needs at least 3")
    if steps > MOST_STEPS:
        raise ValueError(f"{steps} steps: the closed form holds for at most {MOST_STEPS}")
    k = steps - 2
    e = (k + math.sqrt(k * k + 4 * k * (k + 1) / 3)) / (2 * k * (k + 1))
    return e / (1 - e)


def order_3_optimum(steps: int) -> LinearMultistep:
    """A d-step method of order exactly 3 with (to six digits) the smallest parasitic radius.

    All but two parasitic roots are a fraction near −R; the last two are those of the quadratic
    that the two order conditions then leave, so the order is exact although R is irrational (for
    five steps it is 1/2).

    Raises:
        ValueError: d is none of 3 … 6.
    """
    k = steps - 2
    radius = Fraction(order_3_radius(steps)).limit_denominator(10**6)
    m = 1 / (1 + radius)
    total = steps - Fraction(3, 2) - (k - 1) * m
    squares = steps - Fraction(17, 12) - (k - 1) * m**2
    product = (total**2 - squares) / 2
    # The last two u have this sum and product; r = 1 − 1/u turns their quadratic into this one.
    last = (1 - total / product + 1 / product, total / product - 2, Fraction(1))
    polynomial = _times(_power((radius, Fraction(1)), k - 1), last)
    return with_parasitic(polynomial, f"order 3, {steps} steps")


def with_parasitic(polynomial: Polynomial, name: str = "") -> LinearMultistep:
    """The consistent method with a given monic parasitic polynomial q: p = (ρ − 1) q, β = q(1)."""
    characteristic = _times(polynomial, (Fraction(-1), Fraction(1)))
    return LinearMultistep([-c for c in reversed(characteristic[:-1])], sum(polynomial), name)


def smallest_found(steps: int, order: int) -> LinearMultistep:
    """A d-step method of order 3 or more with the smallest parasitic radius known here, exact.

    Order 3 has a closed form.  Otherwise the last d − p coefficients are free, as the order
    conditions are linear in α: none (the method is the only one), or those that a direct search
    finds.  Taken as the binary fractions that they are, they give the others exactly.
    """
    if order == 3:
        return order_3_optimum(steps)
    alphas = _complete(steps, order, _last_by_search(steps, order) if steps > order else [])
    beta = residual(alphas, Fraction(0), 1)
    return LinearMultistep(alphas, beta, f"order {order}, {steps} steps")


def _last_by_search(steps: int, order: int) -> list[Fraction]:
    """The last d − p coefficients with the smallest parasitic radius that a direct search finds."""
    from scipy import optimize  # nothing else here needs it

    def radius(values: Any) -> float:
        alphas = _complete(steps, order, [float(v) for v in values])
        return float(max(abs(_roots_without_one(alphas)), default=0.0))

    options = {"xatol": 1e-12, "fatol": 1e-13, "maxiter": 1500, "maxfev": 1500}
    results = [
        optimize.minimize(radius, start, method="Nelder-Mead", options=options)
        for start in combinations((-0.3, 0.0, 0.3), repeat=steps - order)
    ]
    best = min(results, key=lambda found: found.fun)
    return [Fraction(float(value)) for value in best.x]


def _complete(steps: int, order: int, last: list[Any]) -> list[Any]:
    """All α from the last ones, by the conditions C_0 = C_2 = … = C_p = 0 (C_1 gives β).

    In the number's own arithmetic: Σ_i α_i (−i)^q = 1 for q = 0, 2, …, p.
    """
    known = dict(zip(range(order, steps), last, strict=True))
    powers = [q for q in range(order + 1) if q != 1]
    right = [1 - sum(value * (-i) ** q for i, value in known.items()) for q in powers]
    # A float times a fraction is a float, and a fraction times a fraction exact.
    rows = _inverse(order)
    return [sum(map(operator.mul, row, right)) for row in rows] + list(last)


@cache
def _inverse(order: int) -> list[list[Fraction]]:
    """The inverse of ((−i)^q), q = 0, 2, …, p, i = 0, …, p − 1; exact."""
    powers = [q for q in range(order + 1) if q != 1]
    system = sympy.Matrix(order, order, lambda row, i: (-i) ** powers[row])
    return [[Fraction(str(entry)) for entry in row] for row in system.inv().tolist()]


def _roots_without_one(alphas: list[float]) -> Any:
    quotient, carry = [], 0.0
    for coefficient in [1.0, *(-a for a in alphas[:-1])]:
        carry += coefficient
        quotient.append(carry)
    return np.roots(quotient)


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    result = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return tuple(result)


def _power(p: Polynomial, exponent: int) -> Polynomial:
    result: Polynomial = (Fraction(1),)
    for _ in range(exponent):
        result = _times(result, p)
    return result


def _order_2(_claim: Claim, _paper: Paper) -> Decision:
    """The optimum for d = 2 … 6, and the identity that the proof rests on, checked for each d."""
    rows, holds, lines = [], True, []
    for steps in range(2, MOST_STEPS + 1):
        method = order_2_optimum(steps)
        condition = root_condition(method)
        radius = Fraction(1, 2 * steps - 3)
        identity = _identity_holds(steps)
        same = parasitic_polynomial(method) == _power((radius, Fraction(1)), steps - 1)
        holds = holds and identity and same and condition.holds and method.order >= 2
        rows.append(
            {
                "steps": steps,
                "order": method.order,
                "radius": str(radius),
                "method": method.label,
                "zero_stable": condition.holds,
            }
        )
        lines.append(
            f"d = {steps}: {method.label}, all parasitic roots −{radius}, order {method.order}"
            + ("; the identity q′(1)/q(1) = d − 3/2 holds for every q" if identity else "")
        )
    return Decision(
        holds=holds and _second_condition_holds(),
        summary=(
            "order 2 means Σ 1/(1 − r_j) = d − 3/2 for the parasitic roots; in |r| ≤ R each term "
            "has real part at least 1/(1 + R), so R ≥ 1/(2d − 3), with equality only where all "
            "r_j = −R: 1, 1/3, 1/5, 1/7, 1/9 for two to six steps"
        ),
        certificate=(
            "Σ 1/(1 − r_j) = q′(1)/q(1) for the parasitic polynomial q",
            "for every d: e^{(1−d)z} q(e^z) (e^z − 1) − βz has at z² the coefficient "
            "q′(1) − (d − 3/2) q(1)",
            "R ≥ 1 is above 1/(2d − 3) or, for d = 2, equal to it; there the one parasitic root is "
            "real, so it is −1",
            "β = q(1) = 0 makes 1 a multiple root of q, so that R ≥ 1; for d = 2 q has one root",
            *lines,
        ),
        data={"rows": rows},
    )


def _identity_holds(steps: int) -> bool:
    """Whether C_2 = 0 is 2 q′(1) = (2d − 3) q(1), for symbolic q of degree d − 1."""
    rho = sympy.Symbol("ρ")
    coefficients = sympy.symbols(f"q0:{steps - 1}")
    q = sympy.Poly([1, *reversed(coefficients)], rho)
    p = q * sympy.Poly(rho - 1, rho)
    alphas = [-c for c in p.all_coeffs()[1:]]
    second = residual(alphas, 0, 2)
    claimed = (2 * q.diff(rho).eval(1) - (2 * steps - 3) * q.eval(1)) / 2
    return bool(sympy.expand(second - claimed) == 0)


def _second_condition_holds() -> bool:
    """Whether C_2 = q′(1) − (d − 3/2) q(1) for every number of steps d and every q."""
    z, d, value, slope = sympy.symbols("z d q(1) q'(1)")
    # q(e^z) = q(1) + q′(1) z + …, and to that order the other factors.
    found = (1 + (1 - d) * z) * (value + slope * z) * (z + z**2 / 2)
    second = sympy.expand(found).coeff(z, 2)
    return bool(sympy.expand(second - slope + (d - sympy.Rational(3, 2)) * value) == 0)


def _third_condition_holds() -> bool:
    """Whether C_3 = q(1) (d − 17/12 − Σ u_j²)/2 where Σ u_j = d − 3/2, for every d and every q."""
    z, d, value, squares = sympy.symbols("z d q(1) s_2")
    total = d - sympy.Rational(3, 2)
    # q′/q = Σ u_j and q″/q = (Σ u_j)² − Σ u_j² at 1, so q(e^z) to z², and the other factors to z³.
    around_1 = value * (1 + total * z + (total**2 - squares + total) * z**2 / 2)
    found = (1 + (1 - d) * z + (1 - d) ** 2 * z**2 / 2) * around_1 * (z + z**2 / 2 + z**3 / 6)
    third = sympy.expand(found).coeff(z, 3)
    claimed = value * (d - sympy.Rational(17, 12) - squares) / 2
    return bool(sympy.expand(third - claimed) == 0)


def _every_number_of_steps() -> tuple[bool, tuple[str, ...]]:
    """Order 3, zero-stable, with exactly d steps, for every d ≥ 4: with k = d − 2 as a symbol."""
    k = sympy.Symbol("k", positive=True)

    def quadratic(at: Any) -> Any:
        return k * (k + 1) * at**2 - k * at - sympy.Rational(1, 3)

    e = (k + sympy.sqrt(k**2 + 4 * k * (k + 1) / 3)) / (2 * k * (k + 1))
    u = sympy.Rational(1, 2) + k * e
    total = sympy.simplify(k * (1 - e) + u - (k + sympy.Rational(1, 2)))
    squares = sympy.simplify(k * (1 - e) ** 2 + u**2 - (k + sympy.Rational(7, 12)))
    # Above its larger zero the quadratic is positive, at 0 negative: e lies between 0 and 1/2.
    more = sympy.Symbol("j", nonnegative=True)  # k = 2 + j
    at_half = sympy.expand(12 * quadratic(sympy.Rational(1, 2)).subs(k, 2 + more))
    below_half = all(c > 0 for c in sympy.Poly(at_half, more).all_coeffs())
    # The last root 1 − 1/u is 0 at u = 1, that is at e = 1/(2k), where the quadratic is not 0.
    zero_at = sympy.solve(quadratic(1 / (2 * k)), k)
    whole = not any(solution.is_integer for solution in zero_at)
    holds = total == 0 and squares == 0 and below_half and whole and _third_condition_holds()
    return holds, (
        "for every d: where Σ u_j = d − 3/2, u_j = 1/(1 − r_j), e^{(1−d)z} q(e^z) (e^z − 1) − βz "
        "has at z³ the coefficient q(1) (d − 17/12 − Σ u_j²)/2",
        "every d ≥ 4, k = d − 2: parasitic roots −R (k times) and 1 − 1/u, R = e/(1 − e), "
        "u = 1/2 + ke, e the positive zero of k(k+1)e² − ke − 1/3",
        f"k(1 − e) + u − (d − 3/2) = {total}; k(1 − e)² + u² − (d − 17/12) = {squares}: order 3",
        f"12·(k(k+1)/4 − k/2 − 1/3) with k = 2 + j is {text(at_half)} > 0, so e < 1/2 "
        "and 0 < R < 1",
        "u > 1/2, so −1 < 1 − 1/u < 1; it is 0 only at k = "
        + ", ".join(str(solution) for solution in zero_at)
        + ": so the last coefficient is not 0, and the method has d steps",
    )


def _order_3(_claim: Claim, _paper: Paper) -> Decision:
    """No zero-stable method of order 3 has three steps; each larger number of steps has one."""
    every, proof = _every_number_of_steps()
    rows = [_row_of(smallest_found(steps, 3), steps) for steps in range(3, MOST_STEPS + 1)]
    for row in rows:
        row["bound"] = round(order_3_radius(row["steps"]), 4)
    only, *others = rows
    return Decision(
        holds=(
            every
            and not only["zero_stable"]
            and all(row["zero_stable"] for row in others)
            and all(row["order"] >= 3 for row in rows)
            and all(abs(row["radius"] - row["bound"]) < 1e-3 for row in rows)
        ),
        summary=(
            "the conditions of order 3 leave three steps a single method, which is not "
            "zero-stable; with any larger number there are zero-stable ones, with four of radius "
            f"{others[0]['radius']:.4f}"
        ),
        certificate=proof
        + tuple(
            f"d = {row['steps']}: {row['label']}, order {row['order']}, "
            f"{'zero-stable' if row['zero_stable'] else 'not zero-stable'}; largest parasitic "
            f"modulus {row['radius']:.4f}, by the closed form {row['bound']:.4f}"
            for row in rows
        ),
        data={"rows": rows},
    )


def higher_orders() -> list[dict[str, Any]]:
    """Methods of order 4 and more with up to six steps, for a table; no part of any verdict.

    Each method's order and stability are exact.  That none has smaller parasitic roots is certain
    only where the order leaves a single method (``unique``); the others were found by a search.
    """
    return [
        {**_row_of(smallest_found(steps, order), steps), "unique": order == steps}
        for steps in range(4, MOST_STEPS + 1)
        for order in range(4, steps + 1)
    ]


def _row_of(method: LinearMultistep, steps: int) -> dict[str, Any]:
    return {
        "steps": steps,
        "order": method.order,
        "radius": round(parasitic_radius(method), 4),
        "zero_stable": root_condition(method).holds,
        "label": method.label,
        "alphas": [round(float(a), 6) for a in method.alphas],
        "beta": round(float(method.beta), 6),
    }


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X01": _order_2,
    "X02": _order_3,
}
