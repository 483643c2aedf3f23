"""Certified enclosures: around numbers that are known, and refused where nothing is certain."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from strategies import fractions

from zerosnet.theory.enclosures import (
    WIDTH,
    as_written,
    decimals,
    root_between,
    sign_at,
    value_at,
)


def test_a_float_is_the_decimal_that_it_is_written_as():
    assert as_written(0.1) == Fraction(1, 10)
    assert as_written(4.5) == Fraction(9, 2)
    assert as_written(1e-8) == Fraction(1, 10**8)


def test_a_root_that_is_known():
    low, high = root_between(lambda x: x * x - 2, Fraction(1), Fraction(2))
    assert low**2 < 2 < high**2
    assert high - low <= WIDTH
    falling = root_between(lambda x: 2 - x * x, Fraction(1), Fraction(2))
    assert falling == (low, high)


@given(fractions(-3, 3))
def test_values_are_enclosed(x):
    low, high = value_at(lambda ball: ball.atan(), x)
    assert low <= high
    assert low - Fraction(1, 10**15) <= as_written(math.atan(x)) <= high + Fraction(1, 10**15)


def test_a_value_all_over_an_interval():
    low, high = value_at(lambda x: x * x, (Fraction(1), Fraction(2)))
    assert low <= 1
    assert high >= 4


def test_signs():
    signs = [sign_at(lambda x: x.atan(), Fraction(n)) for n in (-1, 0, 1)]
    assert signs == [-1, 0, 1]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x * x + 1, "no certain change of sign"),
        (lambda x: x, "no certain change of sign"),  # an end is the root itself
        (lambda x: x - 1, "the sign at 1 is not certain"),
    ],
)
def test_what_is_not_certain_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        root_between(function, Fraction(0), Fraction(2))


def test_decimals_are_those_that_are_certain():
    third = (Fraction(333333, 10**6), Fraction(333334, 10**6))
    assert decimals(third) == "0.3333"
    with pytest.raises(ValueError, match="7 decimals are not certain"):
        decimals(third, 7)
