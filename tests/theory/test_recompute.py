"""The paper's derived numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.experiments.rows import paper_tables
from zerosnet.files.paths import paper_folder
from zerosnet.paper.claims import load_claims
from zerosnet.theory.recompute import mean_drop

TABLE = "table06_robustness_cifar10_56layer"


@pytest.fixture
def claims(project):
    claims = load_claims(paper_folder(project) / "claims.yaml")
    return {claim.id: claim for claim in claims if claim.kind == "recomputed"}


@pytest.mark.parametrize(("claim", "value"), [("C30", "12.38"), ("C31", "6.40")])
def test_the_papers_means(project, claims, claim, value):
    decision = mean_drop(claims[claim], paper_tables(project)[TABLE])
    assert decision.holds
    assert decision.data["found"] == value


def test_a_hundredth_of_a_point_is_enough_to_refute(project, claims):
    table = paper_tables(project)[TABLE]
    rows = list(table.rows)
    rows[0] = {**rows[0], "noise_free_acc_mean_pct": "78.33"}
    assert not mean_drop(claims["C30"], replace(table, rows=tuple(rows))).holds
