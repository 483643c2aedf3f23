"""How many seeds an open verdict says would decide it: those of its own test, at one look more."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, stdev

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.judging.contrasts import seeds_for_contrast, seeds_for_equivalence
from zerosnet.judging.judge import judge
from zerosnet.judging.looks import level_at
from zerosnet.judging.verdict import Outcome

SPREAD = (-0.8, 0.3, 0.5)


def told(about, difference, looks=1):
    """The sentence on an open contrast so large, and the difference and deviation that it is of."""
    found = [difference + d for d in SPREAD]
    rows = [row("a", True, [80 + d for d in found]), row("b", False, [80.0] * 3)]
    verdict = judge(about, replace(table(rows), looks=looks))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    return verdict.summary, fmean(found), stdev(found)


def says(needed):
    return f"; if it is as large as measured, {needed} seeds a row would decide (power 80 %)"


@pytest.mark.parametrize("looks", [1, 2])
@pytest.mark.parametrize(
    ("about", "difference", "bound"),
    [
        (claim("order"), 0.6, 0.0),
        (claim("order", at_least_by=1.2, reason="a test"), 0.6, 1.2),
        (claim("as_good"), 0.2, -0.5),
    ],
    ids=["better", "better by so much", "as good"],
)
def test_of_an_order_they_are_counted_from_its_bound(about, difference, bound, looks):
    summary, value, sd = told(about, difference, looks)
    level = level_at(about.level, looks + 1)
    assert says(seeds_for_contrast(value - bound, sd, level)) in summary


@pytest.mark.parametrize("difference", [0.1, -0.3])
def test_of_what_is_within_the_margin_they_show_that_it_is(difference):
    about = claim("alike")
    summary, value, sd = told(about, difference)
    needed = seeds_for_equivalence(value, sd, about.margin, level_at(about.level, 2))
    assert says(needed) in summary


@pytest.mark.parametrize("difference", [1.5, -1.5])
def test_of_what_is_beyond_the_margin_they_show_that_it_is(difference):
    about = claim("alike")
    summary, value, sd = told(about, difference)
    # Against each end by itself, at the level of one side.
    needed = seeds_for_contrast(abs(value) - about.margin, sd, 2 * level_at(about.level, 2))
    assert says(needed) in summary
