"""results/runs.csv: a line a run, from the records and what judging made of them."""

from __future__ import annotations

import csv
import io
import json

import pandas
import pytest
from conftest import PROJECT

from zerosnet.experiments.records import write_record
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.methods.stability import all_moduli
from zerosnet.reporting.flat_runs import COLUMNS, as_csv, flat_runs, recorded_method
from zerosnet.training.runs import configuration_key


def network(step="interior (1/3, 5/9, 1/9; 16/9)"):
    return {"depth": 20, "parameters": 7, "steps": [[2, "starter (1; 1)"], [3, step]]}


def record(**changes):
    configuration = {
        "network": changes.pop("network", network()),
        "data": {"name": "digits", "size": None, "train": 100, "test": 50},
        "recipe": {
            "protocol": "as-paper",
            "epochs": 2,
            "learning_rate": 0.1,
            "precision": "float32",
        },
        "seed": changes.pop("seed", 0),
    }
    return {
        "key": configuration_key(configuration),
        "label": "whatever its table called it, 20 layers, digits, seed 0",
        "configuration": configuration,
        "outcome": "completed",
        "history": {"train_loss": [2.0, 1.5], "train_accuracy": [20.0, 40.0]},
        "selected": {
            "last_epoch": {"epoch": 1, "test_accuracy": 41.5},
            "best_on_test": {"epoch": 0, "test_accuracy": 43.0},
        },
        "wall_seconds": 1.25,
        "environment": {"device": "cpu", "processor": "A CPU, with a comma", "threads": 2},
        "commit": "abc",
        "finished": "2026-01-01T00:00:00+00:00",
        **changes,
    }


def rows_of(tmp_path, *records, results=None):
    for each in records:
        write_record(tmp_path / "results", "mini", "training", each)
    return flat_runs(tmp_path, results or {"mini": {}})


def test_a_line_holds_what_the_record_says(tmp_path):
    entry = record()
    (row,) = rows_of(tmp_path, entry)
    assert list(row) == list(COLUMNS)
    assert (row["method"], row["coefficients"]) == ("ZeroSNet-Opt", ZEROSNET_OPT.label)
    assert (row["roots"], row["zero_stable"]) == ("1.0000 0.3333 0.3333", "yes")
    assert (row["accuracy_last"], row["accuracy_best"]) == ("41.5", "43.0")
    assert (row["train_loss"], row["train_accuracy"], row["seconds"]) == ("1.5", "40.0", "1.25")
    assert (row["data"], row["image_size"], row["seed"], row["key"]) == (
        "digits",
        "",
        "0",
        entry["key"],
    )
    assert json.loads(row["recipe"]) == entry["configuration"]["recipe"]
    assert json.loads(row["network"]) == entry["configuration"]["network"]


def test_seconds_are_of_all_sittings(tmp_path):
    entry = record(history={"seconds": [2.5, 1.0]})
    (row,) = rows_of(tmp_path, entry)
    assert row["seconds"] == "3.5"


def test_rows_of_tables_that_use_a_run_are_named(tmp_path):
    entry = record()
    tables = {
        stage: {
            "stage": stage,
            "evidence": {
                "rows": [{"number": 3, "keys": {"0": entry["key"]}}, {"number": 4, "keys": {}}]
            },
        }
        for stage in ("table6_robustness", "table3_third_order")
    }
    exact = {"theorem1_consistency": {"stage": "theorem1_consistency", "evidence": None}}
    (row,) = rows_of(tmp_path, entry, results={"mini": tables | exact})
    assert row["stage_rows"] == "table3_third_order:3 table6_robustness:3"


def test_a_run_that_diverged_has_no_accuracy(tmp_path):
    history = {"train_loss": [], "train_accuracy": []}
    (row,) = rows_of(tmp_path, record(outcome="diverged", selected={}, history=history))
    assert row["outcome"] == "diverged"
    assert {row[name] for name in ("accuracy_last", "accuracy_best", "train_loss")} == {""}


def test_trained_coefficients_have_no_roots(tmp_path):
    trained = network("interior zerosnet(1) trained")
    (row,) = rows_of(tmp_path, record(network=trained))
    assert row["method"] == "whatever its table called it"
    assert (row["coefficients"], row["roots"], row["zero_stable"]) == ("", "", "")


def test_a_factor_of_the_branch_is_no_part_of_the_method():
    found = recorded_method(network("interior (2; 1) · (1/2)^3"))
    assert found is not None
    assert (found.label, all_moduli(found)) == ("(2; 1)", (2.0,))


def test_pandas_reads_the_file_whatever_the_names_hold(tmp_path):
    content = as_csv(rows_of(tmp_path, record(), record(seed=1)))
    frame = pandas.read_csv(io.BytesIO(content), dtype={"key": str})
    assert list(frame.columns) == list(COLUMNS)
    assert set(frame["device"]) == {"A CPU, with a comma"}
    assert frame["accuracy_last"].mean() == 41.5


def test_a_damaged_record_is_refused(tmp_path):
    entry = record()
    rows_of(tmp_path, entry)
    path = tmp_path / "results" / "mini" / "runs" / entry["key"] / "training.json"
    path.write_text(path.read_text().replace("41.5", "51.5"))
    with pytest.raises(SuiteError, match="damaged"):
        flat_runs(tmp_path, {"mini": {}})


def test_every_line_in_git_has_its_record():
    """That every record has its line is `report --check`'s to say, once reports are made anew."""
    text = (PROJECT / "results" / "runs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({(row["profile"], row["key"]) for row in rows}) == len(rows) > 400
    for row in rows:
        folder = PROJECT / "results" / row["profile"] / "runs" / row["key"]
        assert (folder / "training.json").exists()


def test_every_column_is_explained():
    text = (PROJECT / "docs" / "runs.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | {meaning} |" in text for name, meaning in COLUMNS.items())
    assert text.count("\n| `") == len(COLUMNS)
