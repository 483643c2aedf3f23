"""Exact permutations: against scipy, by hand, and on simulated truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.permutations import permutation, stratified
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
    assert found.p_less == 1
    assert permutation([1.0, 2], [1.0, 2]).p_greater > 0.5


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


def test_one_stratum_of_two_groups_is_scipys_permutation_test():
    first, second = [5.12, 4.8, 6.03, 5.5], [4.9, 4.1, 4.44]
    found = stratified([{1: first, 0: second}])
    expected = stats.permutation_test(
        (first, second), lambda x, y: np.mean(x) - np.mean(y), alternative="greater"
    )
    assert found.p_greater == pytest.approx(expected.pvalue)
    assert found.difference == pytest.approx(np.mean(first) - np.mean(second))
    assert (found.strata, found.runs) == (1, 7)


def all_arrangements(stratum):
    """Every assignment of the values to the groups, one after the other: what is to be counted."""
    values = [v for group in stratum.values() for v in group]
    labels = [score for score, group in stratum.items() for _ in group]
    return [
        sum(score * v for score, v in zip(order, values, strict=True))
        for order in set(itertools.permutations(labels))
    ]


def test_three_groups_and_two_strata_by_hand():
    strata = [
        {0: [1.0, 2.5], 1: [2.0], 2: [3.25, 0.5]},
        {0: [7.0], 1: [7.5, 8.0], 2: [7.25]},
    ]
    observed = sum(score * v for s in strata for score, vs in s.items() for v in vs)
    sums = [a + b for a, b in itertools.product(*map(all_arrangements, strata))]
    found = stratified(strata)
    assert found.p_greater == pytest.approx(np.mean([s >= observed - 1e-9 for s in sums]))
    assert found.p_less == pytest.approx(np.mean([s <= observed + 1e-9 for s in sums]))


def test_strata_that_say_nothing_are_left_out():
    found = stratified([{1: [2.0, 3.0], 0: [1.0]}, {1: [50.0], 0: []}])
    assert (found.strata, found.runs) == (1, 3)
    with pytest.raises(ValueError, match="no stratum has runs of two groups"):
        stratified([{1: [1.0]}, {0: [1.0]}])
    with pytest.raises(ValueError, match="too many"):
        stratified([{score: [1.0, 2.0, 3.0] for score in range(10)}])


def test_values_that_are_all_alike_decide_nothing():
    found = stratified([{1: [1.0, 1.0], 0: [1.0, 1.0]}])
    assert (found.p_greater, found.p_less) == (1, 1)


@pytest.mark.long
def test_a_stratified_test_keeps_its_level_whatever_the_strata_are():
    """Strata far apart, nothing between the groups: rejected no more often than the level says."""
    generator = np.random.default_rng(7)
    draws = 400
    rejected = 0
    for x in generator.normal(size=(draws, 3, 6)):
        strata = [{1: list(10 * i + row[:3]), 0: list(10 * i + row[3:])} for i, row in enumerate(x)]
        rejected += stratified(strata).p_greater <= LEVEL
    low, high = binomial_bounds(LEVEL, draws)
    assert rejected / draws <= high
    assert rejected / draws >= low - 0.01  # the p-values are discrete


@pytest.mark.long
def test_a_stratified_test_finds_what_a_pooled_one_cannot():
    """The same shift at three depths: with strata nearly always found, without hardly ever."""
    generator = np.random.default_rng(8)
    draws = 100
    found = pooled = 0
    for x in generator.normal(size=(draws, 3, 6)):
        strata = [
            {1: list(10 * i + 2 + row[:3]), 0: list(10 * i + row[3:])} for i, row in enumerate(x)
        ]
        together = {score: [v for s in strata for v in s[score]] for score in (0, 1)}
        found += stratified(strata).p_greater <= LEVEL
        pooled += stats.ttest_ind(together[1], together[0], alternative="greater").pvalue <= LEVEL
    assert found / draws > 0.9
    assert pooled / draws < 0.1
