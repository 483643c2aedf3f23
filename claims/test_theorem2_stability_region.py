"""Theorem 2: ZeroSNet (10) is zero-stable if λ < −1 or λ > 1/3; exactly, if λ ≤ −1 or λ > 1/3."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import largest_responses, rationals

from zerosnet.methods.families import ZEROSNET
from zerosnet.methods.stability import is_zero_stable

STAGE = "theorem2_stability_region"
pytestmark = pytest.mark.theory

THIRD = Fraction(1, 3)
tiny = rationals(Fraction(1, 5040), 1).map(lambda e: e / 1000)
below = st.one_of(rationals(-1000, -1), tiny.map(lambda e: -1 - e)).filter(lambda x: x < -1)
above = st.one_of(rationals(THIRD, 1000), tiny.map(lambda e: THIRD + e))
between = st.one_of(
    rationals(-1, THIRD), tiny.map(lambda e: -1 + e), tiny.map(lambda e: THIRD - e)
).filter(lambda x: -1 < x <= THIRD and x != 0)


@given(lam=st.one_of(below, above.filter(lambda x: x > THIRD)))
@example(lam=Fraction(-9, 5))  # ZeroSNet-Opt
@example(lam=Fraction(-1) - Fraction(1, 10**9))
@example(lam=THIRD + Fraction(1, 10**9))
def test_if_lambda_lies_in_the_region_the_method_is_zero_stable(lam):
    assert is_zero_stable(ZEROSNET.at(lam))


@given(lam=between)
@example(lam=THIRD)  # ρ = 1 three times
@example(lam=Fraction(-1) + Fraction(1, 10**9))
@example(lam=Fraction(1, 10**9))
@example(lam=Fraction(-1, 10**9))
def test_only_if_between_the_two_pieces_it_is_not(lam):
    assert not is_zero_stable(ZEROSNET.at(lam))


def test_the_end_minus_one_is_zero_stable_too():
    """Leapfrog, which the paper's open interval leaves out."""
    assert is_zero_stable(ZEROSNET.at(-1))


@given(lam=st.one_of(rationals(-20, Fraction(-5, 4)), rationals(Fraction(3, 4), 20)))
@example(lam=Fraction(-1))
def test_if_it_is_zero_stable_a_perturbation_stays_bounded(lam):
    early, late = largest_responses(ZEROSNET.at(lam))
    assert late <= 2 * early


@given(lam=rationals(Fraction(-3, 4), Fraction(1, 4)).filter(lambda x: abs(x) > Fraction(1, 12)))
@example(lam=THIRD)
def test_only_if_where_it_is_not_a_perturbation_grows(lam):
    early, late = largest_responses(ZEROSNET.at(lam))
    assert late > 2 * early


def test_for_all_lambda_at_once(claim, check):
    """Where the roots lie can change only at the λ that the certificate lists."""
    check(claim)
