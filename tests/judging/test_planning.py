"""Plans: every run counted once, power before anything is run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small import train_missing

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import record_path, training_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import write_json
from zerosnet.judging import planning
from zerosnet.judging.planning import Rate, Rates, as_text, plan_of, rates_here, stages_of
from zerosnet.sweeps.workplace import Workplace
from zerosnet.training import rates as measuring
from zerosnet.training.rates import MeasuredRate
from zerosnet.training.work import work_of

CPU = torch.device("cpu")


def plan(project, profile, *stages):
    return plan_of(load_profile(project / "params.yaml", profile), project, stages)


def exact(operations):
    """Rates of a device that trains in float32."""
    rate = Rate(operations, "a test")
    return Rates({("float32", side): rate for side in (28, 32)}, "float32")


def test_the_paper_profile(project):
    plans = {p.stage: p for p in plan(project, "paper")}
    assert plans["table3_third_order"].runs == 90
    assert plans["table6_robustness"].runs == 30
    assert plans["table6_robustness"].shared == len(plans["table6_robustness"].missing)
    assert set(plans["table1_first_order"].power) == {"C06"}
    assert 0.5 < plans["table1_first_order"].power["C06"].most <= 1
    assert plans["perturbation_growth"].power == {}


def test_both_protocols_can_be_planned_and_say_what_they_borrow(project):
    paper = load_profile(project / "params.yaml", "paper")
    borrowed = {
        protocol: {
            plan.stage: plan.borrowed
            for plan in plan_of(replace(paper, protocol=protocol), project)
            if plan.borrowed
        }
        for protocol in ("as-paper", "as-code")
    }
    assert borrowed["as-paper"] == {}
    assert borrowed["as-code"] == {
        "table7_generalization_gap": ("as-code takes epochs for generalization gap from as-paper",),
        "table5_imagenet": tuple(
            f"as-code takes learning rate and batch at {depth} layers from as-paper"
            for depth in (34, 50)
        ),
        "appendix_fgsm": ("as-code takes epochs for MNIST from as-paper",),
    }


def test_what_is_borrowed_is_said(project):
    code = replace(load_profile(project / "params.yaml", "paper"), protocol="as-code")
    plans = plan_of(code, project, ["appendix_fgsm"])
    text = as_text(plans, exact(1e12), "paper")
    assert "as-code takes epochs for MNIST from as-paper" in text


def test_the_page_on_a_thousand_gpus_counts_the_runs_there_are(project):
    profile = load_profile(project / "params.yaml", "paper")
    stages = [plan_stage(stage, profile, project) for stage in EXPERIMENTS]
    rows = [row for some in stages for row in some if row.data_set != "ImageNet"]
    page = (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"is {len(distinct_runs(rows)):,} distinct runs" in page


def test_power_is_only_of_claims_that_the_profile_decides(project):
    assert all(not p.power for p in plan(project, "mini"))


def test_what_is_on_record_is_not_planned(checkout):
    profile = load_profile(checkout / "params.yaml", "mini")
    (before,) = plan_of(profile, checkout, ["table1_first_order"])
    assert len(before.missing) == before.runs == 2
    rates = rates_here(profile, [before], checkout, torch.device("cpu"))
    assert "measured on a few steps" in as_text([before], rates, "mini")
    assert rates.by_kind["float32", 8].operations > 1e6
    place = Workplace(
        checkout, checkout / "results", checkout / "scratch", "mini", torch.device("cpu")
    )
    train_missing(plan_stage("table1_first_order", profile, checkout), place)
    (after,) = plan_of(profile, checkout, ["table1_first_order"])
    assert after.missing == ()
    rates = rates_here(profile, [before], checkout, torch.device("cpu"))
    assert "2 runs on record of this device" in rates.by_kind["float32", 8].source
    # Of images of another size nothing is known by them.
    larger = [
        replace(run, data=replace(run.data, name="cifar10-jpeg", size=16)) for run in before.missing
    ]
    rates = rates_here(profile, [replace(before, missing=(*larger,))], checkout, CPU)
    assert rates.by_kind["float32", 16].source == "measured on a few steps"
    text = as_text([after], rates_here(profile, [after], checkout, CPU), "mini")
    assert "2 runs, 2 on record, 0 to train" in text


def test_records_of_another_number_of_threads_do_not_count(checkout, monkeypatch):
    """As where two were trained at a time, with a thread each, and one would be now, with two."""
    profile = load_profile(checkout / "params.yaml", "mini")
    (wanted,) = plan_of(profile, checkout, ["table1_first_order"])
    place = Workplace(
        checkout, checkout / "results", checkout / "scratch", "mini", torch.device("cpu")
    )
    train_missing(plan_stage("table1_first_order", profile, checkout), place)
    # The second is of an older version, which counted the last sitting alone.
    sittings = ((100.0, []), (5.0, [30.0, 15.0, 5.0]))
    for run, threads, (seconds, epochs) in zip(wanted.missing, (1, 2), sittings, strict=True):
        record = training_record(place.results, "mini", run)
        environment = {**record["environment"], "threads": threads}
        history = {**record["history"], "seconds": epochs}
        changed = {**record, "environment": environment, "history": history}
        changed["wall_seconds"] = seconds
        path = record_path(place.results, "mini", run.key, "training")
        path.unlink()
        write_json(path, changed)

    def rate(threads):
        monkeypatch.setattr(planning, "threads_for", lambda _small: threads)
        (plan,) = plan_of(profile, checkout, ["table1_first_order"])
        plan = replace(plan, missing=wanted.missing)
        return rates_here(profile, [plan], checkout, CPU).by_kind["float32", 8]

    works = [work_of(run) for run in wanted.missing]
    assert rate(1) == Rate(works[0] / 100, "a run on record of this device")
    assert rate(2) == Rate(works[1] / 50, "a run on record of this device")
    assert rate(3).source == "measured on a few steps"


def test_the_work_of_a_run_is_that_of_its_convolutions(project):
    """Forward multiplications and additions of PreResNet-20: 81.6 million on 32×32 images, twice
    the 41 million multiply-adds that He et al. count; the projections add a little."""
    (row, *_) = plan_stage(
        "table4_comparison", load_profile(project / "params.yaml", "paper"), project
    )
    run = row.runs[0]
    per_image = work_of(run) / (3 * 50000 + 10000) / run.recipe.epochs
    assert 2 * 40.5e6 < per_image < 2 * 42e6


@pytest.mark.parametrize(("gpus", "together"), [(1, 1), (6, 4), (8, 8)])
def test_all_gpus_train_a_run_of_imagenet_and_one_any_other(checkout, monkeypatch, gpus, together):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    monkeypatch.setattr(measuring, "measured_rate", lambda *_: MeasuredRate(1.0, 1e12))
    profile = load_profile(checkout / "params.yaml", "smoke")
    plans = plan_of(profile, checkout, ["table1_first_order", "table5_imagenet"])
    for device, expected in ((torch.device("cuda"), together), (CPU, 1)):
        rates = rates_here(profile, plans, checkout, device)
        (small, *_), (large, *_) = (plan.missing for plan in plans)
        assert rates.seconds(small) == pytest.approx(work_of(small) / 1e12)
        assert rates.seconds(large) == pytest.approx(work_of(large) / 1e12 / expected)
        said = f"of one of {expected} GPUs, which train each run together)"
        assert (said in as_text(plans, rates, "smoke")) == (expected > 1)


def test_every_run_is_paid_for_once(project):
    plans = plan(project, "paper", "table6_robustness", "appendix_pgd")
    assert plans[1].shared == 30
    text = as_text(plans, exact(work_of(plans[0].missing[0]) / 3600), "paper")
    assert "30 runs to train, about 30.0 h on this device" in text


def test_claims_stand_for_their_stages(project):
    assert stages_of(["C23", "C24", "table6_robustness"], project) == [
        "table3_third_order",
        "table6_robustness",
    ]
    with pytest.raises(SuiteError, match="'theorem1_consistency' trains nothing"):
        stages_of(["C18"], project)


def test_unknown_stages_are_refused(project):
    with pytest.raises(SuiteError, match="stage or claim 'table99' is unknown"):
        plan(project, "mini", "table99")


def test_recomputed_states_cost_one_forward_pass_more(project):
    rows = plan_stage("poly_fractal_rev", load_profile(project / "params.yaml", "paper"), project)
    (run,) = [row.runs[0] for row in rows if row.label == "RevNet-32"]
    stored = replace(run, architecture=replace(run.architecture, memory="stored"))
    images = 50_000
    assert work_of(run) / work_of(stored) == pytest.approx(
        (4 * images + 10_000) / (3 * images + 10_000)
    )
