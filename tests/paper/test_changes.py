"""Verdicts before and now: every change has its reason, and every reason a change."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.judging.stages import THEORY
from zerosnet.judging.strongest import stored_results, strongest
from zerosnet.judging.verdict import Verdict
from zerosnet.paper.changes import load_changes
from zerosnet.paper.outcomes import Outcome

GOOD = """
commit: 0123abc
before:
  PROVED: [A, B]
  INCONCLUSIVE: [C]
reasons:
  - claims: [A]
    now: CONSISTENT-WITH-PRINTED
    why: a reason
"""


def load(tmp_path, text):
    path = tmp_path / "changes.yaml"
    path.write_text(text)
    return load_changes(path)


def test_what_changed_is_what_has_another_verdict(tmp_path):
    changes = load(tmp_path, GOOD)
    now = {
        "A": Outcome.CONSISTENT_WITH_PRINTED,
        "B": Outcome.PROVED,
        "C": Outcome.ORDER_HOLDS,
        "new": Outcome.PROVED,
    }
    assert changes.changed(now) == ["A", "C"]
    assert changes.reasons["A"].why == "a reason"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("commit: 0123abc", "comit: 0123abc", "commit, before and reasons"),
        ("  PROVED:", "  PROVEN:", "'PROVEN' is no verdict"),
        ("[C]", "[A]", "A stands there twice"),
        ("[C]", "C", "a list of claims"),
        ("now: CONSISTENT-WITH-PRINTED", "now: TRUE-ISH", "reason 1: 'TRUE-ISH' is no verdict"),
        ("    why: a reason", "    why: ''", "why is a text"),
        ("    why: a reason", "    because: a reason", "claims, now and why"),
        ("claims: [A]", "claims: [A, A]", "A has a reason already"),
        ("  - claims: [A]", "  - [A]", "."),
    ],
)
def test_the_file_is_read_strictly(tmp_path, old, new, message):
    with pytest.raises(SuiteError, match=message):
        load(tmp_path, GOOD.replace(old, new))


def on_record(claim, project):
    """Its verdict as it stands in the results: some take long to decide anew."""
    results = stored_results(claim.stage, project, THEORY) | stored_results(claim.stage, project)
    verdicts = {
        name: Verdict.from_json(entry)
        for name, result in results.items()
        for entry in result["verdicts"]
        if entry["claim"] == claim.id
    }
    return verdicts[strongest(verdicts)].outcome


def test_every_verdict_that_changed_has_its_reason_and_no_other(project, claims):
    """The project's own: today's verdicts are those of its results."""
    changes = load_changes(paper_folder(project) / "changed_verdicts.yaml")
    assert set(changes.before) <= set(claims)
    now = {claim.id: on_record(claim, project) for claim in claims.values()}
    changed = changes.changed(now)
    assert [c for c in changed if c not in changes.reasons] == []
    assert [c for c in changes.reasons if c not in changed] == []
    assert {c: changes.reasons[c].now for c in changed} == {c: now[c] for c in changed}
