"""The page of deviations: both protocols side by side, from results made up."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import yaml
from evidence_at_hand import row, table

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.storage import as_read
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.reporting.deviations import TABLE_3, deviations_page, load_deviations


def content(rows, claim, outcome, shared=()):
    """A stage's result; runs are its own but those of some seeds."""
    evidence = asdict(table(rows, profile="mini"))
    for one in evidence["rows"]:
        one["keys"] = {s: f"{'' if s in shared else claim} {s}" for s in one["keys"]}
    verdict = Verdict(claim, outcome, f"{claim} in few words").to_json()
    return as_read({"verdicts": [verdict], "evidence": evidence})


FACT = dict.fromkeys(("what", "paper", "code", "suite", "why"), "a text")
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
            TABLE_3: content(ROWS, "C23", Outcome.ORDER_HOLDS),
            "table3_as_code": content(BETTER, "C23-code", Outcome.INCONCLUSIVE),
        }
    }
    files = deviations_page(*given, results)
    page = files["deviations.md"].decode()
    assert set(files) == {"deviations.md", "deviations_table3_as_code_mini.svg"}
    assert "+2.00 " in page
    assert "difference (95 %)" in page
    assert "91.00 ± 1.00" in page
    assert "+0.50" in page
    assert "+1.00 over 2 rows" in page
    assert "**ORDER-HOLDS**" in page
    assert "**INCONCLUSIVE**" in page


def test_without_runs_by_both_it_says_so(given):
    results = {
        "mini": {
            TABLE_3: content(ROWS, "C23", Outcome.ORDER_HOLDS),
            "table3_as_code": content(
                [row(n, True, []) for n in "ab"], "C23-code", Outcome.NOT_RUN
            ),
        }
    }
    files = deviations_page(*given, results)
    assert list(files) == ["deviations.md"]
    assert files["deviations.md"].decode().count("No profile has runs of both kinds") == 2


@pytest.mark.parametrize(
    ("float32", "words"),
    [
        ([[90.7, 91.1, 91.3], [80.8, 81.1, 81.2]], "shown to be equivalent within ±1 point "),
        ([[92.0, 93.0, 94.0], [82.0, 83.0, 84.0]], "not shown to be equivalent"),
        ([[85.0, 91.0, 97.0], [75.0, 81.0, 87.0]], "not shown to be equivalent"),  # too noisy
    ],
)
def test_two_precisions_are_tested_for_equivalence(given, float32, words):
    bfloat16 = [row("a", True, [90.8, 91.2, 91.0]), row("b", False, [80.9, 81.2, 80.8])]
    again = [row("a", True, float32[0]), row("b", False, float32[1])]
    results = {
        "mini": {
            TABLE_3: content(bfloat16, "C23", Outcome.ORDER_HOLDS),
            "table3_float32": content(again, "C23-float32", Outcome.ORDER_HOLDS),
        }
    }
    page = deviations_page(*given, results)["deviations.md"].decode()
    assert f": {words}" in page


def test_runs_that_serve_both_precisions_are_not_compared_with_themselves(given):
    """Where the profile's own precision could not be had for a seed, float32 serves both."""
    bfloat16 = [row("a", True, [50.0, 91.0, 91.2]), row("b", False, [40.0, 81.0, 81.2])]
    float32 = [row("a", True, [50.0, 92.0, 92.2]), row("b", False, [40.0, 82.0, 82.2])]
    results = {
        "mini": {
            TABLE_3: content(bfloat16, "C23", Outcome.ORDER_HOLDS, shared=[0]),
            "table3_float32": content(float32, "C23-float32", Outcome.ORDER_HOLDS, shared=[0]),
        }
    }
    page = deviations_page(*given, results)["deviations.md"].decode()
    assert "91.10 ± 0.14" in page
    assert "92.10 ± 0.14" in page


def test_means_are_over_the_seeds_that_both_have(given):
    """Else they would not differ by the difference beside them."""
    results = {
        "mini": {
            TABLE_3: content(
                [row("a", True, [91.0, 91.2, 99.0]), row("b", False, [81.0, 81.2, 99.0])],
                "C23",
                Outcome.ORDER_HOLDS,
            ),
            "table3_float32": content(
                [row("a", True, [92.0, 92.2]), row("b", False, [82.0, 82.2])],
                "C23-float32",
                Outcome.ORDER_HOLDS,
            ),
        }
    }
    page = deviations_page(*given, results)["deviations.md"].decode()
    assert "91.10 ± 0.14" in page
    assert "+1.00 [" in page
    assert "99" not in page


def test_the_same_runs_are_not_compared_with_themselves(given):
    same = content(ROWS, "C23", Outcome.ORDER_HOLDS)
    files = deviations_page(*given, {"paper": {TABLE_3: same, "table3_float32": same}})
    assert list(files) == ["deviations.md"]


def test_every_fact_has_its_three_sides_and_a_reason(given):
    facts, _ = given
    assert all(set(fact) == {"what", "paper", "code", "suite", "why"} for fact in facts)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{**FACT, "opinion": "bad"}], "entry 1: 'opinion' is unknown"),
        ([FACT, {"what": "a"}], "entry 2: what, paper, code, suite, why are expected"),
        ([{**FACT, "code": ["none"]}], "entry 1: what, paper, code, suite, why are texts"),
        (["a text"], "entry 1: what, paper, code, suite, why are expected"),
        (None, "entry 1: what, paper, code, suite, why are expected"),
    ],
)
def test_slips_in_the_facts_are_named(tmp_path, entries, message):
    path = tmp_path / "deviations.yaml"
    path.write_text(yaml.safe_dump(entries))
    with pytest.raises(SuiteError, match=message):
        load_deviations(path)
