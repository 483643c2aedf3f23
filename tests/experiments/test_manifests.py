"""Manifests: what a stage rests on; removed where that is gone, so that the stage is done again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import small_run

from zerosnet.experiments.manifests import (
    manifest_path,
    remove_stale_manifests,
    write_manifest,
    write_timings_manifest,
)
from zerosnet.experiments.records import TRAINING, record_path, write_record
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import write_json

RUNS = [small_run(seed=seed) for seed in (0, 1)]


@pytest.fixture
def results(tmp_path):
    """Two runs on record, one of them measured; times; three manifests."""
    for run in RUNS:
        content = {"key": run.key, "configuration": run.configuration}
        write_record(tmp_path, "mini", TRAINING, content)
    write_record(tmp_path, "mini", "noise", {"key": RUNS[0].key})
    write_json(tmp_path / "mini" / "runtime" / "cpu.json", {"schema": 1})
    write_manifest(manifest_path(tmp_path, "mini", "train", "table1"), RUNS, [TRAINING])
    write_manifest(manifest_path(tmp_path, "mini", "measure", "table6"), RUNS, [TRAINING, "noise"])
    write_timings_manifest(manifest_path(tmp_path, "mini", "measure", "table9"))
    return tmp_path


def stale(results):
    return [path.stem for path in remove_stale_manifests(results, "mini")]


def test_a_manifest_names_the_records_that_there_are(results):
    path = manifest_path(results, "mini", "measure", "table6")
    content = json.loads(path.read_text())
    assert [run["key"] for run in content["runs"]] == [run.key for run in RUNS]
    assert [sorted(run["sha256"]) for run in content["runs"]] == [
        ["noise.json", "training.json"],
        ["training.json"],
    ]
    before = path.read_bytes()
    write_manifest(path, RUNS, [TRAINING, "noise"])
    assert path.read_bytes() == before


def test_what_holds_stays(results):
    assert stale(results) == []
    assert stale(results / "absent") == []
    assert manifest_path(results, "mini", "train", "table1").exists()


@pytest.mark.parametrize("fault", ["missing", "changed", "a folder in its place"])
def test_stages_whose_record_is_lost_are_done_again(results, fault, capsys):
    path = record_path(results, "mini", RUNS[1].key, TRAINING)
    if fault == "changed":
        path.write_bytes(path.read_bytes() + b" ")
    else:
        path.unlink()
        if fault != "missing":
            path.mkdir()
    assert stale(results) == ["table1", "table6"]
    assert "training.json is missing or not what it was: table1 is done" in capsys.readouterr().err
    assert stale(results) == []


def test_only_the_stages_that_it_concerns(results):
    record_path(results, "mini", RUNS[0].key, "noise").unlink()
    assert stale(results) == ["table6"]


def test_times_that_are_lost_are_taken_again(results):
    (results / "mini" / "runtime" / "cpu.json").write_text("{}")
    assert stale(results) == ["table9"]


def test_a_damaged_manifest_is_written_again(results):
    path = manifest_path(results, "mini", "train", "table1")
    path.write_bytes(path.read_bytes()[:-30])
    assert stale(results) == ["table1"]


def test_a_record_is_the_same_with_the_line_ends_of_another_system(results):
    path = record_path(results, "mini", RUNS[0].key, TRAINING)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert stale(results) == []


@pytest.mark.parametrize("closed", ["read_bytes", "stat"])
def test_a_record_that_may_not_be_read_is_no_reason_to_do_a_stage_again(
    results, closed, monkeypatch
):
    def refuse(self, *_arguments, **_named):
        if self.name == "training.json":
            raise PermissionError(13, "Permission denied")
        return usual(self, *_arguments, **_named)

    usual = getattr(Path, closed)
    monkeypatch.setattr(Path, closed, refuse)
    with pytest.raises(SuiteError, match=r"training\.json \(Permission denied\): make"):
        remove_stale_manifests(results, "mini")
    monkeypatch.undo()
    assert manifest_path(results, "mini", "train", "table1").exists()


def test_a_closed_folder_of_manifests_is_named(results, monkeypatch):
    def refuse(_path, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(SuiteError, match=r"cannot look for .*train \(Permission denied\): make"):
        remove_stale_manifests(results, "mini")


def test_a_stale_manifest_that_cannot_be_removed_is_named(results, monkeypatch):
    record_path(results, "mini", RUNS[0].key, TRAINING).unlink()

    def refuse(self, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(SuiteError, match=r"cannot remove .*\.json \(Permission denied\): make"):
        remove_stale_manifests(results, "mini")
