"""Statistics: against libraries where they overlap, and on simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.statistics import (
    LEVEL,
    Interval,
    Spread,
    against_each,
    are_alike,
    contrast,
    difference_from_reported,
    holm,
    own_spread,
    paired_ratio,
    pooled_spread,
    prediction_interval,
    seeds_for_contrast,
    seeds_for_tost,
    tost_power,
)

RUNS, SD = 3, 0.2


def test_intervals():
    interval = Interval(0.1, -0.2, 0.4)
    assert interval.inside(0.5)
    assert not interval.inside(0.4)
    assert not interval.outside(0.05)
    assert Interval(1.0, 0.6, 1.4).outside(0.5)
    assert Interval(-1.0, -1.4, -0.6).outside(0.5)


def test_a_spread_is_pooled_by_degrees_of_freedom():
    pooled = pooled_spread([[1.0, 3.0], [5.0], [1.0, 2.0, 3.0]])
    assert pooled.df == 3
    assert pooled.sd == pytest.approx(math.sqrt((2 + 2) / 3))
    assert pooled_spread([[1.0], [2.0]]) is None
    assert own_spread([1.0]) is None
    assert own_spread([1.0, 3.0]) == Spread(math.sqrt(2), 1)


def test_a_ratio_of_pairs_ignores_what_both_share():
    """A machine that slows down slows both: times vary by a third, their ratio by a thousandth."""
    draw = np.random.default_rng(0)
    theirs = draw.uniform(0.8, 1.2, 7)
    ours = 1.08 * theirs * draw.normal(1, 0.001, 7)
    found = paired_ratio(ours, theirs)
    assert found.estimate == pytest.approx(1.08, abs=0.002)
    assert found.high - found.low < 0.005
    assert paired_ratio([1.5], [1.0]) == Interval(pytest.approx(1.5), 0.0, math.inf)
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio([1.0, 2.0], [1.0])


@pytest.mark.long
def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says():
    draw = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        ours, theirs = np.exp(draw.normal([[0.1], [0.0]], 0.2, (2, 5)))
        found = paired_ratio(ours, theirs)
        hits += found.low <= math.exp(0.1) <= found.high
    low, high = binomial_bounds(0.9, 400)
    assert low <= hits / 400 <= high


def test_two_rows_contrast_like_students_test():
    one, other = [93.1, 93.4, 93.0], [92.0, 92.6, 92.1]
    found = contrast([one], [other])
    expected = stats.ttest_ind(one, other, alternative="greater")
    assert found.p_greater == pytest.approx(expected.pvalue)
    interval = stats.ttest_ind(one, other).confidence_interval(0.9)
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high))


def test_a_contrast_needs_a_spread():
    with pytest.raises(ValueError, match="spread is unknown"):
        contrast([[1.0]], [[2.0]])


def test_a_contrast_without_any_spread():
    assert contrast([[2.0, 2.0]], [[1.0, 1.0]]).p_greater == 0
    assert contrast([[1.0, 1.0]], [[1.0, 1.0]]).p_greater == 1


@pytest.mark.long
def test_a_contrast_keeps_its_level_and_covers():
    generator = np.random.default_rng(2)
    draws = 500
    rejected = covered = 0
    for x in generator.normal(size=(draws, 5, RUNS)):
        found = contrast(x[:3].tolist(), x[3:].tolist())
        rejected += found.p_greater <= LEVEL
        covered += found.interval.low <= 0 <= found.interval.high
    low, high = binomial_bounds(LEVEL, draws)
    assert low <= rejected / draws <= high
    low, high = binomial_bounds(1 - 2 * LEVEL, draws)
    assert low <= covered / draws <= high


def tost_accepts(generator, true_difference, margin, rows, draws):
    """Share of simulated tables' first cells that TOST accepts, pooled over the rows."""
    accepted = 0
    for _ in range(draws):
        ours = generator.normal(true_difference, SD, size=(rows, RUNS))
        reported = generator.normal(0, SD, size=RUNS).mean()
        spread = pooled_spread(ours.tolist())
        accepted += difference_from_reported(ours[0].tolist(), reported, RUNS, spread).inside(
            margin
        )
    return accepted / draws


@pytest.mark.long
def test_tost_rarely_accepts_a_difference_as_large_as_the_margin():
    generator = np.random.default_rng(3)
    share = tost_accepts(generator, 0.5, 0.5, rows=5, draws=600)
    assert share <= binomial_bounds(LEVEL, 600)[1]


@pytest.mark.long
@pytest.mark.parametrize(("rows", "margin"), [(1, 0.5), (5, 0.5), (5, 0.75), (10, 0.4)])
def test_the_power_of_tost_is_what_it_says(rows, margin):
    generator = np.random.default_rng(4)
    draws = 600
    share = tost_accepts(generator, 0.0, margin, rows, draws)
    expected = tost_power(margin, RUNS, RUNS, Spread(SD, rows * (RUNS - 1)))
    low, high = binomial_bounds(min(max(expected, 0.01), 0.99), draws)
    assert low <= share <= high


def test_power_grows_with_margin_and_runs():
    spread = Spread(0.2, 8)
    assert tost_power(0.5, 3, 3, spread) < tost_power(0.75, 3, 3, spread)
    assert tost_power(0.5, 3, 3, spread) < tost_power(0.5, 30, 3, spread)
    assert tost_power(0.1, 3, 3, spread) == 0
    assert tost_power(0.5, 3, 3, Spread(0.0, 8)) == 1


def test_no_number_of_seeds_makes_up_for_a_reported_draw():
    assert seeds_for_tost(0.1, 3, rows=5, sd=0.2) is None
    few = seeds_for_tost(0.75, 3, rows=5, sd=0.2)
    assert 2 <= few <= 5
    assert tost_power(0.75, few, 3, Spread(0.2, 5 * (few - 1))) >= 0.8


def test_seeds_for_a_contrast():
    needed = seeds_for_contrast(0.2, 3, 2, sd=0.3)
    assert 3 < needed < 60
    assert seeds_for_contrast(2.0, 3, 2, sd=0.3) == 2
    assert seeds_for_contrast(0.0, 3, 2, sd=0.3) is None
    assert seeds_for_contrast(0.1, 3, 2, sd=0.0) == 2


@pytest.mark.long
def test_one_row_against_others_keeps_the_familys_level():
    """Holm: in at most 5 % of tables without any difference is any row called worse."""
    generator = np.random.default_rng(5)
    draws = 100
    wrong = 0
    for x in generator.normal(size=(draws, 10, RUNS)):
        others = {str(i): row.tolist() for i, row in enumerate(x[1:])}
        found = against_each(x[0].tolist(), others)
        wrong += any(pair.p_better <= LEVEL for pair in found.values())
    assert wrong / draws <= binomial_bounds(LEVEL, draws)[1]


def test_a_better_row_is_found_and_a_worse_one_too():
    others = {"a": [90.0, 90.1, 90.2], "b": [95.0, 95.2, 95.1]}
    found = against_each([92.0, 92.1, 92.2], others)
    assert found["a"].p_better < 0.001
    assert found["b"].p_worse < 0.001
    assert found["a"].interval.estimate == pytest.approx(2)


def test_unlike_spreads_are_not_pooled():
    """Welch's test, and its degrees of freedom, where one row varies grossly more."""
    quiet = [[90 + 0.01 * i + 0.001 * j for j in range(6)] for i in range(3)]
    loud = [80.0, 95.0, 88.0, 99.0, 70.0, 91.0]
    assert are_alike(quiet)
    assert not are_alike([*quiet, loud])
    found = against_each(quiet[0], {"quiet": quiet[1], "loud": loud})
    welch = stats.ttest_ind(quiet[0], loud, equal_var=False).confidence_interval(0.9)
    assert found["loud"].interval.low == pytest.approx(welch.low)
    assert found["quiet"].p_worse < 0.01


def test_single_runs_borrow_the_pooled_spread():
    found = against_each([92.0], {"a": [90.0, 90.4], "b": [91.9]})
    assert found["a"].p_better < 0.2
    with pytest.raises(ValueError, match="spread is unknown"):
        against_each([92.0], {"a": [90.0]})


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@pytest.mark.long
def test_a_prediction_interval_covers_the_next_run():
    generator = np.random.default_rng(9)
    draws = 1000
    covered = 0
    for x in generator.normal(size=(draws, RUNS + 1)):
        spread = own_spread(list(x[:RUNS]))
        interval = prediction_interval(list(x[:RUNS]), 1, spread)
        covered += interval.low <= x[RUNS] <= interval.high
    low, high = binomial_bounds(1 - 2 * LEVEL, draws)
    assert low <= covered / draws <= high


def test_a_margin_shifts_what_a_contrast_tests():
    """Noninferiority: half a margin behind is surely less than a margin behind."""
    one, other = [[89.7, 89.75, 89.8]], [[90.0, 89.95, 90.05]]
    assert contrast(one, other).p_greater > 0.99
    assert contrast(one, other, margin=0.5).p_greater < 0.01
    assert contrast(one, other, margin=0.1).p_greater > 0.9
    same = contrast(one, other, margin=0.5).interval
    assert same == contrast(one, other).interval


@pytest.mark.long
def test_a_noninferiority_test_keeps_its_level_at_the_margin():
    generator = np.random.default_rng(10)
    draws = 500
    rejected = sum(
        contrast([list(x[:RUNS] - 0.5)], [list(x[RUNS:])], margin=0.5).p_greater <= LEVEL
        for x in generator.normal(size=(draws, 2 * RUNS))
    )
    low, high = binomial_bounds(LEVEL, draws)
    assert low <= rejected / draws <= high
