"""Theorem 1: ZeroSNet (10) is consistent for every λ ≠ 0."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.families import ZEROSNET
from zerosnet.methods.multistep import NotAMethodError

STAGE = "theorem1_consistency"
pytestmark = pytest.mark.theory

anything = rationals(-10, 10)
not_zero = anything.filter(lambda lam: lam != 0)
steps = rationals(Fraction(1, 50), 2)


def one_step(method, y, slope, t, h):
    """Equation (2) from exact states: Σ αᵢ y(t − ih) + hβ y′(t)."""
    past = sum(alpha * y(t - i * h) for i, alpha in enumerate(method.alphas))
    return past + h * method.beta * slope(t)


@given(lam=not_zero, a=anything, b=anything, t=anything, h=steps)
@example(lam=Fraction(1, 3), a=1, b=1, t=0, h=1)  # β = 0
@example(lam=Fraction(-1), a=1, b=1, t=0, h=1)  # leapfrog
@example(lam=Fraction(-9, 5), a=1, b=1, t=0, h=1)  # ZeroSNet-Opt
def test_if_lambda_is_not_zero_one_step_along_any_line_is_exact(lam, a, b, t, h):
    """Consistent, C₀ = C₁ = 0: what has the slope of y = a + bt is followed without error."""

    def line(at):
        return a + b * at

    assert one_step(ZEROSNET.at(lam), line, lambda _at: b, t, h) == line(t + h)


def test_only_if_at_zero_there_is_no_method():
    with pytest.raises(NotAMethodError, match="λ = 0"):
        ZEROSNET.at(0)


@given(lam=st.one_of(not_zero, st.just(Fraction(-1, 3))))
def test_the_order_is_two_and_three_at_minus_a_third(lam):
    assert ZEROSNET.at(lam).order == (3 if lam == Fraction(-1, 3) else 2)


def test_for_all_lambda_at_once(claim, check):
    """C₀ and C₁ vanish as rational functions of λ."""
    check(claim)
