"""The audit: against numbers known by hand, and against tables that were tampered with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from zerosnet.experiments.timed import RUNTIME_TABLE
from zerosnet.judging import audit, audit_orders
from zerosnet.paper.tables import (
    COEFFICIENTS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLE_4,
    TABLE_6,
    TABLE_7,
    method_of_row,
)

DECISIONS = {**audit.DECISIONS, **audit_orders.DECISIONS}
REFUTED = {"C26", "C50", "A05", "A08"}


@pytest.fixture
def decide(claims):
    return lambda claim, paper: DECISIONS[claim](claims[claim], paper)


@pytest.mark.parametrize("claim", DECISIONS)
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
        # One depth that loses by more than the others win takes the average along.
        ("A07", TABLE_4, 2, {"cifar10_acc_mean_pct": "86"}),
        ("A07", TABLE_4, 2, {"cifar10_acc_std_pct": "9"}),
        ("C34", TABLE_7, 3, {"gap_reported_pp": "28.25"}),
        ("C41", RUNTIME_TABLE, 1, {"bs128_s": "1700"}),
        ("C41", RUNTIME_TABLE, 1, {"bs4096_s": "1000"}),
        ("A01", TABLE_6, 0, {"noise_free_acc_mean_pct": "78.30"}),
        ("A01", TABLE_4, 2 + 4, {"cifar10_acc_std_pct": "0.13"}),
        ("A03", TABLE_1, 2, {"test_acc_std_pct": "9"}),
        ("A03", TABLE_2, 3, {"test_acc_mean_pct": "80"}),
        ("A04", TABLE_6, 9, {"const_mu0.3_acc_mean_pct": "10"}),
        ("A06", TABLE_3, 9, {"test_acc_std_pct": "9"}),
        ("A09", TABLE_6, 9, {"const_mu0.3_acc_mean_pct": "10"}),
    ],
)
def test_tampered_tables_are_noticed(decide, paper, claim, table, row, cells):
    assert not decide(claim, changed(paper, table, row, **cells)).holds


def test_gaps_in_the_other_order_refute(decide, paper):
    table = paper.tables[TABLE_7]
    rows = tuple(
        {**row, "gap_reported_pp": str(-float(row["gap_reported_pp"]))} for row in table.rows
    )
    upside_down = replace(paper, tables={**paper.tables, table.name: replace(table, rows=rows)})
    assert not decide("C35", upside_down).holds
    assert not decide("C36", upside_down).holds


def test_what_the_papers_deviations_carry(decide, paper):
    """Counts that were found before this suite's audit had them, by another program."""
    assert decide("A03", paper).data["significant"] == {
        "table 1": [6, 6],
        "table 2": [4, 4],
        "table 3": [72, 72],
    }
    under_noise = decide("A04", paper).data["significant"]
    assert len(under_noise) == 6
    assert {by_n_minus_1 for by_n_minus_1, _ in under_noise.values()} == {24}
    p = decide("A05", paper).data["p"]
    assert [round(p[alpha][0], 2) for alpha in ("0.7", "0.5")] == [0.82, 0.09]
    assert decide("A06", paper).data["all"][0] == 16
    copied = decide("A07", paper).data
    assert copied["significant"] == [2, 2]
    assert copied["above"] == copied["comparisons"] == 20
    # The printed differences of the five depths, averaged by hand.
    assert copied["means"] == {
        "ZeroSNet-Opt over ResNet": 0.826,
        "ZeroSNet-Opt over LM-ResNet": 0.4,
        "ZeroSNet-Tra over ResNet": 0.79,
        "ZeroSNet-Tra over LM-ResNet": 0.364,
    }
    assert max(copied["p"].values()) < 0.001
    hundred = decide("A07-cifar100", paper).data
    assert hundred["means"] == {
        "ZeroSNet-Opt over ResNet": 0.662,
        "ZeroSNet-Opt over LM-ResNet": 0.294,
        "ZeroSNet-Tra over ResNet": 0.506,
        "ZeroSNet-Tra over LM-ResNet": 0.138,
    }
    assert (hundred["above"], hundred["tested"]) == (14, 16)
    assert decide("A08", paper).data == {"significant": [0, 0], "identical": 1}
    lost = decide("A09", paper).data["lost"]
    assert [lost[name] for name in ("uniform −0.08 0", "Gaussian, δ 0.04")] == [
        [6.395, 12.38],
        [20.225, 29.555],
    ]


def test_competitive_is_noninferiority_and_not_a_difference_that_was_not_found(decide, paper):
    assert decide("C27", paper).data == {"not_inferior": [7, 4], "cells": 10}
    # Ten times the spread: still nowhere significantly lower, and shown to be as good nowhere.
    table = paper.tables[TABLE_4]
    rows = tuple(
        {
            **row,
            **{
                name: str(10 * float(row[name]))
                for name in ("cifar10_acc_std_pct", "cifar100_acc_std_pct")
                if row[name]
            },
        }
        for row in table.rows
    )
    loud = replace(paper, tables={**paper.tables, table.name: replace(table, rows=rows)})
    found = decide("C27", loud)
    assert not found.holds
    assert found.data["not_inferior"] == [0, 0]
    assert "significantly lower in 0" in found.summary


def test_numbers_that_set_them_apart_are_consistent(decide, paper):
    """The other way round: the refuted ones hold of other tables."""
    apart = changed(paper, TABLE_1, 4, test_acc_mean_pct="96")
    assert decide("A05", apart).holds
    rows = tuple(
        {**row, "cifar10_acc_mean_pct": "99", "cifar10_acc_std_pct": "0.02"}
        if row["model"].startswith("ZeroSNet")
        else row
        for row in paper.tables[TABLE_4].rows
    )
    table = replace(paper.tables[TABLE_4], rows=rows)
    better = replace(paper, tables={**paper.tables, table.name: table})
    assert decide("A07", better).holds
    assert decide("A08", better).holds


def test_predictors_are_those_of_exact_moduli(decide, paper):
    """Against NumPy's roots; printed, 0.327 and 1/3 would tie."""
    rows = {row["depth"]: row for row in decide("A02", paper).data["rows"] if row["n"] == 6}
    assert [rows[depth]["second-largest modulus"] for depth in ("32", "44", "56")] == pytest.approx(
        [-0.26, -0.23, -0.43], abs=0.005
    )
    methods = {
        tuple(sorted((row["modulus_1"], row["modulus_2"], row["modulus_3"]))): method_of_row(row)
        for row in paper.tables[COEFFICIENTS].rows
    }
    moduli, accuracies = [], []
    for row in paper.tables[TABLE_3].rows:
        if row["n_layers"] == "56" and row["zero_stable_paper"] == "yes":
            method = methods[tuple(sorted((row["modulus_1"], row["modulus_2"], row["modulus_3"])))]
            roots = np.roots([1, *(-float(a) for a in method.alphas)])
            moduli.append(sorted(abs(roots))[-2])
            accuracies.append(float(row["test_acc_mean_pct"]))
    expected = stats.spearmanr(np.round(moduli, 6), accuracies).statistic
    assert rows["56"]["second-largest modulus"] == pytest.approx(expected, abs=1e-3)


def test_the_bound_of_a_rank_correlation_is_two_sided_and_exact(decide, paper):
    """Against scipy, order by order: 0.829, the bound of a one-sided test, has p = 0.058."""
    first = [1, 2, 3, 4, 5, 6]
    found = [abs(stats.spearmanr(first, order).statistic) for order in permutations(first)]

    def p(bound):
        return sum(value >= bound - 1e-9 for value in found) / len(found)

    needed, p_value = audit.least_significant(6, 0.05)
    assert needed == Fraction(31, 35)
    assert p_value == Fraction(24, 720)
    assert p(31 / 35) == pytest.approx(24 / 720)
    assert p(29 / 35) == pytest.approx(42 / 720)
    assert not any(29 / 35 + 1e-9 < value < 31 / 35 - 1e-9 for value in found)
    summary = decide("A02", paper).summary
    assert "6 rows need 0.886 of either sign to be significant (two-sided p = 0.033" in summary


def test_few_rows_have_no_significant_rank_correlation():
    needed, _ = audit.least_significant(4, 0.05)
    assert needed > 1
    assert audit.least_significant(4, 0.1) == (1, Fraction(2, 24))
