"""What hypothesis draws: methods with exact coefficients, boundary and double roots forced."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce

from hypothesis import strategies as st

from zerosnet.methods.multistep import LinearMultistep


def fractions(low=-3, high=3, denominator=12):
    """Small exact numbers."""
    return st.fractions(min_value=low, max_value=high, max_denominator=denominator)


def rationals(low=-3, high=3):
    """Numbers over 5040 = 7!, one draw each: as dense as need be, and five times as fast."""
    ends = math.ceil(low * 5040), math.floor(high * 5040)
    return st.integers(*ends).map(lambda numerator: Fraction(numerator, 5040))


coefficients = st.lists(fractions(), min_size=1, max_size=5)
methods = st.builds(LinearMultistep, coefficients.map(tuple), fractions())


def times(p, q):
    """Product of two polynomials, coefficients from ρ⁰ upwards."""
    product = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return tuple(product)


def method_with(polynomial, beta=1):
    """The method whose characteristic polynomial is a monic one."""
    assert polynomial[-1] == 1
    return LinearMultistep([-c for c in reversed(polynomial[:-1])], beta)


def _linear(root):
    return (-root, Fraction(1))


def _pair(half_trace, determinant):
    """ρ² − 2hρ + d: a conjugate pair of modulus √d for h² < d."""
    return (determinant, -2 * half_trace, Fraction(1))


# Roots are on the circle or at least 1/20 away from it, and pairs on it at least 5 degrees apart
# from each other, so that three hundred steps of the recurrence show what they do.
inside = st.one_of(
    fractions(Fraction(-19, 20), Fraction(19, 20), 20).map(_linear),
    st.tuples(
        fractions(Fraction(-1, 2), Fraction(1, 2)), fractions(Fraction(1, 3), Fraction(9, 10))
    ).map(lambda pair: _pair(*pair)),
)
#: ±1, and conjugate pairs e^{±iθ} with rational cosine, ±i and roots of unity among them.
on = st.one_of(
    st.sampled_from([Fraction(1), Fraction(-1)]).map(_linear),
    st.fractions(Fraction(-7, 8), Fraction(7, 8), max_denominator=8).map(
        lambda cosine: _pair(cosine, Fraction(1))
    ),
)
outside = st.one_of(
    fractions(Fraction(21, 20), 3, 20).map(_linear),
    fractions(-3, Fraction(-21, 20), 20).map(_linear),
    st.tuples(fractions(Fraction(-1, 2), Fraction(1, 2)), fractions(Fraction(9, 8), 3)).map(
        lambda pair: _pair(*pair)
    ),
)


@st.composite
def built_polynomials(draw):
    """(monic polynomial, whether it satisfies the root condition), known by construction."""
    within = draw(st.lists(inside, max_size=3))
    edge = draw(st.lists(on, max_size=2, unique=True))
    beyond = draw(st.lists(outside, max_size=1))
    double = draw(st.booleans()) and bool(edge)
    factors = [*within, *edge, *beyond, *(edge[:1] if double else [])]
    if not factors:
        factors = [_linear(Fraction(1))]
    return reduce(times, factors), not beyond and not double


def largest_responses(method, early=60, late=240):
    """The largest |y_n| that a unit perturbation of one state becomes where f = 0, up to two n.

    Floating point: roots on the circle or well away from it show within so many steps.
    """
    alphas = [float(alpha) for alpha in method.alphas]
    largest, found = 1.0, []
    histories = [[float(i == unit) for i in range(len(alphas))] for unit in range(len(alphas))]
    for n in range(1, late + 1):
        histories = [
            [sum(a * y for a, y in zip(alphas, states, strict=True)), *states[:-1]]
            for states in histories
        ]
        largest = max(largest, *(abs(states[0]) for states in histories))
        if n == early:
            found.append(largest)
    return found[0], largest
