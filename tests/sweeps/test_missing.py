"""What is left to do: runs without a record, and trained ones without a measurement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.data.choice import DataChoice
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import TRAINING, record_path, write_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.measuring.measurements import under_noise
from zerosnet.paper.tables import Table
from zerosnet.sweeps.missing import any_can_be_trained, runs_to_measure, runs_without_record
from zerosnet.training.selection import SELECTIONS

NOISE = under_noise(Table("t", ("noise_free_acc_mean_pct",), ()))
WEIGHTS = dict.fromkeys(SELECTIONS, "a sum")
MEASURED = {
    "weights": WEIGHTS,
    "images": None,
    "values": {name: {"noise_free": 1.0} for name in SELECTIONS},
}


@pytest.fixture
def rows(checkout):
    """A row of two runs, on digits."""
    return plan_stage("table1_first_order", load_profile(checkout / "params.yaml"), checkout)


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def of_mnist(rows):
    """The same on images that are not here."""
    return [
        replace(row, runs=tuple(replace(run, data=DataChoice("mnist")) for run in row.runs))
        for row in rows
    ]


def put_on_record(results, runs, outcome="completed"):
    for run in runs:
        content = {"configuration": run.configuration, "outcome": outcome, "weights": WEIGHTS}
        write_record(results, "mini", TRAINING, {"key": run.key, **content})


def test_a_run_without_a_record_is_left_once(results, rows, capsys):
    first, second = rows[0].runs
    put_on_record(results, [first])
    assert runs_without_record([*rows, *rows], results, "mini", ()) == [second]
    assert "2 runs, 1 to train" in capsys.readouterr().err
    assert runs_without_record(rows, results, "paper", ()) == [first, second]


def test_a_damaged_record_is_none(results, rows):
    put_on_record(results, rows[0].runs)
    record_path(results, "mini", rows[0].runs[1].key, TRAINING).write_text("{")
    assert runs_without_record(rows, results, "mini", ()) == [rows[0].runs[1]]


def test_images_that_may_be_missing_leave_their_runs_out(results, rows, capsys):
    absent = of_mnist(rows)
    assert runs_without_record([*rows, *absent], results, "mini", ["mnist"]) == [*rows[0].runs]
    said = capsys.readouterr().err
    assert "mnist is not at hand: its runs are left out. To have it: " in said
    assert "4 runs, 2 to train" in said
    # Who trains them says what has to be here.
    assert runs_without_record(absent, results, "mini", []) == [*absent[0].runs]


def test_runs_can_be_trained_whose_images_are_here(results, rows):
    assert any_can_be_trained([*of_mnist(rows), *rows], results, "mini")
    assert not any_can_be_trained(of_mnist(rows), results, "mini")
    put_on_record(results, rows[0].runs)
    assert not any_can_be_trained(rows, results, "mini")


def test_what_is_trained_and_not_measured_is_to_be_measured(results, rows):
    first, second = rows[0].runs
    assert runs_to_measure(rows, NOISE, results, "mini") == {}
    put_on_record(results, [first, second])
    found = runs_to_measure([*rows, *rows], NOISE, results, "mini")
    assert [run for run, _ in found.values()] == [first, second]
    assert all(record["weights"] == WEIGHTS for _, record in found.values())
    write_record(results, "mini", NOISE.name, {"key": first.key, **MEASURED})
    assert list(runs_to_measure(rows, NOISE, results, "mini")) == [second.key]


def test_a_run_that_diverged_is_not_measured(results, rows):
    put_on_record(results, rows[0].runs, outcome="diverged")
    assert runs_to_measure(rows, NOISE, results, "mini") == {}


@pytest.mark.parametrize(
    "other",
    [
        {"weights": dict.fromkeys(SELECTIONS, "another sum")},
        {"images": 20},
        {"values": {name: {"gauss_sd0.01": 1.0} for name in SELECTIONS}},
    ],
)
def test_another_measurement_does_not_count(results, rows, other):
    (run, *_) = rows[0].runs
    put_on_record(results, [run])
    write_record(results, "mini", NOISE.name, {"key": run.key, **MEASURED, **other})
    assert list(runs_to_measure(rows, NOISE, results, "mini")) == [run.key]
