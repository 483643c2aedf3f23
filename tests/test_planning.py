"""Plans: every run counted once, power before anything is run."""

from __future__ import annotations

import pytest
import torch

from zerosnet.errors import SuiteError
from zerosnet.experiments import plan_stage
from zerosnet.planning import as_text, plan_of, seconds_a_run
from zerosnet.profiles import load_profile
from zerosnet.sweep import Workplace, train_missing


def plan(project, profile, *stages):
    return plan_of(load_profile(project / "params.yaml", profile), project, stages)


def test_the_paper_profile(project):
    plans = {p.stage: p for p in plan(project, "paper")}
    assert plans["table3_third_order"].runs == 90
    assert plans["table6_robustness"].runs == 30
    assert plans["table6_robustness"].shared == len(plans["table6_robustness"].missing)
    assert set(plans["table1_first_order"].power) == {"C06"}
    assert 0.5 < plans["table1_first_order"].power["C06"] <= 1
    assert plans["perturbation_growth"].power == {}


def test_power_is_only_of_claims_that_the_profile_decides(project):
    assert all(not p.power for p in plan(project, "mini"))


def test_what_is_on_record_is_not_planned(checkout):
    profile = load_profile(checkout / "params.yaml", "mini")
    (before,) = plan_of(profile, checkout, ["table1_first_order"])
    assert len(before.missing) == before.runs == 2
    assert seconds_a_run(profile, checkout) is None
    assert "no run of this profile is on record" in as_text([before], None, "mini")
    place = Workplace(
        checkout, checkout / "results", checkout / "scratch", "mini", torch.device("cpu")
    )
    train_missing(plan_stage("table1_first_order", profile, checkout), place)
    (after,) = plan_of(profile, checkout, ["table1_first_order"])
    assert after.missing == ()
    assert seconds_a_run(profile, checkout) > 0
    text = as_text([after], 60.0, "mini")
    assert "2 runs, 2 on record, 0 to train" in text


def test_the_time_is_that_of_the_missing_runs(project):
    text = as_text(plan(project, "paper", "table6_robustness"), 3600.0, "paper")
    assert "30 runs to train, about 30.0 h at 3600 s a run" in text


def test_unknown_stages_are_refused(project):
    with pytest.raises(SuiteError, match="'table99' trains nothing"):
        plan(project, "mini", "table99")
