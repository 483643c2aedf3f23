"""Which profile's verdict counts where nobody names one."""

from __future__ import annotations

import pytest
from evidence_at_hand import claim

from zerosnet.judging.strongest import stored_results, strongest, verdict_on
from zerosnet.judging.verdict import Outcome, Verdict


def stored(**outcomes):
    """Profile → a result with one verdict on C00."""
    return {
        name: {"verdicts": [Verdict("C00", outcome, "a summary").to_json()]}
        for name, outcome in outcomes.items()
    }


@pytest.mark.parametrize(
    ("mini", "medium", "paper", "expected"),
    [
        (Outcome.ORDER_HOLDS, Outcome.ORDER_HOLDS, Outcome.ORDER_REVERSED, "paper"),
        (Outcome.ORDER_HOLDS, Outcome.INCONCLUSIVE, Outcome.NOT_RUN, "medium"),
        (Outcome.ORDER_HOLDS, Outcome.INSUFFICIENT_SEEDS, Outcome.NOT_RUN, "mini"),
        (Outcome.BLOCKED, Outcome.NOT_RUN, Outcome.NOT_RUN, "mini"),
    ],
)
def test_it_is_the_strongest_with_evidence(tmp_path, mini, medium, paper, expected):
    results = stored(mini=mini, medium=medium, paper=paper)
    verdict, name = verdict_on(claim("order"), results, tmp_path)
    assert name == expected
    assert verdict.outcome == {"mini": mini, "medium": medium, "paper": paper}[expected]
    verdicts = {n: Verdict.from_json(r["verdicts"][0]) for n, r in results.items()}
    assert strongest(verdicts) == expected


@pytest.mark.parametrize(("rows", "expected"), [(4, "mini"), (12, "medium"), (24, "medium")])
def test_a_profile_that_leaves_rows_out_does_not_stand_before_one_that_has_them(rows, expected):
    verdicts = {
        "mini": Verdict("C00", Outcome.ORDER_HOLDS, "a summary", {"rows_compared": 12}),
        "medium": Verdict("C00", Outcome.ORDER_REVERSED, "a summary", {"rows_compared": rows}),
        "paper": Verdict("C00", Outcome.NOT_RUN, "a summary", {"rows_compared": 24}),
    }
    assert strongest(verdicts) == expected


def test_without_any_result_it_is_said_that_nothing_was_run(tmp_path):
    verdict, name = verdict_on(claim("order", decided_from="mini"), {}, tmp_path)
    assert (verdict.outcome, name) == (Outcome.NOT_RUN, "mini")
    # A stage that was judged before the claim was declared.
    older = {"medium": {"verdicts": []}, "paper": {"verdicts": []}}
    verdict, name = verdict_on(claim("order", decided_from="mini"), older, tmp_path)
    assert (verdict.outcome, name) == (Outcome.NOT_RUN, "mini")
    assert "type `python -m zerosnet judge table1_first_order --profile medium`" in verdict.summary


def test_what_needs_no_runs_is_decided_here(project, claims):
    verdict, name = verdict_on(claims["C19"], {}, project)
    assert (verdict.outcome, name) == (Outcome.PROVED, "theory")


def test_results_on_record_are_read_by_profile(project):
    assert "mini" in stored_results("table6_robustness", project)
    assert list(stored_results("table6_robustness", project, "mini")) == ["mini"]
    assert stored_results("table6_robustness", project, "nowhere") == {}
