"""Measuring: with the weights of the training, once, in float32."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small import train_missing

from zerosnet.experiments.records import (
    find_record,
    load_record,
    record_path,
    training_record,
)
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import write_json
from zerosnet.measuring.measurements import under_noise
from zerosnet.paper.tables import Table
from zerosnet.sweeps import measure
from zerosnet.sweeps.measure import measure_missing
from zerosnet.training.arithmetic.check import WrongArithmeticError
from zerosnet.training.checkpoint import save_weights
from zerosnet.training.loop import trained_network
from zerosnet.training.steps import set_arithmetic

COLUMNS = ("noise_free_acc_mean_pct", "gauss_sd0.04_acc_mean_pct")
CLEAN = under_noise(Table("t", COLUMNS[:1], ()))
NOISY = under_noise(Table("t", COLUMNS, ()))


def test_a_network_that_is_computed_wrong_is_not_measured_and_others_are(
    place, rows, monkeypatch, capsys
):
    train_missing(rows, place)
    first, second = rows[0].runs
    right = measure.checked

    def checked(run, device, wanted):
        if run == first:
            raise WrongArithmeticError(f"{run.label} is not {wanted}: torch 0.0 is wrong")
        return right(run, device)

    monkeypatch.setattr(measure, "checked", checked)
    capsys.readouterr()
    with pytest.raises(SuiteError, match="1 of 2 runs are not measured, as said above"):
        measure_missing(rows, CLEAN, place)
    assert f"{first.label} is not measured: torch 0.0 is wrong" in capsys.readouterr().err
    assert find_record(place.results, "mini", first, "noise") is None
    assert find_record(place.results, "mini", second, "noise") is not None
    with pytest.raises(SuiteError, match="1 of 1 runs are not measured"):
        measure_missing(rows, CLEAN, place)


def test_what_another_process_measures_meanwhile_is_not_counted_here(place, rows, monkeypatch):
    train_missing(rows, place)
    first, second = rows[0].runs
    said = []

    def advance(_progress, _units, message, *, own=True):
        said.append((message, own))

    monkeypatch.setattr(measure, "is_to_measure", lambda run, *_: run != first)
    monkeypatch.setattr(measure.Progress, "advance", advance)
    assert measure_missing(rows, CLEAN, place) == 1
    assert said == [
        (f"{first.label} was measured by another process", False),
        (f"measured {second.label}", True),
    ]
    assert find_record(place.results, "mini", first, "noise") is None


def test_measurements_are_in_float32_whatever_was_trained_before(place, rows):
    """On a GPU, training in bfloat16 leaves TensorFloat-32 in force."""
    train_missing(rows, place)
    seen = []

    def measure(*_):
        seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic))
        return {"noise_free": 1.0}

    set_arithmetic(replace(rows[0].runs[0].recipe, precision="bfloat16"))
    assert torch.backends.cudnn.allow_tf32
    measure_missing(rows, replace(CLEAN, measure=measure), place)
    assert set(seen) == {(False, True)}


def test_measurements_are_of_the_trained_weights(place, rows):
    train_missing(rows, place)
    assert measure_missing(rows, NOISY, place) == 2
    for run in rows[0].runs:
        trained = training_record(place.results, "mini", run)
        measured = find_record(place.results, "mini", run, "noise")
        for selection in ("last_epoch", "best_on_test"):
            assert measured["values"][selection]["noise_free"] == pytest.approx(
                trained["selected"][selection]["test_accuracy"], abs=1e-4
            )
    assert measure_missing(rows, NOISY, place) == 0
    assert measure_missing(rows, CLEAN, place) == 2  # other columns: measured anew


def test_weights_that_are_not_here_are_named(place, rows):
    train_missing(rows, place)
    next(place.scratch.rglob("last_epoch-*.safetensors")).unlink()
    with pytest.raises(SuiteError, match="its weights are not"):
        measure_missing(rows, CLEAN, place)


def test_the_same_weights_are_measured_once(place, rows):
    train_missing(rows, place)
    counted = []

    def measure(network, images, device):
        counted.append(network)
        return {"noise_free": 1.0}

    measure_missing(rows, replace(CLEAN, measure=measure), place)
    records = [training_record(place.results, "mini", run) for run in rows[0].runs]
    assert len(counted) == sum(len(set(record["weights"].values())) for record in records)


def test_a_measurement_of_other_weights_is_made_again(place, rows):
    train_missing(rows, place)
    measure_missing(rows, CLEAN, place)
    run = rows[0].runs[0]
    path = record_path(place.results, "mini", run.key, CLEAN.name)
    write_json(path, {**load_record(path), "weights": {"last_epoch": "x", "best_on_test": "x"}})
    assert measure_missing(rows, CLEAN, place) == 1
    assert load_record(path)["weights"] == training_record(place.results, "mini", run)["weights"]


def test_weights_of_another_network_are_refused(place, rows):
    train_missing(rows, place)
    run = rows[0].runs[0]
    record = training_record(place.results, "mini", run)
    sha256 = save_weights(place.folder(run), "last_epoch", {"w": torch.zeros(2)})
    record["weights"]["last_epoch"] = sha256
    with pytest.raises(SuiteError, match="of another version's network"):
        trained_network(run, record, "last_epoch", place.folder(run), place.device)


def test_what_is_checked_is_what_measures(place, rows, monkeypatch):
    """Float32, whatever the networks were trained in."""
    half = [
        replace(
            row,
            runs=tuple(
                replace(run, recipe=replace(run.recipe, precision="bfloat16")) for run in row.runs
            ),
        )
        for row in rows
    ]
    train_missing(half, place)
    seen = []

    def spied(name):
        right = getattr(measure, name)

        def spy(runs, *others):
            seen.extend(runs if isinstance(runs, list) else [runs])
            return right(runs, *others)

        monkeypatch.setattr(measure, name, spy)

    spied("checked")
    spied("check_all")
    count = measure_missing(half, CLEAN, place)
    assert count > 0
    assert [run.recipe.precision for run in seen] == ["float32"] * 2 * count
