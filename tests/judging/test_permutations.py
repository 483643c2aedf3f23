"""All labellings, counted: against scipy, by hand, and on simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.permutations import permutation
from zerosnet.judging.statistics import LEVEL


def test_permutation_is_scipys():
    first, second = [5.1, 4.8, 6.0, 5.5], [4.9, 4.1, 4.4]
    found = permutation(first, second)
    expected = stats.permutation_test(
        (first, second), lambda x, y: np.mean(x) - np.mean(y), alternative="greater"
    )
    assert found.p_greater == pytest.approx(expected.pvalue)
    assert found.labellings == math.comb(7, 3)


def test_a_perfect_order_has_the_smallest_p_there_is():
    found = permutation([6.0, 7, 8, 9, 10, 11], [1.0, 2, 3, 4])
    assert found.p_greater == 1 / 210
    assert permutation([1.0, 2], [1.0, 2]).p_greater > 0.5


def test_differences_that_are_equal_but_for_rounding_count_as_equal():
    """0.1 + 0.2 is not 0.3 in floating point: by hand, 4 of 6 labellings have a mean as large."""
    found = permutation([0.3, 0.3], [0.1, 0.5])
    assert found.p_greater == 4 / 6


def test_three_against_three_cannot_survive_a_correction():
    assert permutation([4.0, 5, 6], [1.0, 2, 3]).p_greater == 1 / 20


@pytest.mark.long
def test_permutation_keeps_its_level():
    generator = np.random.default_rng(1)
    draws = 500
    rejected = sum(
        permutation(list(x[:6]), list(x[6:])).p_greater <= LEVEL
        for x in generator.normal(size=(draws, 10))
    )
    low, high = binomial_bounds(LEVEL, draws)
    assert rejected / draws <= high
    assert rejected / draws >= low - 1 / 210  # the p-values are discrete
