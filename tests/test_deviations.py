"""The page of deviations: both protocols side by side, from results made up."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import yaml
from evidence_at_hand import row, table

from zerosnet.paths import paper_folder
from zerosnet.reporting.deviations import AS_CODE, AS_PAPER, deviations_page
from zerosnet.storage import json_text
from zerosnet.verdict import Outcome, Verdict


def content(rows, claim, outcome):
    evidence = asdict(table(rows, profile="mini"))
    verdict = Verdict(claim, outcome, f"{claim} in few words").to_json()
    return json.loads(json_text({"verdicts": [verdict], "evidence": evidence}))


ROWS = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [80.0, 81.0, 82.0])]
BETTER = [row("a", True, [92.0, 93.0, 94.0], best=[92.5, 93.5, 94.5]), ROWS[1]]


@pytest.fixture
def given(project):
    paper = paper_folder(project)
    return [
        yaml.safe_load((paper / name).read_text()) for name in ("deviations.yaml", "recipes.yaml")
    ]


def test_both_protocols_side_by_side(given):
    results = {
        "mini": {
            AS_PAPER: content(ROWS, "C23", Outcome.ORDER_HOLDS),
            AS_CODE: content(BETTER, "C23-code", Outcome.INCONCLUSIVE),
        }
    }
    files = deviations_page(*given, results)
    page = files["deviations.md"].decode()
    assert set(files) == {"deviations.md", "deviations_mini.svg"}
    assert "+2.00 [+0.26, +3.74]" in page
    assert "91.00 ± 1.00" in page
    assert "+0.50" in page
    assert "+1.00 over 2 rows" in page
    assert "**ORDER-HOLDS**" in page
    assert "**INCONCLUSIVE**" in page


def test_without_runs_by_both_it_says_so(given):
    results = {
        "mini": {
            AS_PAPER: content(ROWS, "C23", Outcome.ORDER_HOLDS),
            AS_CODE: content([row(n, True, []) for n in "ab"], "C23-code", Outcome.NOT_RUN),
        }
    }
    files = deviations_page(*given, results)
    assert list(files) == ["deviations.md"]
    assert "No profile has runs by both protocols" in files["deviations.md"].decode()


def test_every_fact_has_its_three_sides(given):
    facts, recipes = given
    assert all(set(fact) == {"what", "paper", "code", "suite"} for fact in facts)
    with pytest.raises(ValueError, match="'opinion' is unknown"):
        deviations_page([{**facts[0], "opinion": "bad"}], recipes, {})
