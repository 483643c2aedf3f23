"""Decisions: right for the paper's tables, wrong for tables that were tampered with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from zerosnet.files.paths import paper_folder
from zerosnet.methods.families import EULER, LM_CONSISTENT, LM_PRINTED, ZEROSNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.paper.claims import load_claims
from zerosnet.paper.tables import method_of_row
from zerosnet.theory import (
    activated_gradients,
    discretizations,
    gauge,
    loss_deformation,
    optimal,
    statements,
    tables_of_methods,
)
from zerosnet.theory.responses import responses
from zerosnet.theory.statements import residuals_of

DECISIONS = {
    **statements.DECISIONS,
    **tables_of_methods.DECISIONS,
    **optimal.DECISIONS,
    **discretizations.DECISIONS,
    **gauge.DECISIONS,
    **activated_gradients.DECISIONS,
    **loss_deformation.DECISIONS,
}
#: Statements that are not true as printed, and why: see errata.yaml.
REFUTED = {"C04", "C10", "C37", "C48", "X17", "X21-runs"}


@pytest.fixture
def decide(claims):

    def decided(claim, paper, **changes):
        return DECISIONS[claim](replace(claims[claim], **changes), paper)

    return decided


@pytest.mark.parametrize("claim", DECISIONS)
def test_the_papers_statements(claim, paper, decide):
    decision = decide(claim, paper)
    assert decision.holds == (claim not in REFUTED)
    assert decision.summary
    assert decision.certificate


def test_every_exact_claim_without_a_network_is_decided_here(project):
    claims = load_claims(paper_folder(project) / "claims.yaml")
    exact = {claim.id for claim in claims if claim.kind == "exact"}
    assert exact - set(DECISIONS) == {"C01", "C03", "C16", "C17", "C38", "C39", "X103"}


def changed(paper, name, row, **cells):
    rows = list(paper.tables[name].rows)
    rows[row] = {**rows[row], **cells}
    table = replace(paper.tables[name], rows=tuple(rows))
    return replace(paper, tables={**paper.tables, name: table})


@pytest.mark.parametrize(
    ("claim", "table", "row", "cells"),
    [
        ("C07", "table01_preresnet32_alpha_cifar10", 0, {"zero_stable_paper": "yes"}),
        ("C07", "table01_preresnet32_alpha_cifar10", 4, {"alpha": "1.0001"}),
        ("C13", "table02_lmresnet44_k_cifar10", 3, {"k": "1.01"}),
        ("C47", "table10_coefficients_roots", 0, {"modulus_1": "1.85"}),
        ("C47", "table10_coefficients_roots", 5, {"zero_stable_paper": "no"}),
        ("C47", "table10_coefficients_roots", 9, {"exact": ""}),
    ],
)
def test_a_tampered_table_is_refuted(claim, table, row, cells, paper, decide):
    assert not decide(claim, changed(paper, table, row, **cells)).holds


def test_the_exact_region_of_theorem_2(paper, decide):
    assert decide("C19", paper).data["region"] == "(−∞, −1] ∪ (1/3, +∞)"


@pytest.mark.parametrize(
    ("region", "holds"),
    [
        ([("-inf", "-1")], True),
        ([("-2", "-3/2"), ("5", "inf")], True),
        ([("-inf", "0")], False),
        ([("1/4", "inf")], False),
        ([("1/4", "3/10")], False),
        ([], False),
    ],
)
def test_a_region_that_is_too_large_is_refuted(paper, decide, region, holds):
    assert decide("C19", paper, region=region).holds == holds


def test_the_optimum_of_theorem_3(paper, decide):
    assert decide("C20", paper).data == {"lambda": "-9/5", "parasitic_radius": "1/3"}


def test_an_inconsistent_family_is_found():
    """Eq. (8) as printed, β = 2k + 1, is consistent at k = 0 alone; β = 1 + k is for all k."""
    printed, _ = residuals_of(LM_PRINTED)
    assert printed[0] == 0
    assert printed[1] != 0
    corrected, _ = residuals_of(LM_CONSISTENT)
    assert corrected[:2] == [0, 0]
    euler, _ = residuals_of(EULER)
    assert euler[0] != 0


def test_a_zero_stable_table_of_zerosnets_would_hold_whatever_the_others_are(paper, decide):
    name = "table10_coefficients_roots"
    table = paper.tables[name]
    members = tuple(
        row
        for row in table.rows
        if row["alpha0"] not in ("0.1000", "0.5000")
        and (row["zero_stable_paper"] == "no" or method_of_row(row).order >= 1)
    )
    assert any(method_of_row(row).order < 0 for row in members)  # (1, 1, 1; 1), not zero-stable
    reduced = replace(paper, tables={**paper.tables, name: replace(table, rows=members)})
    assert decide("C48", reduced).holds
    none = replace(paper, tables={**paper.tables, name: replace(table, rows=())})
    assert not decide("C48", none).holds
    assert not decide("C37", none).holds


def test_a_root_just_outside_the_circle_does_not_refute_a_theorem(monkeypatch, paper, decide):
    """240 steps do not show it: its growth is no evidence, either way."""
    near = LinearMultistep((Fraction(1002, 1000),), 1)
    real = statements.method_of_row
    first = paper.tables["table10_coefficients_roots"].rows[0]
    monkeypatch.setattr(
        statements, "method_of_row", lambda row: near if row is first else real(row)
    )
    assert decide("C05", paper).holds


def test_growth_against_the_root_condition_is_noticed(monkeypatch, paper, decide):
    stays = LinearMultistep((1,), 1)
    monkeypatch.setattr(statements, "responses", lambda *_: [Fraction(1)] * 240)
    assert is_zero_stable(stays)
    assert not decide("C05", paper).holds


def test_a_table_of_zerosnets_alone_would_hold(paper, decide):
    name = "table10_coefficients_roots"
    table = paper.tables[name]
    members = tuple(
        row for row in table.rows if row["alpha0"] not in ("1.0000", "0.1000", "0.5000")
    )
    reduced = replace(paper, tables={**paper.tables, name: replace(table, rows=members)})
    assert decide("C48", reduced).holds


@pytest.mark.parametrize(
    ("claim", "regions"), [("C11", "(−1, 1]"), ("C19", "(−∞, −1] ∪ (1/3, +∞)")]
)
def test_regions_if_and_only_if(paper, decide, claim, regions):
    assert decide(claim, paper).data["region"] == regions


def test_responses_are_the_worst_initial_states():
    assert responses(ZEROSNET.at("-9/5"), 50) == [1] * 50
    assert responses(EULER.at(2), 4) == [2, 4, 8, 16]
    leapfrog = LinearMultistep((0, 1), 2)
    assert max(responses(leapfrog, 30)) == 1
    # f(y) = −y/4 damps Euler's steps by 3/4 each; f(y) = y/4 lets them grow by 5/4.
    assert responses(EULER.at(1), 2, Fraction(-1, 4)) == [Fraction(3, 4), Fraction(9, 16)]
    assert responses(EULER.at(1), 2, Fraction(1, 4)) == [Fraction(5, 4), Fraction(25, 16)]
    growing = responses(LinearMultistep((1, 1, 1), 1), 60)
    assert growing[-1] > 10**15
    assert not is_zero_stable(LinearMultistep((1, 1, 1), 1))
