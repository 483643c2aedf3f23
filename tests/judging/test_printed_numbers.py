"""Tests from printed means and deviations: against the runs that they are of, and at the edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.printed_numbers import (
    IF_BY_N,
    READINGS,
    Reported,
    compare,
    mean_above_exact,
    p_noninferior,
    p_value,
    p_value_against_exact,
)

ONE, OTHER = [93.1, 93.4, 93.0], [92.0, 92.6, 92.1]
BY_N_MINUS_1, BY_N = READINGS


def summary(runs, divisor):
    mean = sum(runs) / len(runs)
    return Reported(Fraction(mean), (sum((r - mean) ** 2 for r in runs) / divisor) ** 0.5)


@pytest.mark.parametrize(("divisor", "reading"), [(2, BY_N_MINUS_1), (3, BY_N)])
def test_welch_from_means_is_that_of_the_runs(divisor, reading):
    expected = stats.ttest_ind(ONE, OTHER, equal_var=False).pvalue
    one, other = summary(ONE, divisor), summary(OTHER, divisor)
    assert p_value(one, other, reading) == pytest.approx(expected)
    assert p_value(other, one, reading) == pytest.approx(expected)
    exact = stats.ttest_1samp(ONE, 92.0).pvalue
    assert p_value_against_exact(one, Reported(Fraction(92), None), reading) == pytest.approx(exact)


@pytest.mark.parametrize(("divisor", "reading"), [(2, BY_N_MINUS_1), (3, BY_N)])
def test_a_mean_of_differences_is_that_of_the_runs(divisor, reading):
    """Two cells with equal spreads and equal counts: Welch's df are those of the pooled test."""
    apart = [value - 1.2 for value in ONE]
    pairs = [
        (summary(ONE, divisor), Reported(Fraction(92), None)),
        (summary(apart, divisor), Reported(Fraction(91), None)),
    ]
    difference, p = mean_above_exact(pairs, reading)
    assert difference == pytest.approx((np.mean(ONE) - 92 + np.mean(apart) - 91) / 2)
    error = np.sqrt(2 * np.var(ONE, ddof=1) / 3) / 2
    assert p == pytest.approx(2 * stats.t.sf(abs(difference) / error, 4))
    # One cell is the test of that cell.
    (pair, _) = pairs
    assert mean_above_exact([pair], reading)[1] == pytest.approx(
        p_value_against_exact(*pair, reading)
    )


def test_a_mean_of_differences_needs_their_deviations():
    known, exact = Reported(Fraction(90), 0.0), Reported(Fraction(80), None)
    assert mean_above_exact([(known, exact)], BY_N) == (10, 1.0)  # no spread decides nothing
    for pairs in ([], [(exact, exact)]):
        with pytest.raises(ValueError, match="needs pairs, each with a deviation"):
            mean_above_exact(pairs, BY_N)


def test_a_deviation_that_divides_by_n_makes_differences_harder_to_find():
    one, other = summary(ONE, 2), summary(OTHER, 2)
    assert p_value(one, other, BY_N) > p_value(one, other, BY_N_MINUS_1)


def test_noninferiority_is_welchs_one_sided_test_of_shifted_runs():
    one, other = summary(ONE, 2), summary(OTHER, 2)
    for margin in (0.0, 0.5):
        shifted = [x - margin for x in OTHER]
        expected = stats.ttest_ind(ONE, shifted, equal_var=False, alternative="greater").pvalue
        assert p_noninferior(one, other, margin, BY_N_MINUS_1) == pytest.approx(expected)
    assert p_noninferior(one, Reported(Fraction(90), None), 0.5, BY_N) is None
    constant = Reported(Fraction(90), 0.0)
    assert p_noninferior(constant, constant, 0.5, BY_N) is None
    exact = stats.ttest_1samp(ONE, 89.5, alternative="greater").pvalue
    assert p_noninferior(one, constant, 0.5, BY_N_MINUS_1) == pytest.approx(exact)


@pytest.mark.parametrize(("true", "share"), [(-0.5, 0.05), (0.0, None)])
def test_noninferiority_from_three_runs_each_on_simulated_truth(true, share):
    """At the margin it is claimed in at most 5 %; at no difference often."""
    draw = np.random.default_rng(9)
    draws, hits = 800, 0
    for ours, theirs in zip(
        draw.normal(true, 0.15, (draws, 3)), draw.normal(0, 0.3, (draws, 3)), strict=True
    ):
        p = p_noninferior(summary(list(ours), 2), summary(list(theirs), 2), 0.5, BY_N_MINUS_1)
        hits += p <= 0.05
    if share is None:
        assert hits / draws > 0.4
    else:
        assert hits / draws <= binomial_bounds(share, draws)[1]


def test_above_and_below_are_told_apart():
    high, low = Reported(Fraction(90), 0.1), Reported(Fraction(80), 0.1)
    assert (compare([(high, low)]).above, compare([(high, low)]).below) == ((1, 1), (0, 0))
    assert (compare([(low, high)]).above, compare([(low, high)]).below) == ((0, 0), (1, 1))


def test_without_deviations_there_is_no_test():
    known, unknown = Reported(Fraction(90), 0.1), Reported(Fraction(80), None)
    assert p_value(known, unknown, BY_N) is None
    assert compare([(known, unknown)]).tested == 0
    assert compare([(known, unknown)], others_are_exact=True).above == (1, 1)
    assert compare([(unknown, known)], others_are_exact=True).tested == 0


def test_deviations_of_nothing_decide_nothing():
    constant, other = Reported(Fraction(90), 0.0), Reported(Fraction(80), 0.0)
    assert p_value(constant, other, BY_N) is None
    assert p_value_against_exact(constant, other, BY_N) is None
    for exact in (False, True):
        assert compare([(constant, other)], others_are_exact=exact).tested == 0


def test_a_family_holds_its_level_together():
    """A difference that is significant alone is not among nine that are none."""
    one, other = Reported(Fraction(93), 0.2), Reported(Fraction(92), 0.3)
    same = [(other, other)] * 9
    assert compare([(one, other)]).above == (1, 1)
    assert compare([(one, other), *same]).above == (0, 0)


def test_sentences_name_the_other_reading_where_it_differs():
    pairs = [(Reported(Fraction("93.19"), 0.17), Reported(Fraction("92.55"), 0.3))]
    one, other = compare(pairs).above
    text = compare(pairs).text
    assert text == ("1 of 1" if one == other else f"1 of 1 (0 {IF_BY_N})")
    assert one != other
