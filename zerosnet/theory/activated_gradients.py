"""What follows from g(x) = α·arctan(βx), decided; see :mod:`zerosnet.theory.gradient_formula`.

All of it is derived here.  Proofs about the formula are by sympy, for all α, β > 0; roots are
certified enclosures; iterations in floating point only illustrate what is proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from zerosnet.methods.families import LM_CONSISTENT, Family
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision
from zerosnet.theory.enclosures import (
    Enclosure,
    as_written,
    decimals,
    flint_rational,
    root_between,
    sign_at,
)
from zerosnet.theory.gradient_formula import SEEN, ActivatedGradients
from zerosnet.theory.regions import RHO, cell_lines, cells_of_roots, region_text, zero_stability

X, CURVATURE, RATE, MOMENTUM = sympy.symbols("x c η μ", positive=True)
ALPHA, BETA = sympy.symbols("α β", positive=True)
ACTIVATION = ALPHA * sympy.atan(BETA * X)
#: The learning rate of an illustration is off its bound by this share.
OFF = Fraction(1, 100)
STEPS = 4000

#: θ_{n+1} = (1 + μ) θ_n − μ θ_{n−1} − η G(θ_n): with h = η/(1 − μ), β = 1 − μ.
HEAVY_BALL = Family(
    name="heavy-ball",
    symbol="μ",
    title="heavy ball",
    source="Polyak 1964",
    formula=lambda m: ((1 + m, -m), 1 - m),
    recover=lambda alphas: -alphas[1],
)


def enlarging_bound(alpha: Fraction, beta: Fraction) -> Enclosure | None:
    """The number below which g enlarges |x| and above which it shrinks it, enclosed.

    g is concave on x > 0 (see :func:`shape_of_g`), so g(x)/x falls from αβ towards 0 and passes 1
    once, or never.

    Args:
        alpha, beta: above 0.

    Returns:
        Rationals around the root of α·arctan(βx) = x above 0; ``None`` where αβ ≤ 1.
    """
    if alpha * beta <= 1:
        return None

    a, b = flint_rational(alpha), flint_rational(beta)

    def gain(x: Any) -> Any:
        return (x * b).atan() * a - x

    high = 2 * alpha  # g stays below απ/2
    low = high / 2
    while sign_at(gain, low) != 1:
        low /= 2
    return root_between(gain, low, high)


def shape_of_g(_claim: Claim, _paper: Paper) -> Decision:
    """Odd, increasing, concave on x > 0, slope αβ at 0, supremum απ/2."""
    slope, bend = sympy.diff(ACTIVATION, X), sympy.diff(ACTIVATION, X, 2)
    odd = sympy.simplify(ACTIVATION.subs(X, -X) + ACTIVATION) == 0
    at_zero, supremum = sympy.limit(slope, X, 0), sympy.limit(ACTIVATION, X, sympy.oo)
    checks = (
        odd,
        bool(sympy.factor(slope).is_positive),
        bool(sympy.factor(bend).is_negative),
        sympy.simplify(at_zero - ALPHA * BETA) == 0,
        sympy.simplify(supremum - ALPHA * sympy.pi / 2) == 0,
    )
    return Decision(
        holds=all(checks),
        summary=(
            "g is odd and increasing, steepest at 0 with slope αβ, concave on x > 0, and stays "
            "below απ/2: |g(x)| < αβ|x| and |g(x)| < απ/2 for every x ≠ 0"
        ),
        certificate=(
            f"g′(x) = {sympy.factor(slope)}",
            f"g″(x) = {sympy.factor(bend)}, below 0 for x > 0",
            f"g′(0) = {at_zero}, lim g = {supremum}",
        ),
    )


def enlarges_tiny_gradients(claim: Claim, paper: Paper) -> Decision:
    """Where |g(x)| > |x|, with the bounds of pairs that were seen in the released code."""
    lines, bounds = [], {}
    for name, activation in SEEN.items():
        alpha, beta = as_written(activation.alpha), as_written(activation.beta)
        found = enlarging_bound(alpha, beta)
        bounds[name] = None if found is None else decimals(found)
        where = "nowhere" if found is None else f"exactly for 0 < |x| < {decimals(found)}"
        pair = f"(α, β) = ({activation.alpha:g}, {activation.beta:g}), {name}"
        lines.append(f"{pair}: αβ = {alpha * beta}, enlarged {where}")
    # A function that is concave from 0 on has a falling g(x)/x, here from αβ to 0.
    return Decision(
        holds=shape_of_g(claim, paper).holds,
        summary=(
            "g is concave on x > 0 and bounded, so g(x)/x falls from αβ at 0 towards 0: g enlarges "
            "|x| below the root of α·arctan(βx) = x if αβ > 1, and nowhere if αβ ≤ 1"
        ),
        certificate=("roots enclosed by ball arithmetic to 10⁻¹⁵", *lines),
        data={"bounds": bounds},
    )


def released_pairs_enlarge(_claim: Claim, paper: Paper) -> Decision:
    """Whether αβ > 1 in every command that was released, exactly."""
    lines, counts, small = [], {}, 0
    for images, entries in paper.released_code["activated_gradients"].items():
        products = {
            (entry["alpha"], beta): as_written(entry["alpha"]) * as_written(beta)
            for entry in entries
            for beta in entry["beta"]
        }
        too_small = [pair for pair, product in products.items() if product <= 1]
        small += len(too_small)
        counts[images] = {"pairs": len(products), "at most 1": len(too_small)}
        ends = min(products.values()), max(products.values())
        lines.append(
            f"{images}: {len(products)} pairs, αβ from {float(ends[0]):g} to {float(ends[1]):g}; "
            f"at most 1 in {len(too_small)}"
            + "".join(f", ({alpha:g}, {beta:g})" for alpha, beta in too_small)
        )
    return Decision(
        holds=bool(counts) and not small,
        summary="; ".join(
            f"of the {found['pairs']} pairs for {images} {found['at most 1']} have αβ ≤ 1"
            for images, found in counts.items()
        ),
        certificate=tuple(lines),
        data={"released": counts},
    )


def descend(
    activation: ActivatedGradients, curvature: float, rate: float, start: float, steps: int = STEPS
) -> float:
    """Where gradient descent with g ends on c x²/2: x ← x − η g(c x), in floating point.

    Args:
        activation: g; where it is applied is one and the same without momentum and weight decay.
        curvature, rate: c and η.
        start: the first x.
        steps: how many steps are taken.
    """
    x = start
    for _ in range(steps):
        x -= rate * activation.alpha * math.atan(activation.beta * curvature * x)
    return x


def stability_on_a_quadratic(claim: Claim, paper: Paper) -> Decision:
    """Gradient descent with g on c x²/2: from every start to 0 if and only if ηαβc ≤ 2."""
    step = X - RATE * ACTIVATION.subs(X, CURVATURE * X)
    multiplier = sympy.limit(sympy.diff(step, X), X, 0)
    proved = sympy.simplify(multiplier - (1 - RATE * ALPHA * BETA * CURVATURE)) == 0
    lines, agree = [], []
    for name, activation in SEEN.items():
        alpha, beta = as_written(activation.alpha), as_written(activation.beta)
        bound = 2 / (alpha * beta)  # of the learning rate, at curvature 1
        below, above = bound * (1 - OFF), bound * (1 + OFF)
        settled = descend(activation, 1.0, float(below), 10.0)
        left = descend(activation, 1.0, float(above), 1e-6)
        # A cycle x, −x has η g(x) = 2x.
        cycle = enlarging_bound(above * alpha / 2, beta)
        agree.append(
            abs(settled) < 1e-9 and cycle is not None and abs(abs(left) - float(cycle[0])) < 1e-9
        )
        at = "nowhere" if cycle is None else decimals(cycle)
        lines.append(
            f"{name}, c = 1: from 10 with η = {below} to {abs(settled):.1e} in {STEPS} steps; from "
            f"10⁻⁶ with η = {above} to ±{abs(left):.4f}, the cycle being at ±{at}"
        )
    return Decision(
        holds=proved and shape_of_g(claim, paper).holds and all(agree),
        summary=(
            "on c x²/2, gradient descent with g goes to 0 from every start if and only if "
            "ηαβc ≤ 2; beyond, 0 repels and the iterates stay bounded (by the start or ηαπ/2), "
            "where plain gradient descent with the learning rate ηαβ diverges (with η itself it "
            "does so if and only if ηc > 2). Near a minimum the bound is that of the learning rate "
            "ηαβ"
        ),
        certificate=(
            f"multiplier at 0: {multiplier}, of modulus above 1 if ηαβc > 2",
            "0 < g(cx) < αβcx for x > 0, so −x ≤ x − ηαβcx < x − ηg(cx) < x if ηαβc ≤ 2: |x| falls "
            "strictly, and its limit can only be 0; g being odd, the same for x < 0",
            "|x − ηg(cx)| ≤ max(|x|, ηαπ/2), since x and ηg(cx) have the same sign",
            *lines,
        ),
    )


def conditioning_at_a_minimum(_claim: Claim, _paper: Paper) -> Decision:
    """The linearization of θ − η g(∇ℓ) at a minimum, for any 2 × 2 Hessian."""
    entries = sympy.symbols("h11 h12 h22", real=True)
    hessian = sympy.Matrix([[entries[0], entries[1]], [entries[1], entries[2]]])
    place = sympy.Matrix(sympy.symbols("u v", real=True))
    gradient = hessian * place
    activated = gradient.applyfunc(lambda entry: ACTIVATION.subs(X, entry))
    at_minimum = activated.jacobian(place).subs(dict.fromkeys(place, 0))
    scaled = sympy.simplify(at_minimum - ALPHA * BETA * hessian) == sympy.zeros(2, 2)
    small, large = sympy.symbols("λ1 λ2", positive=True)
    before, after = large / small, (ALPHA * BETA * large) / (ALPHA * BETA * small)
    return Decision(
        holds=scaled and sympy.simplify(before - after) == 0,
        summary=(
            "at a minimum with Hessian H, θ − ηg(∇ℓ) has the derivative I − ηαβH, that of plain "
            "gradient descent with the learning rate ηαβ: the condition number is H's, and so is "
            "the best rate of convergence; against ill-conditioning g can help only where "
            "gradients are not small"
        ),
        certificate=(
            f"derivative of g(Hθ) at 0: {at_minimum.tolist()}",
            "the best rate for eigenvalues between λ1 and λ2 is (κ − 1)/(κ + 1), κ = λ2/λ1, "
            "for H and for αβH",
        ),
    )


def heavy_ball_is_two_step(_claim: Claim, _paper: Paper) -> Decision:
    """Momentum as a two-step method with roots 1 and μ, and its bound on a quadratic."""
    cells, expressions = cells_of_roots(HEAVY_BALL, Fraction(1), zero_stability)
    samples = [Fraction(n, 10) for n in range(-9, 10)]
    same = all(HEAVY_BALL.at(m) == LM_CONSISTENT.at(-m) for m in samples)
    (first, second), beta = HEAVY_BALL.formula(MOMENTUM)
    roots = sympy.expand(RHO**2 - first * RHO - second - (RHO - 1) * (RHO - MOMENTUM)) == 0
    # A step adds h β f.  With h = η/(1 − μ) and f = −G that is −ηG if and only if β/(1 − μ) is 1.
    unit = sympy.simplify(beta / (1 - MOMENTUM)) == 1
    # With g linearized on c x²/2, G is αβc x.
    s = sympy.Symbol("s", positive=True)
    quadratic = RHO**2 - (1 + MOMENTUM - s) * RHO + MOMENTUM
    # Jury: all roots inside the circle if and only if p(1) > 0, p(−1) > 0 and |μ| < 1.
    ends = [sympy.expand(quadratic.subs(RHO, end)) for end in (1, -1)]
    bound = sympy.solve(ends[1], s)
    return Decision(
        holds=(
            same and roots and unit and ends[0] == s and bound == [sympy.expand(2 + 2 * MOMENTUM)]
        ),
        summary=(
            "θ_{n+1} = (1 + μ)θ_n − μθ_{n−1} − ηG is a two-step method with roots 1 and μ, the "
            "LM method with k = −μ, for μ ≠ 1 consistent with θ′ = −G at step η/(1 − μ); "
            f"zero-stable if and only if μ ∈ {region_text(cells)}. With activated gradients a "
            "minimum of curvature c is stable if ηαβc < 2(1 + μ), for 0 ≤ μ < 1, and not if it is "
            "above; at equality the linearization does not decide"
        ),
        certificate=(
            *expressions,
            *cell_lines(cells, "μ", "zero-stable"),
            f"on c x²/2 with s = ηαβc: p(ρ) = {quadratic}, p(1) = {ends[0]}, p(−1) = {ends[1]}",
            "g on the gradient and g on the step have the same linearization there without weight "
            "decay: M ← μM + αβcθ, θ ← θ − ηM, or M ← μM + cθ, θ ← θ − ηαβM",
        ),
        data={"region": region_text(cells)},
    )


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X20": shape_of_g,
    "X21": enlarges_tiny_gradients,
    "X21-runs": released_pairs_enlarge,
    "X22": stability_on_a_quadratic,
    "X23": conditioning_at_a_minimum,
    "X24": heavy_ball_is_two_step,
}
