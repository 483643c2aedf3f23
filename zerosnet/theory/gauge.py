"""The gauge: one function of pixels and parameters, with other roots.

Let f(c·y) = f(y) for every c > 0, as where f begins with a batch norm whose ε is 0, and let z_n =
c⁻ⁿ y_n.  Then the step (2) of (α_i; β) for y is the step of (α_i c^{−(i+1)}; β c^{−(n+1)}) for z:
the same f are evaluated at states that f does not tell apart.  A head that begins with a batch norm
does not tell them apart either.  A starter y + f becomes y/c + c^{−(n+1)} f.  No channel is
constant over the batch, and nothing with a scale of its own (noise) is added to states.  Derived
here; no source is known.

A transition may project states by linear maps, which leave c⁻ⁿ as it is.  Where all states pass a
norm, as PreResNet's one state does, both networks have the same state behind it, and n counts from
there.  Norms are those over a batch: running statistics are averages over batches and follow them,
but for what is left of their initial values.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import EULER, LM_PRINTED
from zerosnet.methods.multistep import LinearMultistep, Number, exact
from zerosnet.methods.stability import is_zero_stable, root_condition
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import COEFFICIENTS, TABLE_1, TABLE_2, Paper, method_of_row
from zerosnet.theory.decision import Decision

#: The network whose gauges the page shows: the first row of table 10, roots 1.84 and 0.74 (twice).
SHOWN = LinearMultistep((1, 1, 1), 1)
SHOWN_GAUGE = Fraction(46, 25)
#: Steps that are written out with symbols, for methods of up to three states.
_STEPS = 5
_BLOCKS = 27
#: Steps after which a change is held against the state.
_BESIDE = 25
#: How far the states before the first step lie apart, where they are not equal.
_APART = Fraction(1, 100)


def gauge_partner(method: LinearMultistep, c: Number) -> LinearMultistep:
    """(α_i c^{−(i+1)}; β), whose roots are those of ``method`` divided by c.

    Its n-th step weighs the branch by β c^{−(n+1)}: the partner's ``branch_growth`` is then 1/c
    times that of the architecture.

    Raises:
        SuiteError: c is not above 0.

    >>> gauge_partner(LinearMultistep((2,), 1), 2).alphas
    (Fraction(1, 1),)
    """
    factor = exact(c, "c")
    if factor <= 0:
        raise SuiteError(f"gauge {factor} is impossible: c must be above 0")
    alphas = [alpha / factor ** (i + 1) for i, alpha in enumerate(method.alphas)]
    return LinearMultistep(alphas, method.beta)


def stable_gauge(method: LinearMultistep) -> Fraction:
    """The least c in hundredths, and at least 1, whose partner is zero-stable."""
    c = Fraction(1)
    while not is_zero_stable(gauge_partner(method, c)):
        c += Fraction(1, 100)
    return c


def states(alphas: list[Any], beta: Any, growth: Any, first: Any, slopes: list[Any]) -> list[Any]:
    """y₀ … y_N by the recurrence of a network, starters included.

    Args:
        alphas, beta: of the method; numbers or symbols.
        growth: g: the n-th step adds β g^{n+1} f_n, and a starter is g·y_n + g^{n+1} f_n.
        first: y₀.
        slopes: f_0 … f_{N−1}, whatever the states are: what f gives is no matter of scale.
    """
    found = [first]
    for n, slope in enumerate(slopes):
        branch = growth ** (n + 1) * slope
        if n + 1 < len(alphas):
            found.append(growth * found[-1] + branch)
        else:
            past = (alpha * state for alpha, state in zip(alphas, reversed(found), strict=False))
            found.append(sum(past) + beta * branch)
    return found


def beside_the_state(
    method: LinearMultistep, steps: int, c: Number = 1, apart: Number = 0
) -> Fraction:
    """How a change of the last state has grown beside the state after some steps with f = 0.

    Exact; its sign does not count.

    Args:
        method: of the network, or of its partner.
        steps: n.
        c: 1 for the network; the gauge for a partner, in which the state i steps before the last
            one is c^i times that of the network.
        apart: by how much the network's states before the first step differ: 1, 1 + apart,
            1 + 2 apart and so on, the oldest first.

    Raises:
        ValueError: the states are 0 then, so that nothing is beside them.

    >>> beside_the_state(LinearMultistep((2,), 1), 9)
    Fraction(1, 1)
    """

    def after(history: list[Fraction]) -> Fraction:
        found = list(history)
        for _ in range(steps):
            past = zip(method.alphas, reversed(found), strict=False)
            found.append(sum((alpha * state for alpha, state in past), Fraction(0)))
        return found[-1]

    factor, difference = exact(c, "c"), exact(apart, "apart")
    before = range(method.steps - 1, -1, -1)
    state = after([factor**i * (1 + difference * (method.steps - 1 - i)) for i in before])
    if state == 0:
        raise ValueError(f"the states of {method.label} are 0 after {steps} steps")
    return abs(after([Fraction(0)] * (method.steps - 1) + [Fraction(1)]) / state)


def _normed(values: list[Any]) -> list[Any]:
    """A batch norm over a batch of numbers, without its weight, its bias and its ε."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return [(value - mean) / sympy.sqrt(variance) for value in values]


def _projected(state: list[Any]) -> list[Any]:
    """A state of several channels where a transition projects it: by a matrix of symbols."""
    matrix = sympy.Matrix(2, len(state), lambda row, column: sympy.Symbol(f"p{row}{column}"))
    return list(matrix * sympy.Matrix(state))


def _between(c: Any) -> tuple[list[str], bool]:
    """What the states meet between the steps, held against a factor c^n: in words, and whether all
    of it is as it should be.
    """
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    state = list(sympy.symbols("z:3", real=True))
    scaled = [c**n * entry for entry in state]
    pairs = zip(_projected(scaled), _projected(state), strict=True)
    linear = [sympy.simplify(sympy.expand(there - c**n * here)) for there, here in pairs]
    pairs = zip(_normed(scaled), _normed(state), strict=True)
    normed = [sympy.simplify(there - here) for there, here in pairs]
    return [
        f"a transition projects a state by a matrix P: P (cⁿ z) − cⁿ P z = {linear}",
        f"a batch norm N, of three numbers: N(cⁿ z) − N(z) = {normed}",
        "so behind an N that all states pass they are the same in both, and n counts from there",
    ], not any(linear) and not any(normed)


def one_function(_claim: Claim, _paper: Paper) -> Decision:
    """G01: the states of both gauges differ by c^n and nothing else."""
    c = sympy.Symbol("c", positive=True)
    n, i = sympy.symbols("n i", integer=True, nonnegative=True)
    past = sympy.simplify(c ** (-(i + 1)) * c ** (-(n - i)) - c ** (-(n + 1)))
    lines = [
        "y_{n+1} = Σ α_i y_{n−i} + β f(y_n), and y_{n−i} = c^{n−i} z_{n−i}, f(y_n) = f(z_n):",
        "c^{n+1} z_{n+1} = Σ α_i c^{n−i} z_{n−i} + β f(z_n); divided by c^{n+1}:",
        "z_{n+1} = Σ α_i c^{−(i+1)} z_{n−i} + β c^{−(n+1)} f(z_n)",
        f"c^(−(i+1)) · c^(−(n−i)) − c^(−(n+1)) = {past}",
    ]
    same = past == 0
    for steps in (1, 2, 3):
        alphas = list(sympy.symbols(f"alpha:{steps}"))
        beta, first = sympy.symbols("beta y0")
        slopes = list(sympy.symbols(f"f:{_STEPS}"))
        ours = states(alphas, beta, sympy.Integer(1), first, slopes)
        divided = [alpha / c ** (k + 1) for k, alpha in enumerate(alphas)]
        theirs = states(divided, beta, 1 / c, first, slopes)
        left = [
            sympy.expand(c**k * z - y) for k, (y, z) in enumerate(zip(ours, theirs, strict=True))
        ]
        same = same and not any(left)
        of = "1 state" if steps == 1 else f"{steps} states"
        lines.append(f"{of}, starters included, {_STEPS} steps: cⁿ z_n − y_n = {left}")
    between, as_assumed = _between(c)
    lines += between
    return Decision(
        same and as_assumed,
        "with z_n = c⁻ⁿ y_n every step of one network is the step of the other, and so is every "
        "linear projection: the same f, the same logits, and, as logits and parameters are the "
        "same, the same gradients and training",
        tuple(lines),
    )


def roots_divided(_claim: Claim, _paper: Paper) -> Decision:
    """G02: the characteristic polynomial of a partner is p(cρ)/c^d."""
    c, rho = sympy.Symbol("c", positive=True), sympy.Symbol("rho")
    # Any d: power by power, which for positive numbers proves it of polynomials.
    at = sympy.Symbol("rho", positive=True)
    d, i = sympy.symbols("d i", integer=True, positive=True)
    powers = [
        at**d - (c * at) ** d / c**d,
        c ** (-(i + 1)) * at ** (d - 1 - i) - (c * at) ** (d - 1 - i) / c**d,
    ]
    left_over = [sympy.simplify(sympy.expand_power_base(power)) for power in powers]
    same = left_over == [0, 0]
    lines = [
        f"any d: ρ^d − (cρ)^d/c^d = {left_over[0]}; term i: c^(−(i+1)) ρ^(d−1−i) − "
        f"(cρ)^(d−1−i)/c^d = {left_over[1]}"
    ]
    for steps in (1, 2, 3, 4):
        alphas = sympy.symbols(f"alpha:{steps}")

        def polynomial(coefficients: Any, at: Any, d: int = steps) -> Any:
            return at**d - sum(a * at ** (d - 1 - k) for k, a in enumerate(coefficients))

        partner = polynomial([a / c ** (k + 1) for k, a in enumerate(alphas)], rho)
        left = sympy.expand(partner - polynomial(alphas, c * rho) / c**steps)
        same = same and left == 0
        lines.append(f"d = {steps}: p_c(ρ) − p(cρ)/c^{steps} = {left}")
    return Decision(
        same,
        "the characteristic polynomial of the partner is p(cρ)/c^d, so its roots are those of p "
        "divided by c, with their multiplicities",
        tuple(lines),
    )


def no_property_of_the_function(_claim: Claim, paper: Paper) -> Decision:
    """G03: every method of the paper has a gauge partner on the other side of the condition."""
    methods = [
        *(EULER.at(row["alpha"]) for row in paper.tables[TABLE_1].rows),
        *(LM_PRINTED.at(row["k"]) for row in paper.tables[TABLE_2].rows),
        *(method_of_row(row) for row in paper.tables[COEFFICIENTS].rows),
    ]
    lines, crosses = [], True
    for method in methods:
        stable = is_zero_stable(method)
        c = _leaving_gauge(method) if stable else stable_gauge(method)
        partner = gauge_partner(method, c)
        crosses = crosses and is_zero_stable(partner) != stable
        lines.append(
            f"{method.label}: {'zero-stable' if stable else 'not zero-stable'}; with c = {c} "
            f"{partner.label}, β times ({c})^(−n−1) in step n: {root_condition(partner).reason}"
        )
    return Decision(
        crosses,
        "each of the paper's methods, zero-stable or not, has a partner that is the other; the "
        "same network then has both labels",
        tuple(lines),
    )


def _leaving_gauge(method: LinearMultistep) -> Fraction:
    """The largest power of 1/2 whose partner is not zero-stable.

    There is one if a root of the method is not 0: the partner's roots are twice as large each time.
    """
    c = Fraction(1)
    while is_zero_stable(gauge_partner(method, c)):
        c /= 2
    return c


def constant_gauges(beta: Any) -> Any:
    """The c > 0 whose branch weighs as much in one ordinary step as in the next.

    Args:
        beta: of the method.
    """
    c = sympy.Symbol("c", positive=True)
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    difference = beta * c ** (-(n + 1)) - beta * c ** (-(n + 2))
    # Its zeros are those of a polynomial: c^{n+2} has none.
    polynomial, unknown = sympy.simplify(difference * c ** (n + 2)), sympy.Symbol("c")
    above_0 = sympy.Interval.open(0, sympy.oo)
    return sympy.solveset(polynomial.subs(c, unknown), unknown, above_0)


def constant_weights(_claim: Claim, _paper: Paper) -> Decision:
    """G04: of all partners of a method one alone has a constant weight of the branch."""
    beta = sympy.Symbol("beta", real=True, nonzero=True)
    alone, of_none = constant_gauges(beta), constant_gauges(sympy.Integer(0))
    return Decision(
        alone == sympy.FiniteSet(1) != of_none,
        "from one ordinary step to the next the partner's branch changes by 1/c, so, if there are "
        "two such steps, it is constant at c = 1 alone: to hold the branch constant is to choose "
        "the gauge, and in that gauge the root condition excludes, for f of comparable size, that "
        "the weight of the blocks decays by a factor a block (beside the actual states, which hold "
        "what the blocks have added, a branch may still count less and less, like 1/n)",
        (
            f"β c^(−(n+1)) = β c^(−(n+2)), β ≠ 0, c > 0: exactly for c in {alone}",
            f"for β = 0 every branch weighs 0: for c in {of_none}",
            "starters are no ordinary steps: y + f(y) whatever β is, so that they may weigh "
            "otherwise even at c = 1",
        ),
    )


def perturbations(_claim: Claim, paper: Paper) -> Decision:
    """G05: a perturbation of y₀ grows in one gauge and not in the other, beside the state alike."""
    rows = [method_of_row(row) for row in paper.tables[COEFFICIENTS].rows]
    beside = [
        (
            method,
            beside_the_state(method, _BESIDE),
            beside_the_state(gauge_partner(method, c := stable_gauge(method)), _BESIDE, c),
            beside_the_state(method, _BESIDE, apart=_APART),
        )
        for method in rows
        if not is_zero_stable(method)
    ]
    partner = gauge_partner(SHOWN, SHOWN_GAUGE)
    zeros = [Fraction(0)] * _BLOCKS
    grown = states(list(SHOWN.alphas), SHOWN.beta, Fraction(1), Fraction(1), zeros)
    held = states(list(partner.alphas), partner.beta, 1 / SHOWN_GAUGE, Fraction(1), zeros)
    same = all(y == SHOWN_GAUGE**n * z for n, (y, z) in enumerate(zip(grown, held, strict=True)))
    condition = is_zero_stable(partner) and not is_zero_stable(SHOWN)
    return Decision(
        same and condition and all(ours == theirs for _, ours, theirs, _ in beside),
        f"where f = 0, a perturbation δ of the first state of {SHOWN.label} becomes "
        f"{float(grown[-1]):.3g}·δ in "
        f"the state after {_BLOCKS} blocks and {float(held[-1]):.3g}·δ in that of its partner with "
        f"c = {SHOWN_GAUGE}, while the logits of both are the same: what grows is the state, not "
        "what the network makes of it",
        (
            f"{SHOWN.label}: {root_condition(SHOWN).reason}",
            f"{partner.label}: {root_condition(partner).reason}",
            f"δy_n = c^n δz_n for n = 0 … {_BLOCKS}: {same}",
            *(
                f"{method.label}: beside the state a change of the last one is "
                f"{float(ours):.3g} times as large after {_BESIDE} steps, in its zero-stable "
                f"partner {float(theirs):.3g} times"
                for method, ours, theirs, _ in beside
            ),
        ),
        {
            "steps": _BESIDE,
            "beside": [
                {
                    "method": m.label,
                    "sum": str(sum(m.alphas)),
                    "grown": f"{float(equal):.3g}",
                    "grown_apart": f"{float(apart):.3g}",
                }
                for m, equal, _, apart in beside
            ],
        },
    )


def shown_gauges() -> list[dict[str, Any]]:
    """For the figure: the state and the weight of the branch beside it, in two gauges."""
    partner = gauge_partner(SHOWN, SHOWN_GAUGE)
    rows = []
    for method, growth in ((SHOWN, Fraction(1)), (partner, 1 / SHOWN_GAUGE)):
        zeros = [Fraction(0)] * _BLOCKS
        found = states(list(method.alphas), method.beta, growth, Fraction(1), zeros)
        weights = [growth**n / state for n, state in enumerate(found) if n > 0]
        rows.append(
            {
                "method": method.label if growth == 1 else f"roots divided by {SHOWN_GAUGE}",
                "zero_stable": is_zero_stable(method),
                "states": [float(state) for state in found[1:]],
                "weights": [float(weight) for weight in weights],
            }
        )
    return rows


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "G01": one_function,
    "G02": roots_divided,
    "G03": no_property_of_the_function,
    "G04": constant_weights,
    "G05": perturbations,
}
