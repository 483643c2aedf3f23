"""Stages: every claim is decided, and the result is what a reader of its file gets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import row, table

from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.storage import write_json
from zerosnet.judging.exact import decide, verdict_of, without_runs
from zerosnet.judging.stages import (
    EXACT_STAGES,
    claims_of,
    judge_stage,
    load_result,
    result_path,
    stage_content,
)
from zerosnet.judging.verdict import Outcome
from zerosnet.paper.claims import load_claims
from zerosnet.paper.tables import load_paper
from zerosnet.theory.decision import Decision


def exact_claims(project):
    return [c for c in load_claims(paper_folder(project) / "claims.yaml") if not c.needs_runs]


def test_every_claim_that_needs_no_runs_is_decided(project):
    for claim in exact_claims(project):
        assert without_runs(claim, project).summary


def test_what_no_run_can_decide_is_blocked_with_its_reason(project):
    literature = [claim for claim in exact_claims(project) if claim.kind == "literature"]
    assert len(literature) > 1
    for claim in literature:
        verdict = without_runs(claim, project)
        assert verdict.outcome is Outcome.BLOCKED
        assert verdict.summary == claim.reason


def test_a_claim_that_nothing_decides_is_named(project):
    unknown = replace(exact_claims(project)[0], id="C99")
    with pytest.raises(SuiteError, match="C99 is of kind exact, but nothing decides it"):
        decide(unknown, project)


@pytest.mark.parametrize(
    ("kind", "holds", "outcome"),
    [
        ("exact", True, Outcome.PROVED),
        ("exact", False, Outcome.REFUTED),
        ("recomputed", True, Outcome.CONSISTENT_WITH_PRINTED),
        ("recomputed", False, Outcome.INCONSISTENT_WITH_PRINTED),
    ],
)
def test_decisions_become_verdicts(project, kind, holds, outcome):
    claim = replace(exact_claims(project)[0], kind=kind)
    verdict = verdict_of(claim, Decision(holds, "why", ("line",), {"n": 1}))
    assert verdict.outcome is outcome
    assert verdict.details == {"certificate": ["line"], "n": 1}


def test_unknown_stages_list_the_known_ones(project):
    with pytest.raises(SuiteError, match="stage 'table99' is unknown: one of"):
        claims_of("table99", project)


@pytest.mark.parametrize("stage", ["theorem2_stability_region", "table1_first_order"])
def test_a_result_is_what_its_file_holds(checkout, stage):
    smoke = load_profile(checkout / "params.yaml")
    content = stage_content(stage, smoke, checkout)
    path = judge_stage(stage, smoke, checkout)
    assert path == result_path(checkout / "results", stage, "smoke")
    assert load_result(checkout / "results", stage, "smoke") == content
    assert path.parent.name == ("theory" if stage in EXACT_STAGES else "smoke")


def test_a_profile_with_one_row_of_a_table_checks_one_of_its_numbers(checkout, monkeypatch):
    cells = load_paper(paper_folder(checkout)).tables["table01_preresnet32_alpha_cifar10"].rows[-1]
    met = row("a", True, [93.1, 93.2, 93.3], reported=93.2, cells=dict(cells))
    monkeypatch.setattr("zerosnet.judging.evidence.gather", lambda *_: table([met]))
    content = stage_content(
        "table1_first_order", load_profile(checkout / "params.yaml", "paper"), checkout
    )
    (found,) = (verdict for verdict in content["verdicts"] if verdict["claim"] == "C06")
    assert found["summary"].startswith("1 of 5 cells checked, 1 reproduced")
    assert found["outcome"] == Outcome.INCONCLUSIVE


def test_a_table_that_is_missing_is_named(checkout):
    (checkout / "claims/comparisons/lm_resnet.csv").unlink()
    with pytest.raises(SuiteError, match=r"lm_resnet reads lm_resnet.csv, which is neither in"):
        stage_content("lm_resnet", load_profile(checkout / "params.yaml"), checkout)


def test_a_verdict_that_changes_is_said(checkout, capsys):
    smoke = load_profile(checkout / "params.yaml")
    path = judge_stage("table10_roots", smoke, checkout)
    content = load_result(path.parent.parent, "table10_roots", "theory")
    assert "→" not in capsys.readouterr().err
    claim, outcome = content["verdicts"][0]["claim"], content["verdicts"][0]["outcome"]
    content["verdicts"][0]["outcome"] = "INCONCLUSIVE"
    # A claim that was declared since is none that changed.
    del content["verdicts"][1]
    write_json(path, content)
    judge_stage("table10_roots", smoke, checkout)
    said = [line for line in capsys.readouterr().err.splitlines() if "→" in line]
    assert said == [f"{claim} (table10_roots, theory): INCONCLUSIVE → {outcome}"]
    path.write_text("{")
    assert judge_stage("table10_roots", smoke, checkout) == path
    assert load_result(path.parent.parent, "table10_roots", "theory")


def test_what_was_not_judged_has_no_result(checkout):
    assert load_result(checkout / "results", "table1_first_order", "paper") is None
