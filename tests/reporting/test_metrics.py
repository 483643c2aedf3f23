"""A profile in a few numbers."""

from __future__ import annotations

import json

from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.reporting.metrics import metrics, metrics_path


def test_claims_are_counted_and_contrasts_listed(tmp_path):
    verdicts = {
        "C1": Verdict("C1", Outcome.ORDER_HOLDS, "", {"difference": 1.5}),
        "C2": Verdict("C2", Outcome.ORDER_HOLDS, "", {"pairs": {}}),
        "C3": Verdict("C3", Outcome.NOT_RUN, ""),
        "X1": Verdict("X1", Outcome.INCONCLUSIVE, "", {"difference": -0.5}),
    }
    assert json.loads(metrics(verdicts)) == {
        "claims": {"INCONCLUSIVE": 1, "NOT-RUN": 1, "ORDER-HOLDS": 2},
        "points": {"C1": 1.5},
    }
    assert metrics_path(tmp_path, "mini") == tmp_path / "results" / "metrics" / "mini.json"


def test_dvc_reads_those_that_are_in_git(project):
    found = json.loads(metrics_path(project, "mini").read_text(encoding="utf-8"))
    assert found["claims"]["ORDER-HOLDS"] > 0
    assert found["points"]
