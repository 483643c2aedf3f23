"""Records joined back to the rows that asked for them."""

from __future__ import annotations

import pytest
import torch
from evidence_at_hand import row, table

from zerosnet.evidence import NOISE_FREE, gather
from zerosnet.experiments import EXPERIMENTS, paper_tables, plan_stage
from zerosnet.measurements import measurement_of
from zerosnet.profiles import load_profile
from zerosnet.sweep import Workplace, measure_missing, train_missing

CPU = torch.device("cpu")


def evidence_of(stage, checkout, upto="measure"):
    profile = load_profile(checkout / "params.yaml", "mini")
    experiment = EXPERIMENTS[stage]
    rows = plan_stage(stage, profile, checkout)
    paper = paper_tables(checkout)[experiment.table]
    place = Workplace(checkout, checkout / "results", checkout / "scratch", "mini", CPU)
    if upto in ("train", "measure"):
        train_missing(rows, place)
    if upto == "measure":
        measure_missing(rows, measurement_of(experiment, paper), place)
    return gather(experiment, paper, rows, profile, place.results)


def test_what_is_missing_stays_missing(checkout):
    evidence = evidence_of("table1_first_order", checkout, upto="nothing")
    (only,) = evidence.rows
    assert only.measured["last_epoch"] == {"test": {}}
    (printed,) = [
        row
        for row in paper_tables(checkout)[EXPERIMENTS["table1_first_order"].table].rows
        if row["alpha"] == "1"
    ]
    reported = (float(printed["test_acc_mean_pct"]), float(printed["test_acc_std_pct"]))
    assert only.reported == {"test": reported}
    assert evidence.provenance["commits"] == ()
    assert evidence.provenance["hours"] == 0


def test_trained_rows_carry_their_runs(checkout):
    evidence = evidence_of("table1_first_order", checkout, upto="train")
    (only,) = evidence.rows
    assert only.method == "(1; 1)"
    assert only.zero_stable
    assert only.layers == 8
    assert set(only.measured["last_epoch"]["test"]) == {0, 1}
    assert set(only.keys) == {0, 1}
    assert len(evidence.provenance["data_checksums"]) == 1
    assert set(evidence.provenance["hours_by_run"]) == set(only.keys.values())
    assert evidence.setup["data"]["train"] == 100


def test_noise_is_joined_by_its_columns(checkout):
    evidence = evidence_of("table6_robustness", checkout)
    assert evidence.columns[0] == NOISE_FREE
    assert len(evidence.columns) == 7
    assert len(evidence.rows) == 10
    assert sum(r.zero_stable for r in evidence.rows) == 6
    for r in evidence.rows:
        assert set(r.reported) == set(evidence.columns)
        drops = r.values("drop", "last_epoch")
        noisy = r.values("noisy_accuracy", "last_epoch")
        clean = r.values("accuracy", "last_epoch")
        assert set(drops) == {0, 1}
        for seed in drops:
            assert drops[seed] == pytest.approx(clean[seed] - noisy[seed])


def test_without_measurements_a_noisy_table_has_no_values(checkout):
    evidence = evidence_of("table6_robustness", checkout, upto="train")
    assert all(not r.values("drop", "last_epoch") for r in evidence.rows)


def test_diverged_runs_are_a_category_of_their_own(checkout):
    import json

    evidence_of("table1_first_order", checkout, upto="train")
    path = next((checkout / "results").rglob("training.json"))
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "outcome": "diverged", "selected": {}}))
    (only,) = evidence_of("table1_first_order", checkout, upto="nothing").rows
    assert only.diverged == (record["configuration"]["seed"],)
    assert len(only.measured["last_epoch"]["test"]) == 1


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"data_sets": ("cifar10-jpeg",)}, False),
        ({"size": 16}, False),
        ({"test": 5000}, False),
    ],
)
def test_the_papers_images_are_the_whole_canonical_ones(changes, same):
    assert table([row("a", True, [1.0])], **changes).same_images == same
