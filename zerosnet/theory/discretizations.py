"""The neighbouring systems as discretizations: which equation each solves, and where it is stable.

LM-ResNet (Lu et al. 2018), Momentum ResNet (Sander et al. 2021), In-ResNet (Yang et al. 2020),
RevNet (Gomez et al. 2017), PolyNet (Zhang et al. 2017), FractalNet (Larsson et al. 2017).  Nothing
here is quoted from these papers: each statement is decided from the blocks' formulas, over the
rationals.

Coefficients are constant throughout.  Where a network trains one scalar a block, each block is of
this kind; the whole network, a product of different blocks, need not behave as one of them does.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy

from zerosnet.methods.families import (
    EULER,
    IN,
    LAMBDA_IN,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    REVNET,
    ZEROSNET,
    Trainable,
)
from zerosnet.methods.multistep import LinearMultistep, residual
from zerosnet.methods.stability import Polynomial, polynomial_text, root_condition
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision
from zerosnet.theory.one_step import (
    Disk,
    disk_of,
    euler_block,
    fractal_block,
    order_of,
    polynet_block,
    rate_of,
    reach_of,
    solved_by,
    stability_function,
    stable_on_line,
)
from zerosnet.theory.regions import cell_lines, cells_of_roots, region_text, text, zero_stability


def _same(one: sympy.Expr, other: sympy.Expr) -> bool:
    return bool(sympy.cancel(one - other) == 0)


def _lm_equation(_claim: Claim, _paper: Paper) -> Decision:
    """LM with constant k and β = 1: (1 + k)u′ + (1 − k)(h/2)u″ + O(h²) = f."""
    k = sympy.Symbol(LM.symbol)
    alphas, beta = LM.formula(k)
    found = [sympy.cancel(residual(alphas, 0, q)) for q in range(3)]
    cells, expressions = cells_of_roots(LM, Fraction(1), zero_stability)
    solves = found[0] == 0 and _same(found[1], 1 + k) and _same(found[2], (1 - k) / 2)
    return Decision(
        holds=solves and beta == 1 and region_text(cells) == "(−1, 1]",
        summary=(
            "for constant k ≠ −1 it is consistent with u′ = f/(1 + k), to second order with "
            "(1 + k)u′ + (1 − k)(h/2)u″ = f; with u′ = f at k = 0 alone; zero-stable, so that it "
            f"converges to the solution, exactly for k ∈ {region_text(cells)}"
        ),
        certificate=(
            "y(t+h) − (1−k)y(t) − k y(t−h) = Σ D_q h^q y^(q), equal to h f: "
            + ", ".join(f"D_{q} = {text(value)}" for q, value in enumerate(found)),
            *expressions,
            *cell_lines(cells, LM.symbol, "zero-stable"),
        ),
        data={"region": region_text(cells)},
    )


def _stability_of(trainable: Trainable) -> set[bool]:
    """Whether the members are zero-stable, for almost all parameters within where they start.

    The ends, of probability 0, count only where the start is a single value.
    """
    low, high = _range_of(trainable)
    cells, _ = cells_of_roots(trainable.family, Fraction(1), zero_stability)
    return {
        cell.holds
        for cell in cells
        if (cell.low is None or cell.low < high) and (cell.high is None or cell.high > low)
    }


def _range_of(trainable: Trainable) -> tuple[Fraction, Fraction]:
    """The least and the largest value that a parameter starts at."""
    return (trainable.initial - trainable.spread, trainable.initial + trainable.spread)


def _stable_ends(trainable: Trainable) -> list[Fraction]:
    """Which of the two are zero-stable."""
    ends = dict.fromkeys(_range_of(trainable))
    return [end for end in ends if root_condition(trainable.family.at(end)).holds]


def _lm_starts(_claim: Claim, _paper: Paper) -> Decision:
    """Lu et al. start k in [−0.1, 0], or in [1, 1.1]; both are in the released code."""
    first, other = _stability_of(LM_RESNET), _stability_of(LM_RESNET_UNSTABLE)
    exceptions = _stable_ends(LM_RESNET_UNSTABLE)
    return Decision(
        holds=(
            first == {True}
            and _stable_ends(LM_RESNET) == list(_range_of(LM_RESNET))
            and other == {False}
            and exceptions == [Fraction(1)]
        ),
        summary=(
            f"k from {LM_RESNET.start}: {_all(first)}, the ends included; from "
            f"{LM_RESNET_UNSTABLE.start}: {_all(other)}, as the root −k lies outside the unit "
            "circle, but for the end "
            + " and ".join(f"k = {end}" for end in exceptions)
            + ", drawn with probability 0: leapfrog, weakly stable"
        ),
        certificate=(
            f"k = −1/10: {root_condition(LM.at('-1/10')).reason}",
            f"k = 11/10: {root_condition(LM.at('11/10')).reason}",
            f"k = 1: {root_condition(LM.at(1)).reason}",
        ),
    )


def _all(found: set[bool]) -> str:
    if len(found) > 1:
        return "some zero-stable"
    return "all zero-stable" if True in found else "none zero-stable"


def _momentum_is_lm(_claim: Claim, _paper: Paper) -> Decision:
    """Momentum ResNet: v_{n+1} = γ v_n + (1 − γ) f(x_n), x_{n+1} = x_n + v_{n+1}."""
    gamma, new, old, f = sympy.symbols("γ x_n x_{n−1} f")
    velocity = new - old
    step = sympy.expand(new + gamma * velocity + (1 - gamma) * f)
    alphas, beta = LM_CONSISTENT.formula(-gamma)
    as_lm = sympy.expand(alphas[0] * new + alphas[1] * old + beta * f)
    cells, _ = cells_of_roots(LM_CONSISTENT, Fraction(1), zero_stability)
    return Decision(
        holds=(
            _same(step, as_lm)
            and LM_CONSISTENT.at("-9/10").is_consistent
            and region_text(cells) == "(−1, 1]"  # of k = −γ
        ),
        summary=(
            "without its velocity a Momentum ResNet with γ is LM with k = −γ and β = 1 + k, "
            "a consistent LM, zero-stable for −1 ≤ γ < 1"
        ),
        certificate=(
            f"x_{{n+1}} = {text(sympy.collect(step, (new, old, f)))}",
            f"γ = 9/10: {LM_CONSISTENT.at('-9/10').label}, order {LM_CONSISTENT.at('-9/10').order}",
        ),
    )


def _in_equation(_claim: Claim, _paper: Paper) -> Decision:
    """Both damped methods as Euler steps of damped equations, and their principal root."""
    h, rate, x, f = sympy.symbols("h λ x f")
    euler = sympy.expand(x + h * (-rate * x + f))
    kappa = 1 - rate * h
    lambda_euler = sympy.expand(x + (-rate * x + (1 + rate) * f))
    cells, expressions = cells_of_roots(EULER, Fraction(1), zero_stability)
    # min(1, k) = k and ReLU(λ) = λ between the samples' signs; beyond them both are the ResNet.
    samples = [Fraction(i, 8) for i in range(-16, 9)]
    same = all(IN.at(k) == EULER.at(k) for k in samples) and all(
        LAMBDA_IN.at(v) == LinearMultistep((1 - v,), 1 + v) for v in map(abs, samples)
    )
    only_at_one = [EULER.at(k).is_consistent for k in samples] == [k == 1 for k in samples]
    return Decision(
        holds=(
            _same(euler, kappa * x + h * f)
            and _same(lambda_euler, (1 - rate) * x + (1 + rate) * f)
            and same
            and only_at_one
            and region_text(cells) == "[−1, 1]"
        ),
        summary=(
            "κ x + h f is Euler's step for x′ = −λx + f with κ = 1 − λh, and λ-In-ResNet that for "
            "x′ = −λx + (1 + λ)f with h = 1; with x′ = f they agree at κ = 1 alone; the only root "
            f"is κ: zero-stable exactly for κ ∈ {region_text(cells)}; the trained k, with "
            "κ = min(k, 1), has no lower bound"
        ),
        certificate=(
            f"x + h(−λx + f) = {text(sympy.collect(euler, x))}",
            "C_0 = 1 − κ, the residual of constants",
            *expressions,
            *cell_lines(cells, "κ", "zero-stable"),
        ),
    )


def _in_disks(_claim: Claim, _paper: Paper) -> Decision:
    """Absolute stability of both damped methods: bounded disks."""
    samples = [Fraction(i, 20) for i in range(21)]
    ins = [disk_of(IN.at(kappa)) == Disk(-kappa, Fraction(1)) for kappa in samples]
    lambdas = [disk_of(LAMBDA_IN.at(v)) == Disk(-(1 - v) / (1 + v), 1 / (1 + v)) for v in samples]
    shown = [
        f"{method.name}: {disk_of(method)}"
        for method in (IN.at("3/4"), IN.at(1), LAMBDA_IN.at("1/4"))
    ]
    return Decision(
        holds=all(ins) and all(lambdas),
        summary=(
            "|α + βz| < 1: for In-ResNet the disk with centre −κ and radius 1, for λ-In-ResNet "
            "that with centre −(1 − λ)/(1 + λ) and radius 1/(1 + λ): bounded, as Euler's; that of "
            "In-ResNet lies 1 − κ to the right of Euler's, so modes that grow up to there decay, "
            "and as much is missing on the left"
        ),
        certificate=(
            "|α + βz| < 1 if and only if |z − (−α/β)| < 1/|β|; centres and radii are rational "
            f"functions of degree 1 of the parameter, compared at {len(samples)} points",
            *shown,
        ),
    )


def _leapfrog_names(_claim: Claim, _paper: Paper) -> Decision:
    """RevNet, leapfrog, ZeroSNet at λ = −1, LM at k = 1."""
    consistent = [LEAPFROG, ZEROSNET.at(-1), LM_CONSISTENT.at(1)]
    condition = root_condition(REVNET)
    return Decision(
        holds=(
            len(set(consistent)) == 1
            and LM.at(1) == REVNET
            and REVNET.alphas == LEAPFROG.alphas
            and 2 * REVNET.beta == LEAPFROG.beta
            and condition.holds
            and not condition.is_strong
        ),
        summary=(
            "leapfrog, ZeroSNet at λ = −1 and the consistent LM at k = 1 have equal coefficients; "
            "RevNet and the released LM at k = 1 have them with half the β, so they solve 2x′ = f: "
            "one method up to the scale of f; its roots are 1 and −1, weakly stable"
        ),
        certificate=(
            *(f"{method.label}" for method in (LEAPFROG, REVNET)),
            " ".join(map(str, condition.factors)) + ": " + condition.reason,
            f"order of leapfrog: {LEAPFROG.order}",
        ),
    )


def _on_axes(function: Polynomial) -> tuple[str, str]:
    """Where |R| < 1 on the real and on the imaginary axis, as text."""
    real, imaginary = (region_text(stable_on_line(function, line)) for line in ((1, 0), (0, 1)))
    return real, imaginary


def _about(function: Polynomial) -> tuple[str, ...]:
    """Lines of a certificate: R, the equation, the order, and where |R| < 1."""
    real, imaginary = _on_axes(function)
    return (
        f"R(z) = {polynomial_text(function, 'z')}, solves x′ = cf with c = {rate_of(function)} "
        f"to order {order_of(function)}",
        f"|R(s)| < 1 for real s ∈ {real}; |R(is)| < 1 for s ∈ {imaginary}",
    )


def _polynet_step(_claim: Claim, _paper: Paper) -> Decision:
    """I + F + F² against (I − F)⁻¹."""
    function = stability_function(polynet_block)
    geometric = (Fraction(1),) * 3
    solved = solved_by(polynet_block)
    linear = function == geometric and rate_of(function) == 1 and order_of(function) == 1
    return Decision(
        holds=linear and solved == (Fraction(1), Fraction(1)),
        summary=(
            "1/(1 − z) = 1 + z + z² + …: for linear F the block is backward Euler's step up to z², "
            "of order 1; exp(z) has z²/2. Where F is not linear its first terms are those of "
            "x′ = f(x) + f(0), which backward Euler's step does not solve"
        ),
        certificate=(
            *_about(function),
            "d/dh of y + hf(y) + hf(hf(y)) at h = 0 is f(y) + f(0)",
        ),
    )


def _polynet_stability(_claim: Claim, _paper: Paper) -> Decision:
    """Does the block allow larger steps than Euler's, as backward Euler does?"""
    function, euler = stability_function(polynet_block), stability_function(euler_block)
    (real, imaginary), (euler_real, _) = _on_axes(function), _on_axes(euler)
    return Decision(
        holds=reach_of(function) > reach_of(euler),
        summary=(
            "a polynomial's region is bounded, so nothing is left of the unbounded one of backward "
            f"Euler; on the negative real axis it is {real}, half of Euler's {euler_real}; on the "
            f"imaginary axis, where Euler is stable nowhere, it is {imaginary}"
        ),
        certificate=_about(function),
    )


def _fractalnet_step(_claim: Claim, _paper: Paper) -> Decision:
    """Two columns of Euler steps as a Runge–Kutta method."""
    function = stability_function(fractal_block)
    rate = rate_of(function)
    return Decision(
        holds=rate == Fraction(3, 2) and order_of(function) == 1 and len(function) == 3,
        summary=(
            "y + (f(y) + f(y) + f(y + f(y)))/2, an explicit Runge–Kutta method of two stages with "
            f"weights 1 and 1/2: it solves x′ = ({rate})f to order 1, with a bounded region"
        ),
        certificate=_about(function),
    )


#: Claim's id → the function that decides it.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X10": _lm_equation,
    "X11": _lm_starts,
    "X12": _momentum_is_lm,
    "X13": _in_equation,
    "X14": _in_disks,
    "X15": _leapfrog_names,
    "X16": _polynet_step,
    "X17": _polynet_stability,
    "X18": _fractalnet_step,
}
