"""What may be judged: never a smoke run, never half a grid, never other images."""

from __future__ import annotations

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.verdict import FAILS, HOLDS, NO_EVIDENCE, Measured, Outcome, Verdict, admit

ROWS = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [80.0, 81.0, 82.0])]


def test_every_outcome_is_for_against_open_or_no_evidence():
    parts = [HOLDS, FAILS, NO_EVIDENCE, {Outcome.INCONCLUSIVE}]
    assert set.union(*map(set, parts)) == set(Outcome)
    assert sum(map(len, parts)) == len(Outcome)


def test_a_smoke_run_cannot_be_evidence_by_type():
    with pytest.raises(TypeError, match="no evidence about the paper"):
        Measured(table(ROWS, profile="smoke"))
    assert admit(claim("order"), table(ROWS, profile="smoke")).outcome is Outcome.SMOKE


def test_whole_evidence_is_admitted():
    assert isinstance(admit(claim("order"), table(ROWS, profile="mini")), Measured)


@pytest.mark.parametrize(
    ("kind", "fields", "evidence", "outcome"),
    [
        ("order", {"decided_from": "paper"}, table(ROWS, profile="mini"), Outcome.NOT_RUN),
        ("order", {}, table(ROWS, seeds=4), Outcome.INSUFFICIENT_SEEDS),
        ("order", {}, table([row("a", True, [])]), Outcome.NOT_RUN),
        ("equivalence", {}, table(ROWS, data_sets=("cifar10-jpeg",)), Outcome.BLOCKED),
        ("equivalence", {}, table(ROWS, size=16), Outcome.BLOCKED),
        ("equivalence", {}, table(ROWS, train=100), Outcome.BLOCKED),
    ],
)
def test_what_is_not_enough_says_so(kind, fields, evidence, outcome):
    verdict = admit(claim(kind, **fields), evidence)
    assert verdict.outcome is outcome
    assert verdict.summary


def test_diverged_runs_count_as_run():
    rows = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [80.0], diverged=(1, 2))]
    assert isinstance(admit(claim("order"), table(rows)), Measured)


def test_verdicts_come_back_from_json():
    verdict = Verdict("C01", Outcome.DIFFERS, "a summary", {"margin": 0.5})
    assert Verdict.from_json(verdict.to_json()) == verdict
    with pytest.raises(ValueError, match="MAYBE"):
        Verdict.from_json({**verdict.to_json(), "outcome": "MAYBE"})
