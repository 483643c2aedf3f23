"""Records: whole, about the run that their folder names, or refused."""

from __future__ import annotations

import json

import pytest
from small import small_run

from zerosnet.experiments.records import (
    TRAINING,
    commit,
    device_title,
    environment,
    load_record,
    record_path,
    sound_record,
    training_record,
    write_record,
)
from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.storage import read_json, write_json

RUN = small_run()
RECORD = {"key": RUN.key, "configuration": RUN.configuration, "outcome": "completed"}


@pytest.fixture
def path(tmp_path):
    write_record(tmp_path, "mini", TRAINING, RECORD)
    return record_path(tmp_path, "mini", RUN.key, TRAINING)


@pytest.mark.parametrize(
    ("recorded", "title"),
    [
        ({"device": "cpu", "processor": "a chip", "threads": 2}, "a chip, 2 threads"),
        ({"device": "NVIDIA H200", "processor": "a chip", "threads": 16}, "NVIDIA H200"),
    ],
)
def test_a_device_has_a_title(recorded, title):
    assert device_title(recorded) == title


def test_a_record_comes_back(path, tmp_path):
    assert load_record(path) == {"schema": 2, "record": TRAINING, **RECORD}
    assert training_record(tmp_path, "mini", RUN)["outcome"] == "completed"
    assert training_record(tmp_path, "paper", RUN) is None
    assert training_record(tmp_path, "mini", small_run(seed=7)) is None


def change(path, **entries):
    """Change a record on purpose, checksum and all."""
    write_json(path, {**read_json(path, 2), **entries})


def test_a_record_that_was_edited_is_damaged(path):
    path.write_text(path.read_text().replace("completed", "diverged"))
    with pytest.raises(DamagedFileError, match="is damaged: its content is not that of its check"):
        load_record(path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"schema": 3}, "has schema 3, but this version reads 2"),
        ({"configuration": {**RUN.configuration, "seed": 5}}, "its key is not that of its config"),
        ({"configuration": {}}, "its key is not that of its config"),
    ],
)
def test_what_was_changed_is_refused(path, entries, message):
    change(path, **entries)
    with pytest.raises(SuiteError, match=message):
        load_record(path)


def test_a_record_in_another_runs_folder_is_refused(path):
    other = path.parent.with_name("0" * 16)
    path.parent.rename(other)
    with pytest.raises(DamagedFileError, match=f"is the record training of run {RUN.key}"):
        load_record(other / path.name)


def test_a_record_under_another_name_is_refused(path):
    other = path.with_name("noise.json")
    path.rename(other)
    with pytest.raises(DamagedFileError, match="is the record training of run"):
        load_record(other)


def test_a_damaged_record_is_set_aside_for_who_can_make_it_anew(path, tmp_path):
    assert sound_record(tmp_path, "mini", RUN, TRAINING)["outcome"] == "completed"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DamagedFileError):
        training_record(tmp_path, "mini", RUN)
    assert sound_record(tmp_path, "mini", RUN, TRAINING) is None
    assert [found.name.split("-")[0] for found in path.parent.iterdir()] == [
        "training.json.damaged"
    ]
    write_record(tmp_path, "mini", TRAINING, RECORD)
    assert sound_record(tmp_path, "mini", RUN, TRAINING)["outcome"] == "completed"


def test_records_are_only_added(path, tmp_path):
    before = path.read_bytes()
    write_record(tmp_path, "mini", TRAINING, {**RECORD, "outcome": "diverged"})
    assert training_record(tmp_path, "mini", RUN)["outcome"] == "diverged"
    (kept,) = path.parent.glob("training.json.replaced-*")
    assert kept.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000])
def test_damaged_records_are_named(path, content):
    path.write_bytes(content)
    with pytest.raises(SuiteError, match=r"training\.json"):
        load_record(path)


def test_the_environment_names_no_machine():
    import platform

    found = environment("cpu")
    assert found["device"] == "cpu"
    assert found["torch"]
    assert platform.node() not in json.dumps(found).split('"')


def test_the_commit_says_whether_the_code_was_changed(tmp_path, project):
    assert commit(tmp_path) == "unknown"
    assert len(commit(project).removesuffix("+changes")) in (12, len("unknown"))
