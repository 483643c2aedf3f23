"""What follows from the forms of δ(ℓ), decided; see :mod:`zerosnet.theory.loss_formula`.

All of it is derived here.  Identities are by sympy for every smooth loss, values of δ′ are
certified enclosures; iterations in floating point only illustrate what is proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

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
    value_at,
)
from zerosnet.theory.loss_formula import LOGARITHM, SEEN, LossDeformation

#: The losses at a minimum for which bounds are shown.
LOSSES = (Fraction(0), Fraction(1, 4), Fraction(1))
#: Of the illustrations: the learning rate, by which share the curvature is off its bound, how far
#: from the minimum they begin, and how many steps they take.
RATE, OFF, START, STEPS = Fraction(1, 10), Fraction(1, 100), 1e-5, 2000


def slope_between(deformation: LossDeformation, where: Fraction | Enclosure) -> Enclosure:
    """δ′ at a loss ℓ ≥ 0, or all over an interval of losses, enclosed."""
    a, b, c, d = (
        flint_rational(as_written(number))
        for number in (deformation.a, deformation.b, deformation.c, deformation.d)
    )

    def slope(loss: Any) -> Any:
        y = loss * b
        bent = (y.atan() * a) ** (c - 1) if c != 1 else 1
        return bent * (a * b * c) / (y * y + 1) + d

    return value_at(slope, where)


def peak_of_slope(deformation: LossDeformation) -> tuple[Enclosure, Enclosure]:
    """Where δ′ is largest on ℓ ≥ 0, and how large.

    With y = bℓ and c > 1, δ″ has the sign of c − 1 − 2y·arctan y, which falls from c − 1 without
    bound: δ′ has one maximum, at its root.  With c = 1, δ′ falls from ℓ = 0 on.
    """
    excess = as_written(deformation.c) - 1
    if excess == 0 or deformation.a == 0 or deformation.b == 0:
        where = (Fraction(0), Fraction(0))
        return where, slope_between(deformation, Fraction(0))

    def rises(y: Any) -> Any:
        return flint_rational(excess) - 2 * y * y.atan()

    high = Fraction(1)
    while sign_at(rises, high) != -1:
        high *= 2
    low, high = root_between(rises, Fraction(0), high)
    where = low / as_written(deformation.b), high / as_written(deformation.b)
    return where, slope_between(deformation, where)


def minima_stay(_claim: Claim, _paper: Paper) -> Decision:
    """Gradient and Hessian of δ∘f for any smooth f of two numbers; δ′ > 0."""
    place = sympy.symbols("u v", real=True)
    loss = sympy.Function("f")(*place)
    level, a, b, c, d = sympy.symbols("ℓ a b c d", positive=True)
    delta = (a * sympy.atan(b * level)) ** c + d * level
    deformed = delta.subs(level, loss)
    first, second = (sympy.diff(delta, level, order).subs(level, loss) for order in (1, 2))
    plain = sympy.Matrix([loss.diff(x) for x in place])
    gradient = sympy.Matrix([deformed.diff(x) for x in place])
    hessian = first * sympy.hessian(loss, place) + second * plain * plain.T
    identities = (
        (gradient - first * plain).expand() == sympy.zeros(2, 1),
        (sympy.hessian(deformed, place) - hessian).expand() == sympy.zeros(2, 2),
    )
    # (a·arctan bℓ)^c does not fall on ℓ ≥ 0 with a, b ≥ 0 and c ≥ 1, so δ′ ≥ d.
    increasing = all(deformation.d > 0 for deformation in SEEN.values())
    return Decision(
        holds=all(identities) and increasing,
        summary=(
            "∇(δ∘f) = δ′∇f and ∇²(δ∘f) = δ′∇²f + δ″∇f∇fᵀ with δ′ ≥ d > 0: the loss that δ is "
            "applied to keeps its stationary points and its minima, and at them the Hessian is "
            "multiplied by the number δ′(ℓ*)"
        ),
        certificate=(
            f"gradient − δ′∇f = 0: {identities[0]}; Hessian − δ′∇²f − δ″∇f∇fᵀ = 0: {identities[1]}",
            "δ′ ≥ d = " + ", ".join(f"{form.d:g}" for form in SEEN.values()),
        ),
    )


def minima_of_a_mean_move(_claim: Claim, _paper: Paper) -> Decision:
    """Two batches whose losses differ at the minimum of their mean, a counterexample."""
    x = sympy.Symbol("x", real=True)
    one, other = x**2, 2 * (x - 1) ** 2
    (minimum,) = sympy.solve(sympy.diff(one + other, x), x)
    values = [Fraction(int(f.subs(x, minimum).p), int(f.subs(x, minimum).q)) for f in (one, other)]
    pull = sympy.diff(one, x).subs(x, minimum)
    lines, moved = [], []
    for form, deformation in SEEN.items():
        first, second = (slope_between(deformation, value) for value in values)
        apart = first[1] < second[0] or second[1] < first[0]
        moved.append(apart and pull != 0)
        lines.append(
            f"{form}: δ′({values[0]}) = {decimals(first)}, δ′({values[1]}) = {decimals(second)}"
        )
    return Decision(
        holds=all(moved),
        summary=(
            "minima stay only of the loss that δ is applied to: Σδ(ℓ_B) over batches has the "
            "gradient Σδ′(ℓ_B)∇ℓ_B, which need not vanish where Σ∇ℓ_B does; it does where all "
            "batches have the same loss, or every ∇ℓ_B vanishes, as where all data are fitted"
        ),
        certificate=(
            f"ℓ₁ = x², ℓ₂ = 2(x − 1)²: their sum is least at x = {minimum}, where the gradients "
            f"are ±{pull} and the losses {values[0]} and {values[1]}",
            *lines,
        ),
    )


def _is_one(enclosure: Enclosure) -> bool:
    low, high = enclosure
    return low == high == 1


def leaves(deformation: LossDeformation, loss: Fraction, curvature: Fraction) -> bool:
    """Whether gradient descent on δ(ℓ* + c x²/2), begun at 10⁻⁵, moves away, in floating point."""
    a, b, exponent, d = deformation.a, deformation.b, deformation.c, deformation.d
    rate, c, x = float(RATE), float(curvature), START
    for _ in range(STEPS):
        y = b * (float(loss) + c * x * x / 2)
        slope = exponent * (a * math.atan(y)) ** (exponent - 1) * a * b / (1 + y * y) + d
        x -= rate * slope * c * x
        if abs(x) > 100 * START:
            return True
    return False


def sharp_minima_are_left(claim: Claim, paper: Paper) -> Decision:
    """Minima sharper than 2/(η δ′(ℓ*)), as those sharper than 2/η of plain gradient descent."""
    x, c, eta, level = sympy.symbols("x c η ℓ", positive=True)
    slope = sympy.Function("δ1")  # any δ′
    step = x - eta * slope(level + c * x**2 / 2) * c * x
    multiplier = sympy.diff(step, x).doit().subs(x, 0).doit()
    proved = sympy.expand(multiplier - (1 - eta * c * slope(level))) == 0
    lines, agree = [], []
    fitted = [form for form, d in SEEN.items() if _is_one(slope_between(d, Fraction(0)))]
    for form, deformation in SEEN.items():
        for loss in LOSSES:
            low, high = slope_between(deformation, loss)
            bound = 2 / (RATE * (low + high) / 2)
            stays = not leaves(deformation, loss, bound * (1 - OFF))
            left = leaves(deformation, loss, bound * (1 + OFF))
            agree.append(stays and left)
            lines.append(
                f"{form}, ℓ* = {loss}: δ′ = {decimals((low, high))}, 2/(ηδ′) = {float(bound):.4f} "
                f"at η = {RATE}; begun nearby, a curvature of 1 % less "
                f"{'stays' if stays else 'is left'}, 1 % more {'is left' if left else 'stays'}"
            )
    return Decision(
        holds=proved and minima_stay(claim, paper).holds and all(agree),
        summary=(
            "gradient descent on δ(ℓ) has the derivative I − ηδ′(ℓ*)H at a minimum: it stays "
            "where the largest curvature is below 2/(ηδ′(ℓ*)) and leaves where it is above. Plain "
            "gradient descent with the learning rate ηδ′(ℓ*) has the same bound; where all data "
            f"are fitted (ℓ* = 0) it is the plain 2/η for {' and '.join(fitted) or 'no form'}"
        ),
        certificate=(f"multiplier on ℓ* + c x²/2 at x = 0: {multiplier}", *lines),
    )


def peaks_of_the_forms(_claim: Claim, _paper: Paper) -> Decision:
    """The most by which each form multiplies the learning rate, and at which loss."""
    y = sympy.Symbol("y", positive=True)
    excess = sympy.Symbol("e", positive=True)  # c − 1
    # δ′ − d is a^c b c · s(y); its logarithm's derivative has the sign that the peak is found by.
    shape = sympy.atan(y) ** excess / (1 + y**2)
    rises = (excess - 2 * y * sympy.atan(y)) / (sympy.atan(y) * (1 + y**2))
    proved = sympy.simplify(sympy.diff(sympy.log(shape), y) - rises) == 0
    falls = sympy.simplify(sympy.diff(y * sympy.atan(y), y)).is_positive
    lines, peaks = [], {}
    for form, deformation in SEEN.items():
        where, most = peak_of_slope(deformation)
        peaks[form] = {"loss": decimals(where), "slope": decimals(most)}
        lines.append(f"{form}: δ′ is largest at ℓ = {decimals(where)}: {decimals(most)}")
    return Decision(
        holds=proved and bool(falls) and all(float(p["slope"]) > 1 for p in peaks.values()),
        summary=(
            "δ multiplies the learning rate by δ′(ℓ), weight decay's effect unchanged; δ′ has one "
            "maximum, "
            + ", ".join(f"{p['slope']} at ℓ = {p['loss']}" for p in peaks.values())
            + " for the forms seen but the logarithm (X29), and falls to d as ℓ grows"
        ),
        certificate=(
            "with y = bℓ, (log(δ′ − d))′ has the sign of c − 1 − 2y·arctan y, which falls",
            *lines,
        ),
        data={"peaks": peaks},
    )


def logarithm_has_a_pole(_claim: Claim, _paper: Paper) -> Decision:
    """δ′ of log(e^ℓ − s): its sign on both sides of log s, and its limits there."""
    level, shift = sympy.symbols("ℓ s", positive=True)
    slope = sympy.diff(sympy.log(sympy.exp(level) - shift), level)
    written = sympy.simplify(slope - 1 / (1 - shift * sympy.exp(-level))) == 0
    number = as_written(LOGARITHM.shift)
    exact = sympy.Rational(number.numerator, number.denominator)
    pole = sympy.log(exact)
    limits = [sympy.limit(slope.subs(shift, exact), level, pole, side) for side in "-+"]

    def above(loss: Any) -> Any:
        return loss.exp() - flint_rational(number)

    # The numerator of δ′ = e^ℓ/(e^ℓ − s) is above 0, and its denominator rises.
    where = root_between(above, Fraction(0), Fraction(1))
    signs = [sign_at(above, place) for place in where]
    return Decision(
        holds=written and limits == [-sympy.oo, sympy.oo] and signs == [-1, 1],
        summary=(
            f"δ′ = e^ℓ/(e^ℓ − {LOGARITHM.shift:g}) is below 0 for ℓ < {decimals(where)} and above "
            "1 beyond, and grows without bound towards it from both sides: gradient descent draws "
            "every batch's loss there, raises what is below and lowers what is above; δ itself has "
            "no value at or below it"
        ),
        certificate=(
            f"δ′ − 1/(1 − s·e^(−ℓ)) = 0: {written}",
            f"limits of δ′ at log {LOGARITHM.shift:g}: {limits[0]} from below, {limits[1]} above",
            f"e^ℓ − {LOGARITHM.shift:g} has the signs {signs} at {where[0]} and {where[1]}",
        ),
        data={"pole": decimals(where)},
    )


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X25": minima_stay,
    "X26": minima_of_a_mean_move,
    "X27": sharp_minima_are_left,
    "X28": peaks_of_the_forms,
    "X29": logarithm_has_a_pole,
}
