"""Records joined back to the rows that asked for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import yaml
from evidence_at_hand import row
from small import train_missing

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import load_record
from zerosnet.experiments.rows import all_tables, paper_tables, plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import write_json
from zerosnet.judging.evidence import gather
from zerosnet.measuring.measurements import measurement_of
from zerosnet.sweeps.measure import measure_missing
from zerosnet.sweeps.workplace import Workplace

CPU = torch.device("cpu")


def evidence_of(stage, checkout, upto="measure", most=None):
    profile = load_profile(checkout / "params.yaml", "mini")
    experiment = EXPERIMENTS[stage]
    rows = plan_stage(stage, profile, checkout)[:most]
    paper = all_tables(checkout)[experiment.table]
    place = Workplace(checkout, checkout / "results", checkout / "scratch", "mini", CPU)
    if upto in ("train", "measure"):
        train_missing(rows, place)
    if upto == "measure":
        measurement = measurement_of(experiment, paper, profile.tables[stage].images)
        measure_missing(rows, measurement, place)
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
    assert evidence.setups["CIFAR-10"]["data"]["train"] == 100
    assert len(only.curve) == 3


def test_hours_are_of_all_sittings(checkout):
    """Older records have the clock of the last one, and the seconds of every epoch."""
    (only,) = evidence_of("table1_first_order", checkout, upto="train").rows
    for path in (checkout / "results/mini/runs").glob("*/training.json"):
        record = load_record(path)
        record["history"]["seconds"] = [3600.0, 3600.0, 1800.0]
        write_json(path, {**record, "wall_seconds": 1900.0})
    provenance = evidence_of("table1_first_order", checkout, upto="nothing").provenance
    assert provenance["hours"] == 5
    assert set(provenance["hours_by_run"].values()) == {2.5}
    assert set(provenance["hours_by_run"]) == set(only.keys.values())


def test_the_accuracy_beside_a_sharpness_is_the_trainings(checkout):
    """One run has one accuracy; the curvature is of the network as measured."""
    evidence = evidence_of("deformation", checkout, most=1)
    checked = 0
    for r in evidence.rows:
        for seed, key in r.keys.items():
            folder = checkout / "results" / "mini" / "runs" / key
            history = load_record(folder / "training.json")["history"]["test_accuracy"]
            taken = load_record(folder / "sharpness.json")["values"]
            assert r.measured["last_epoch"]["test"][seed] == history[-1]
            assert r.measured["best_on_test"]["test"][seed] == max(history)
            assert r.measured["last_epoch"]["sharpness"][seed] == taken["last_epoch"]["sharpness"]
            # As on another device, where the measurement has another accuracy.
            record = load_record(folder / "sharpness.json")
            for values in record["values"].values():
                values["test"] = -1.0
            write_json(folder / "sharpness.json", record)
            checked += 1
    assert checked
    again = evidence_of("deformation", checkout, upto="nothing", most=1)
    assert [r.measured for r in again.rows] == [r.measured for r in evidence.rows]


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


@pytest.mark.parametrize(
    "value", ["sharpness", "gap", "top5", "drop", "noisy_accuracy", "under_noise", "under_pgd"]
)
def test_a_value_that_is_not_measured_is_an_error_and_not_another_value(value):
    made = row("a", True, [90.0, 91.0])
    made.measured["last_epoch"]["held_out"] = {0: 80.0, 1: 81.0}
    assert made.values("accuracy", "last_epoch") == {0: 90.0, 1: 91.0}
    with pytest.raises(SuiteError, match=f"'{value}' is not measured .* are test, held_out"):
        made.values(value, "last_epoch")


def test_diverged_runs_are_a_category_of_their_own(checkout):
    evidence_of("table1_first_order", checkout, upto="train")
    path = next((checkout / "results").rglob("training.json"))
    record = load_record(path)
    write_json(path, {**record, "outcome": "diverged", "selected": {}})
    (only,) = evidence_of("table1_first_order", checkout, upto="nothing").rows
    assert only.diverged == (record["configuration"]["seed"],)
    assert len(only.measured["last_epoch"]["test"]) == 1


def test_both_data_sets_of_table_4_are_rows(checkout):
    evidence = evidence_of("table4_comparison", checkout, upto="nothing")
    assert len(evidence.rows) == 8
    assert {r.data_set for r in evidence.rows} == {"CIFAR-10", "CIFAR-100"}
    assert set(evidence.setups) == {"CIFAR-10", "CIFAR-100"}
    by_label = {r.label: r for r in evidence.rows}
    assert by_label["ResNet, CIFAR-10"].reported == {"test": (91.25, None)}
    assert by_label["ZeroSNet-Tra, CIFAR-100"].reported == {"test": (69.90, 0.26)}
    assert by_label["ZeroSNet-Tra, CIFAR-100"].zero_stable is None
    started = "LM trainable k from U(-0.1, 0), stored as 1 − k"
    assert by_label["LM-ResNet, CIFAR-10"].method == started
    assert not any(r.same_data_set or r.same_images for r in evidence.rows)


def test_a_gap_is_measured_with_the_weights(checkout):
    evidence = evidence_of("table7_generalization_gap", checkout)
    assert evidence.columns == ("train", "test", "gap")
    assert {r.layers for r in evidence.rows} == {8, 20}
    for r in evidence.rows:
        assert set(r.reported) == {"train", "test", "gap"}
        assert r.reported["gap"][1] is None
        gaps = r.values("gap", "last_epoch")
        assert set(gaps) == {0, 1}
        for seed, gap in gaps.items():
            train, test = (r.measured["last_epoch"][c][seed] for c in ("train", "test"))
            assert gap == pytest.approx(train - test, abs=1e-3)


def test_a_measurement_on_another_number_of_images_does_not_count(checkout):
    evidence_of("appendix_pgd", checkout)
    path = checkout / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["profiles"]["mini"]["tables"]["appendix_pgd"]["images"] = 30
    path.write_text(yaml.safe_dump(content))
    evidence = evidence_of("appendix_pgd", checkout, upto="nothing")
    assert all(not r.values("accuracy", "last_epoch") for r in evidence.rows)


@pytest.mark.parametrize(
    ("entry", "same_data_set", "same_images"),
    [
        ({"name": "cifar10"}, True, True),
        ({"name": "cifar10", "size": 16}, True, False),
        ({"name": "cifar10", "test": 5000}, True, False),
        ({"name": "cifar10-jpeg"}, True, False),
        ({"name": "cifar100"}, False, False),
    ],
)
def test_the_papers_images_are_the_whole_canonical_ones(
    checkout, entry, same_data_set, same_images
):
    path = checkout / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["profiles"]["mini"]["data"]["CIFAR-10"] = entry
    path.write_text(yaml.safe_dump(content))
    (only,) = evidence_of("table1_first_order", checkout, upto="nothing").rows
    assert (only.same_data_set, only.same_images) == (same_data_set, same_images)


def test_values_are_means_over_one_kind_of_perturbation():
    columns = {
        NOISE_FREE: {0: 90.0},
        "gauss_sd0.04": {0: 80.0},
        "shot_n100": {0: 70.0, 1: 60.0},
        "fgsm_1/255": {0: 50.0},
        "fgsm_2/255": {0: 40.0},
        "pgd20_1/255": {0: 30.0},
    }
    mixed = replace(row("a", None, []), measured={"last_epoch": columns})
    assert mixed.values("under_noise", "last_epoch") == {0: 75.0}
    assert mixed.values("under_fgsm", "last_epoch") == {0: 45.0}
    assert mixed.values("under_pgd", "last_epoch") == {0: 30.0}
    assert mixed.values("accuracy", "last_epoch") == {0: 90.0}
    clean = replace(mixed, measured={"last_epoch": {NOISE_FREE: {0: 90.0}}})
    with pytest.raises(SuiteError, match="'under_noise' is not measured"):
        clean.values("under_noise", "last_epoch")
