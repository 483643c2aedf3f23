"""Theorem 3: (1/3, 5/9, 1/9; 16/9), λ = −9/5, has the smallest largest parasitic root of all λ."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.families import ZEROSNET, ZEROSNET_OPT
from zerosnet.methods.stability import in_closed_disk, parasitic_polynomial

STAGE = "theorem3_optimal_coefficients"
pytestmark = pytest.mark.theory

THIRD = Fraction(1, 3)
OPTIMUM = Fraction(-9, 5)
near = rationals(-1, 1).map(lambda e: OPTIMUM + e / 1000)
others = st.one_of(rationals(-100, 100), near).filter(lambda lam: lam not in (0, OPTIMUM))


def test_if_lambda_is_the_optimum_both_parasitic_roots_are_minus_a_third():
    assert ZEROSNET.at(OPTIMUM) == ZEROSNET_OPT
    assert ZEROSNET_OPT.label == "(1/3, 5/9, 1/9; 16/9)"
    # (ρ + 1/3)²
    assert parasitic_polynomial(ZEROSNET_OPT) == (THIRD**2, 2 * THIRD, 1)


@given(lam=others)
@example(lam=OPTIMUM + Fraction(1, 10**9))
@example(lam=OPTIMUM - Fraction(1, 10**9))
@example(lam=Fraction(-1))  # where the product of the two is smallest
def test_only_if_for_any_other_one_of_them_is_larger(lam):
    assert not in_closed_disk(parasitic_polynomial(ZEROSNET.at(lam)), THIRD)


def test_for_all_lambda_at_once(claim, check):
    check(claim)
