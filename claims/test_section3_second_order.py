"""Section 3: equation (8), the LM-architecture with one k, β = 2k + 1 as printed."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.families import LM_PRINTED
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable

STAGE = "section3_second_order"
pytestmark = pytest.mark.theory

numbers = rationals(-5, 5)


@given(k=numbers)
@example(k=Fraction(-1, 2))
def test_if_beta_is_one_plus_k_it_is_consistent(k):
    assert LinearMultistep((1 - k, k), 1 + k).is_consistent


@given(k=numbers, beta=numbers)
def test_only_if_beta_is_one_plus_k_it_is_consistent(k, beta):
    assert LinearMultistep((1 - k, k), beta).is_consistent == (beta == 1 + k)


@given(k=numbers.filter(bool))
@example(k=Fraction(-1, 2))  # β = 0: f has no influence
def test_as_printed_it_is_consistent_for_no_other_k_than_zero(k):
    assert not LM_PRINTED.at(k).is_consistent


@given(k=numbers.filter(bool), rho=numbers)
def test_equation_9_is_its_characteristic_polynomial(k, rho):
    constant, linear, square = LM_PRINTED.at(k).characteristic_polynomial
    assert square * rho**2 + linear * rho + constant == rho**2 + (k - 1) * rho - k
    assert rho**2 + (k - 1) * rho - k == (rho - 1) * (rho + k)


@given(k=st.one_of(rationals(-1, 1), numbers))
@example(k=Fraction(1))
@example(k=Fraction(-1))
@example(k=Fraction(1) + Fraction(1, 10**9))
@example(k=Fraction(-1) + Fraction(1, 10**9))
def test_it_is_zero_stable_if_and_only_if_k_is_above_minus_one_and_at_most_one(k):
    assert is_zero_stable(LM_PRINTED.at(k)) == (-1 < k <= 1)


def test_for_all_k_at_once(claim, check):
    check(claim)
