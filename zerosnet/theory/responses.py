"""What a method makes of its initial states: the exact recurrence."""

from __future__ import annotations

from fractions import Fraction

from zerosnet.methods.multistep import LinearMultistep


def responses(method: LinearMultistep, steps: int, slope: Fraction = Fraction(0)) -> list[Fraction]:
    """The largest |y_n| after each of some steps, for f(y) = slope · y and states of at most 1.

    Exact: the worst initial states have the signs of the responses to single unit states, so it is
    the sum of the absolute values of these.
    """
    weights = (method.alphas[0] + slope * method.beta, *method.alphas[1:])
    totals = [Fraction(0)] * steps
    for unit in range(method.steps):
        history = [Fraction(i == unit) for i in range(method.steps)]
        for n in range(steps):
            following = sum((a * y for a, y in zip(weights, history, strict=True)), Fraction(0))
            totals[n] += abs(following)
            history = [following, *history[:-1]]
    return totals
