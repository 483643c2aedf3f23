"""The paper's derived numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.paper.claims import load_claims
from zerosnet.theory.recompute import mean_drop

TABLE = "table06_robustness_cifar10_56layer"


@pytest.fixture
def claims(project):
    claims = load_claims(paper_folder(project) / "claims.yaml")
    return {claim.id: claim for claim in claims if claim.kind == "recomputed"}


@pytest.mark.parametrize(("claim", "value"), [("C30", "12.38"), ("C31", "6.40")])
def test_the_papers_means(paper, claims, claim, value):
    decision = mean_drop(claims[claim], paper)
    assert decision.holds
    assert decision.data["found"] == value


def test_a_hundredth_of_a_point_is_enough_to_refute(paper, claims):
    table = paper.tables[TABLE]
    rows = list(table.rows)
    rows[0] = {**rows[0], "noise_free_acc_mean_pct": "78.33"}
    changed = {**paper.tables, TABLE: replace(table, rows=tuple(rows))}
    assert not mean_drop(claims["C30"], replace(paper, tables=changed)).holds


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ({"table": "table99"}, "claim C30, recompute: there is no table 'table99'"),
        ({"column": "salt"}, f"{TABLE}.csv has no column 'salt_acc_mean_pct'"),
        ({"zero_stable": "maybe"}, f"no row of {TABLE}.csv has 'maybe' in zero_stable_paper"),
    ],
)
def test_what_there_is_not_is_named(paper, claims, slip, message):
    claim = replace(claims["C30"], recompute={**claims["C30"].recompute, **slip})
    with pytest.raises(SuiteError, match=message):
        mean_drop(claim, paper)
