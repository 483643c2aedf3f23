"""Statistics: against libraries where they overlap, and on simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds
from statsmodels.stats.multitest import multipletests

from zerosnet.judging.satterthwaite import degrees_of_freedom
from zerosnet.judging.statistics import (
    LEVEL,
    TOST_LEVEL,
    Estimate,
    Interval,
    Spread,
    corrected,
    difference_from_reported,
    holm,
    independent_difference,
    own_spread,
    paired_ratio,
    pooled_spread,
    rounded_p,
    seeds_for_tost,
    tost_power,
)

RUNS, SD = 3, 0.2


def test_intervals():
    interval = Interval(0.1, -0.2, 0.4)
    assert interval.inside(0.5)
    assert not interval.inside(0.4)


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


def test_a_difference_of_independent_estimates_is_welchs():
    draw = np.random.default_rng(2)
    first, second = draw.normal(1, 0.1, 5), draw.normal(1.1, 0.3, 7)
    one, other = (
        Estimate(x.mean(), x.std(ddof=1) / len(x) ** 0.5, len(x) - 1) for x in (first, second)
    )
    expected = stats.ttest_ind(first, second, equal_var=False, alternative="less").pvalue
    assert independent_difference(one, other).p_below(0.0) == pytest.approx(expected)
    silent = independent_difference(one, Estimate(5.0, 0.0, 4))
    assert silent.p_below(0.0) == silent.p_above(0.0) == 1


def test_degrees_of_freedom_lie_between_those_of_one_part_and_of_all_together():
    assert degrees_of_freedom([(0.7, 4)]) == pytest.approx(4)
    assert degrees_of_freedom([(0.7, 4), (0.7, 4)]) == pytest.approx(8)
    assert 4 < degrees_of_freedom([(0.7, 4), (0.01, 6)]) < 4.3


def test_p_values_keep_the_digits_that_a_correction_multiplies():
    assert rounded_p(0.0011561) == 0.001156
    assert 43 * rounded_p(0.0011561) < 0.05 < 43 * round(0.0011561, 4)
    assert rounded_p(1.23456e-9) == 1.235e-9
    assert (rounded_p(0.0), rounded_p(1.0)) == (0, 1)


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


def tost_accepts(generator, true_difference, margin, rows, draws):
    """Share of simulated tables' first cells that TOST accepts, pooled over the rows."""
    accepted = 0
    for _ in range(draws):
        ours = generator.normal(true_difference, SD, size=(rows, RUNS))
        reported = generator.normal(0, SD, size=RUNS).mean()
        spread = pooled_spread(ours.tolist())
        found = difference_from_reported(ours[0].tolist(), reported, RUNS, spread)
        accepted += found.interval(TOST_LEVEL).inside(margin)
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
    assert tost_power(0.5, 3, 3, Spread(0.0, 8)) == 0  # no spread at all decides nothing


def test_no_number_of_seeds_makes_up_for_a_reported_draw():
    assert seeds_for_tost(0.1, [(3, 0.2)]) is None
    few = seeds_for_tost(0.75, [(3, 0.2)])
    assert 2 <= few <= 5
    assert tost_power(0.75, few, 3, Spread(0.2, few + 1)) >= 0.8
    assert tost_power(0.75, few - 1, 3, Spread(0.2, few)) < 0.8


@pytest.mark.parametrize(("reported_runs", "sd"), [(3, 0.2), (3, 0.34), (1, 0.2)])
def test_the_seeds_needed_are_the_least_with_enough_power(reported_runs, sd):
    """By a deviation that both have, ours of one degree of freedom less than runs, and theirs."""
    needed = seeds_for_tost(0.75, [(reported_runs, sd)])
    fewer, enough = (
        tost_power(0.75, seeds, reported_runs, Spread(sd, (seeds - 1) + (reported_runs - 1)))
        for seeds in (needed - 1, needed)
    )
    assert fewer < 0.8 <= enough


def test_all_cells_need_more_seeds_than_one_and_a_lower_level_more_than_a_higher():
    one = seeds_for_tost(0.75, [(3, 0.2)])
    assert seeds_for_tost(0.75, [(3, 0.2)] * 10) > one
    assert seeds_for_tost(0.75, [(3, 0.2)], level=0.01) > one
    assert seeds_for_tost(0.75, [(3, 0.3)]) > one
    assert seeds_for_tost(0.75, [(3, 0.2)] * 10 + [(1, 0.2)]) > seeds_for_tost(
        0.75, [(3, 0.2)] * 10
    )
    assert tost_power(0.5, 3, 3, Spread(0.2, 2), 0.01) < tost_power(0.5, 3, 3, Spread(0.2, 2))


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    ps = np.random.default_rng(8).uniform(size=30) ** 3
    for family in ("holm", "bonferroni"):
        expected = multipletests(ps, method=family)[1]
        assert corrected(list(ps), family) == pytest.approx(list(expected))


def test_an_estimate_is_students():
    one = [0.3, 0.1, 0.6, 0.2]
    found = Estimate(float(np.mean(one)), float(stats.sem(one)), 3)
    expected = stats.ttest_1samp(one, 0.25, alternative="greater")
    assert found.p_above(0.25) == pytest.approx(expected.pvalue)
    assert found.p_below(0.25) == pytest.approx(1 - expected.pvalue)
    low, high = stats.ttest_1samp(one, 0).confidence_interval(0.95)
    assert (found.interval(0.05).low, found.interval(0.05).high) == pytest.approx((low, high))


def test_tost_and_its_interval_agree():
    for value in np.linspace(-1.5, 1.5, 31):
        found = Estimate(float(value), 0.2, 4)
        assert (found.p_within(0.75) <= LEVEL) == found.interval(TOST_LEVEL).inside(0.75)
        ends = found.interval(TOST_LEVEL)
        assert (found.p_beyond(0.75) <= LEVEL) == (ends.low > 0.75 or ends.high < -0.75)


def test_no_spread_at_all_decides_nothing():
    found = Estimate(5.0, 0.0, 4)
    ps = (found.p_above(0), found.p_below(9), found.p_within(9), found.p_beyond(1))
    assert ps == (1, 1, 1, 1)
    assert found.interval() == Interval(5.0, -math.inf, math.inf)
    assert not found.interval().inside(100)


def test_a_margin_that_is_small_beside_the_error_is_tested_at_its_level():
    """At the edge of the margin both tails count; one alone would let through twice the level."""
    error, df = 1.0, 4.0
    for margin in (0.01, 1.0, 5.0):
        beyond = stats.t.isf(0.025, df) * error
        found = Estimate(margin + beyond, error, df).p_beyond(margin)
        other = stats.t.sf((2 * margin + beyond) / error, df)
        assert found == pytest.approx(0.025 + other)
    assert Estimate(0.0, 1.0, 4.0).p_beyond(0.0) == pytest.approx(1.0)
