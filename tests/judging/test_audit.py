"""The audit: against numbers known by hand, and against tables that were tampered with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from scipy import stats

from zerosnet.judging import audit
from zerosnet.judging.audit import Reported, p_above, surely_above

REFUTED = {"C26", "C50"}


@pytest.fixture
def decide(claims):
    return lambda claim, paper: audit.DECISIONS[claim](claims[claim], paper)


@pytest.mark.parametrize("claim", audit.DECISIONS)
def test_the_papers_claims(decide, paper, claim):
    assert decide(claim, paper).holds == (claim not in REFUTED)


def changed(paper, table, row, **cells):
    rows = list(paper.tables[table].rows)
    rows[row] = {**rows[row], **cells}
    return replace(
        paper, tables={**paper.tables, table: replace(paper.tables[table], rows=tuple(rows))}
    )


@pytest.mark.parametrize(
    ("claim", "table", "row", "cells"),
    [
        ("C34", audit.TABLE_7, 3, {"gap_reported_pp": "28.25"}),
        ("C41", audit.TABLE_9, 1, {"bs128_s": "1700"}),
        ("C41", audit.TABLE_9, 1, {"bs4096_s": "1000"}),
        ("A01", audit.TABLE_6, 0, {"noise_free_acc_mean_pct": "78.30"}),
        ("A01", audit.TABLE_4, 2 + 4, {"cifar10_acc_std_pct": "0.13"}),
        ("C27", audit.TABLE_4, 3, {"cifar10_acc_mean_pct": "99", "cifar10_acc_std_pct": "0.01"}),
    ],
)
def test_tampered_tables_are_noticed(decide, paper, claim, table, row, cells):
    assert not decide(claim, changed(paper, table, row, **cells)).holds


def test_gaps_in_the_other_order_refute(decide, paper):
    table = paper.tables[audit.TABLE_7]
    rows = tuple(
        {**row, "gap_reported_pp": str(-float(row["gap_reported_pp"]))} for row in table.rows
    )
    upside_down = replace(paper, tables={**paper.tables, table.name: replace(table, rows=rows)})
    assert not decide("C35", upside_down).holds
    assert not decide("C36", upside_down).holds


def test_welch_from_means_is_that_of_the_runs():
    one, other = [93.1, 93.4, 93.0], [92.0, 92.6, 92.1]

    def summary(runs):
        mean = sum(runs) / 3
        return Reported(Fraction(mean), (sum((r - mean) ** 2 for r in runs) / 2) ** 0.5)

    expected = stats.ttest_ind(one, other, equal_var=False, alternative="greater").pvalue
    found = p_above(summary(one), summary(other), "divides by n − 1")
    assert found == pytest.approx(expected)
    assert p_above(summary(one), summary(other), "divides by n") > found


def test_without_deviations_there_is_no_test():
    known, unknown = Reported(Fraction(90), 0.1), Reported(Fraction(80), None)
    assert p_above(known, unknown, "divides by n") is None
    assert surely_above([(known, unknown)]) == ([0, 0], 0)
    assert surely_above([(known, Reported(Fraction(80), 0.1))]) == ([1, 1], 1)
