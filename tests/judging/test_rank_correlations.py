"""Rank correlations over methods: by hand, and their tests against simulated truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.rank_correlations import (
    p_of_difference,
    partial_rank_correlation,
    rank_correlation,
)

#: Three numbers of eight methods.
THREE = ([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 8, 5, 7, 6], [4, 1, 2, 3, 6, 8, 5, 7])


def spearman_of(*pairs):
    return [stats.spearmanr(*pair).statistic for pair in pairs]


def test_it_is_spearmans_and_its_p_value_that_of_all_orders():
    """Of five methods there are 120 orders; so few are not drawn but counted."""
    first, second = [1.0, 2, 3, 4, 5], [2.0, 1, 3, 5, 4]
    found = rank_correlation(first, second)
    assert found.value == pytest.approx(0.8)
    all_orders = [
        stats.spearmanr(order, second).statistic for order in itertools.permutations(first)
    ]
    as_far = [r for r in all_orders if r >= 0.8 - 1e-9]
    assert found.p_value == pytest.approx(2 * len(as_far) / 120)


def test_its_interval_is_that_of_bonett_and_wright():
    first, second = [1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5]
    found = rank_correlation(first, second)
    half = stats.norm.ppf(0.975) * math.sqrt((1 + found.value**2 / 2) / (6 - 3))
    ends = (math.tanh(math.atanh(found.value) + side * half) for side in (-1, 1))
    assert found.interval(0.05) == pytest.approx(tuple(ends))


def test_a_difference_is_tested_as_meng_rosenthal_and_rubin_do():
    """Their equations (1) to (3), the error by Bonett and Wright's factor larger for ranks."""
    first, rival, third = THREE
    ours, theirs, between = spearman_of((first, third), (rival, third), (first, rival))
    squares = (ours**2 + theirs**2) / 2
    share = min(1, (1 - between) / (2 * (1 - squares)))
    spread = (1 - share * squares) / (1 - squares)
    error = math.sqrt(2 * (1 - between) * spread / (8 - 3) * (1 + squares / 2))
    z = (math.atanh(ours) - math.atanh(theirs)) / error
    assert p_of_difference(first, rival, third) == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_a_third_number_held_equal():
    """By the formula of first-order partial correlations."""
    first, second, third = THREE
    xy, xz, yz = spearman_of((first, second), (first, third), (second, third))
    expected = (xy - xz * yz) / math.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_rank_correlation(first, second, third) == pytest.approx(expected)
    # Where both follow the third one alone, nothing is left of what they have in common.
    assert abs(partial_rank_correlation([1, 2, 4, 3], [1, 2, 3, 4], [1, 1, 2, 2])) < 1e-12


@pytest.mark.parametrize(
    "numbers",
    [
        ([1, 2, 3, 4], [2, 1, 4, 3], [5, 5, 5, 5]),
        ([1, 1, 1, 1], [2, 1, 4, 3], [1, 2, 3, 4]),
        ([1, 2, 3, 4], [2, 2, 2, 2], [2, 1, 4, 3]),
        ([1, 2, 3, 4], [2, 1, 4, 3], [10, 20, 30, 40]),
    ],
)
def test_nothing_is_left_of_what_a_third_number_fixes(numbers):
    assert partial_rank_correlation(*numbers) is None


def test_a_third_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        partial_rank_correlation([1, 2, 3], [1, 2, 3], [1, math.nan, 3])


def test_nothing_goes_with_what_is_the_same_for_all():
    assert rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]) is None
    assert rank_correlation([1, 2, 3, 4], [2, 2, 2, 2]) is None


def test_a_perfect_order_has_an_interval():
    found = rank_correlation(range(12), range(12))
    low, high = found.interval(0.05)
    assert found.value == pytest.approx(1)
    assert 0.9 < low < high == found.value
    assert found.p_value == pytest.approx(2e-5)
    assert found.most == pytest.approx(1)
    assert not found.is_of_a_label


def test_a_label_cannot_reach_one():
    """Of twelve and twelve, whatever the order."""
    label = [0.0] * 12 + [1.0] * 12
    found = rank_correlation(label, range(24))
    assert found.value == found.most == pytest.approx(stats.spearmanr(label, range(24)).statistic)
    assert found.most == pytest.approx(0.8667, abs=1e-4)
    assert found.is_of_a_label
    against = rank_correlation(label, [*reversed(range(24))])
    assert against.value == pytest.approx(-found.most)


def test_what_is_no_number_is_refused():
    values = [1.0, 2.0, 3.0, float("nan")]
    with pytest.raises(ValueError, match="not a number"):
        rank_correlation(values, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="not a number"):
        p_of_difference([1, 2, 3, 4], [2, 1, 3, 4], values)
    with pytest.raises(ValueError, match="4 or more are expected"):
        p_of_difference([1, 2, 3], [2, 1, 3], [3, 1, 2])


def test_the_same_order_twice_is_no_difference():
    assert p_of_difference([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], [1, 3, 2, 5, 4]) == 1
    assert p_of_difference(range(12), [*reversed(range(12))], range(12)) < 0.001


@pytest.mark.parametrize("count", [12, 24])
def test_no_dependence_is_found_as_seldom_as_declared(count):
    rng = np.random.default_rng(count)
    draws = 400
    found = [
        rank_correlation(*rng.standard_normal((2, count)), orders=999).p_value <= 0.05
        for _ in range(draws)
    ]
    low, high = binomial_bounds(0.05, draws)
    assert low <= np.mean(found) <= high


def normal(rng, count, with_third, rival_with_third, between):
    matrix = np.array(
        [[1, between, with_third], [between, 1, rival_with_third], [with_third] * 2 + [1]]
    )
    matrix[2, 1] = rival_with_third
    return np.linalg.cholesky(matrix) @ rng.standard_normal((3, count))


@pytest.mark.parametrize("count", [12, 24])
@pytest.mark.parametrize(("equal", "between"), [(0.0, 0.6), (0.6, 0.6), (0.75, 0.56), (0.4, -0.6)])
def test_equal_correlations_differ_at_most_as_seldom_as_declared(count, equal, between):
    rng = np.random.default_rng(count)
    draws = 1000
    found = [
        p_of_difference(*normal(rng, count, equal, equal, between)) <= 0.05 for _ in range(draws)
    ]
    assert np.mean(found) <= binomial_bounds(0.05, draws)[1]


def test_a_difference_that_is_there_is_found():
    rng = np.random.default_rng(0)
    found = [p_of_difference(*normal(rng, 24, 0.9, 0.4, 0.5)) <= 0.05 for _ in range(200)]
    assert np.mean(found) > 0.9
