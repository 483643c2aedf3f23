"""Decisions: right for the paper's tables, wrong for tables that were tampered with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from zerosnet.experiments import paper_folder
from zerosnet.methods import EULER, LM_CONSISTENT, LM_PRINTED, ZEROSNET, Family
from zerosnet.registry import load_claims
from zerosnet.tables import load_tables
from zerosnet.theory import (
    DECISIONS,
    Cell,
    cells_of_parasitic_roots,
    consistency_for_all_parameters,
    region_text,
)


@pytest.fixture
def tables(project):
    return load_tables(paper_folder(project) / "tables")


@pytest.fixture
def decide(project):
    claims = {claim.id: claim for claim in load_claims(paper_folder(project) / "claims.yaml")}

    def decided(claim, tables, **changes):
        return DECISIONS[claim](replace(claims[claim], **changes), tables)

    return decided


@pytest.mark.parametrize("claim", DECISIONS)
def test_the_papers_statements_hold(claim, tables, decide):
    decision = decide(claim, tables)
    assert decision.holds
    assert decision.certificate


def test_every_exact_claim_without_a_network_is_decided_here(project):
    claims = load_claims(paper_folder(project) / "claims.yaml")
    exact = {claim.id for claim in claims if claim.kind == "exact"}
    assert exact - set(DECISIONS) == {"C38", "C39"}


def changed(tables, name, row, **cells):
    rows = list(tables[name].rows)
    rows[row] = {**rows[row], **cells}
    return {**tables, name: replace(tables[name], rows=tuple(rows))}


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
def test_a_tampered_table_is_refuted(claim, table, row, cells, tables, decide):
    assert not decide(claim, changed(tables, table, row, **cells)).holds


def test_the_exact_region_of_theorem_2(tables, decide):
    assert decide("C19", tables).data["region"] == "(−∞, −1] ∪ (1/3, +∞)"


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
def test_a_region_that_is_too_large_is_refuted(tables, decide, region, holds):
    assert decide("C19", tables, region=region).holds == holds


def test_the_optimum_of_theorem_3(tables, decide):
    assert decide("C20", tables).data == {"lambda": "-9/5", "parasitic_radius": "1/3"}


def test_an_inconsistent_family_is_found():
    """Eq. (8) as printed, β = 2k + 1, is consistent at k = 0 alone; β = 1 + k is for all k."""
    printed, _ = consistency_for_all_parameters(LM_PRINTED)
    assert printed[0] == 0
    assert printed[1] != 0
    corrected, _ = consistency_for_all_parameters(LM_CONSISTENT)
    assert corrected[:2] == [0, 0]
    euler, _ = consistency_for_all_parameters(EULER)
    assert euler[0] != 0


def test_cells_follow_the_family():
    """The same coefficients with λ mirrored: the region is mirrored, too."""
    mirrored = Family(
        "mirrored",
        "λ",
        "mirrored ZeroSNet",
        "a test",
        lambda x: ZEROSNET.formula(-x),
        lambda _alphas: None,
        frozenset({Fraction(0)}),
    )
    from zerosnet.theory import _zero_stability

    cells, _ = cells_of_parasitic_roots(mirrored, Fraction(1), _zero_stability)
    assert region_text(cells) == "(−∞, −1/3) ∪ [1, +∞)"


def test_families_without_a_principal_root_are_refused():
    with pytest.raises(ValueError, match=r"not \(ρ − 1\) times a quadratic"):
        cells_of_parasitic_roots(EULER, Fraction(1), lambda _method: (True, ""))


def cell(low, high, holds=True):
    low, high = (None if end is None else Fraction(end) for end in (low, high))
    return Cell(low, high, Fraction(0), holds, "")


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([], "∅"),
        ([cell(None, 0, False)], "∅"),
        ([cell(1, 1)], "{1}"),
        ([cell(None, 0), cell(0, 0), cell(0, None)], "(−∞, +∞)"),
        ([cell(None, 0), cell(0, None)], "(−∞, 0) ∪ (0, +∞)"),
        ([cell(0, 0), cell(0, 1), cell(1, 1, False), cell(1, 2), cell(2, 2)], "[0, 1) ∪ (1, 2]"),
    ],
)
def test_regions_are_unions_of_cells(cells, text):
    assert region_text(cells) == text
