"""Every method of the suite by its roots and by the equation that it is consistent with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from zerosnet.methods.families import (
    EULER,
    IN,
    IN_RESNET,
    LAMBDA_IN,
    LAMBDA_IN_RESNET,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    LM_PRINTED,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    PRERESNET,
    REVNET,
    ZEROSNET,
    ZEROSNET_OPT,
)
from zerosnet.methods.multistep import LinearMultistep, residual
from zerosnet.methods.stability import all_moduli, is_zero_stable
from zerosnet.paper.tables import Table, method_of_row
from zerosnet.theory.one_step import (
    Block,
    fractal_block,
    order_of,
    polynet_block,
    solved_by,
    stability_function,
)
from zerosnet.theory.optimal import MOST_STEPS, order_2_optimum, smallest_found

#: Of Momentum ResNet and of SGD: what both are usually run with.
_MOMENTUM = Fraction(9, 10)


@dataclass(frozen=True)
class Member:
    """One method in the family tree.

    Args:
        name: how it is called, short.
        source: where it comes from.
        coefficients: as text; of a one-step method that is no multistep method, its step.
        steps: d.
        radius: the largest modulus of the roots besides one root 1, if there is that.
        zero_stable: decided exactly.
        equation: which one it is consistent with.
        order: of consistency; ``None`` where there is no such equation.
        method: ``None`` of a one-step method that is no multistep method.
    """

    name: str
    source: str
    coefficients: str
    steps: int
    radius: float
    zero_stable: bool
    equation: str
    order: int | None
    method: LinearMultistep | None = None

    @property
    def is_damped(self) -> bool:
        """Whether the equation has a term in x itself: constants are not kept."""
        if self.order is None or self.method is None:
            return False
        return sum(self.method.alphas) != 1


def equation_of(method: LinearMultistep) -> tuple[str, int | None]:
    """The equation that a method is consistent with, and of which order it then is.

    Constants that are reproduced (Σ αᵢ = 1) make it a method for x′ = c f: β alone sets c.  One
    step with α₀ = κ is Euler's for the damped x′ = −(1 − κ)x + βf, with h = 1.  Several steps
    with another sum are given none.
    """
    if sum(method.alphas) == 1:
        beta = Fraction(residual(method.alphas, 0, 1))
        if beta == 0 or method.beta == 0:
            return "none (β = 0)" if method.beta == 0 else "none (a double root 1)", None
        rate = method.beta / beta
        order = LinearMultistep(method.alphas, beta).order
        return _multiple_of_f(rate), order
    if method.steps == 1:
        forcing = "f" if method.beta == 1 else f"{_number(method.beta)}·f"
        damping = 1 - method.alphas[0]
        sign = "−" if damping > 0 else ""
        size = "" if abs(damping) == 1 else f"{_number(abs(damping))}·"
        return f"x′ = {sign}{size}x + {forcing}", 1
    return "not given (several steps, Σα is not 1)", None


def _multiple_of_f(rate: Fraction) -> str:
    return "x′ = f" if rate == 1 else f"x′ = {_number(rate)}·f"


def _number(value: Fraction) -> str:
    """A short fraction as such, a long one as a decimal."""
    text = str(value) if value.denominator <= 64 else f"{float(value):.3g}"
    return text.replace("-", "−")


def member(method: LinearMultistep, name: str, source: str) -> Member:
    """A multistep method's place."""
    moduli = list(all_moduli(method))
    if sum(method.alphas) == 1:
        moduli.remove(min(moduli, key=lambda modulus: abs(modulus - 1)))
    equation, order = equation_of(method)
    return Member(
        name,
        source,
        method.label if len(method.label) <= 60 else f"{method.steps} steps",
        method.steps,
        max(moduli, default=0.0),
        is_zero_stable(method),
        equation,
        order,
        method,
    )


def family_tree(coefficients: Table) -> list[Member]:
    """Every method that the suite knows by name, from the simplest.

    Args:
        coefficients: table 10.
    """
    yang, lu = "Yang et al. 2020", "Lu et al. 2018"
    one_step = [
        member(PRERESNET, "PreResNet", "He et al. 2016"),
        member(IN.at(0), "plain CNN (κ = 0)", yang),
        member(IN.at(IN_RESNET.initial), "In-ResNet, start", yang),
        member(LAMBDA_IN.at(LAMBDA_IN_RESNET.initial), "λ-In-ResNet, start", yang),
        *(member(EULER.at(a), f"α = {a}", "table 1") for a in ("0.5", "0.7", "1.5", "2")),
        _composed("PolyNet", polynet_block, "y + F(y) + F(F(y))", "Zhang et al. 2017"),
        _composed("FractalNet", fractal_block, "two columns of Euler steps", "Larsson et al. 2017"),
    ]
    momentum = LM_CONSISTENT.at(-_MOMENTUM)
    heavy_ball = LinearMultistep(momentum.alphas, 1)
    two_steps = [
        member(LM.at(LM_RESNET.initial), "LM-ResNet, start inside", lu),
        member(LM.at(LM_RESNET_UNSTABLE.initial), "LM-ResNet, start outside", lu),
        *(
            member(LM_PRINTED.at(k), f"k = {k.replace('-', '−')}", "table 2")
            for k in ("-1.5", "1.5", "-0.5", "0.5")
        ),
        member(momentum, f"Momentum ResNet, γ = {float(_MOMENTUM):g}", "Sander et al. 2021"),
        member(heavy_ball, f"SGD, momentum {float(_MOMENTUM):g}", "Polyak 1964"),
        member(REVNET, "RevNet", "Gomez et al. 2017"),
        member(LEAPFROG, "leapfrog", "λ = −1, k = 1"),
    ]
    opt = [row for row in coefficients.rows if method_of_row(row) == ZEROSNET_OPT]
    three_steps = [
        member(ZEROSNET_OPT, "ZeroSNet-Opt", "theorem 3"),
        member(ZEROSNET.at(1), "ZeroSNet-Tra, start", "section 5.6"),
        *(
            member(method_of_row(row), method_of_row(row).label, "table 10")
            for row in coefficients.rows
            if row not in opt
        ),
    ]
    more = [
        *(
            member(order_2_optimum(steps), f"optimum, {steps} steps", "theorem 3 for d steps")
            for steps in range(4, MOST_STEPS + 1)
        ),
        *(
            member(smallest_found(steps, 3), f"order 3, {steps} steps", "beyond theorem 3")
            for steps in range(4, MOST_STEPS + 1)
        ),
    ]
    return [*one_step, *two_steps, *three_steps, *more]


def _composed(name: str, block: Block, step: str, source: str) -> Member:
    """A one-step method that composes f with itself: its only root is 1."""
    rate, of_zero = solved_by(block)
    equation = _multiple_of_f(rate) + (" + f(0)" if of_zero else "")
    return Member(name, source, step, 1, 0.0, True, equation, order_of(stability_function(block)))


def bands(members: Sequence[Member]) -> dict[str, list[Member]]:
    """The members by what they solve, and how accurately: the rows of the picture, from below."""
    found: dict[str, list[Member]] = {"no equation": [], "damped": []}
    for one in sorted(members, key=lambda m: m.order or 0):
        if one.order is None:
            title = "no equation"
        else:
            title = "damped" if one.is_damped else f"order {one.order}"
        found.setdefault(title, []).append(one)
    return found
