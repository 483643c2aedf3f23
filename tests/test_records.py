"""Records: whole, about the run that their folder names, or refused."""

from __future__ import annotations

import json

import pytest
from small import small_run

from zerosnet.errors import SuiteError
from zerosnet.records import (
    TRAINING,
    commit,
    device_title,
    environment,
    load_record,
    run_folder,
    training_record,
    write_record,
)

RUN = small_run()
RECORD = {"key": RUN.key, "configuration": RUN.configuration, "outcome": "completed"}


@pytest.fixture
def path(tmp_path):
    write_record(tmp_path, "mini", TRAINING, RECORD)
    return run_folder(tmp_path, "mini", RUN.key) / TRAINING


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
    assert load_record(path) == {"schema": 1, **RECORD}
    assert training_record(tmp_path, "mini", RUN)["outcome"] == "completed"
    assert training_record(tmp_path, "paper", RUN) is None
    assert training_record(tmp_path, "mini", small_run(seed=7)) is None


def change(path, **entries):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **entries}))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"schema": 2}, "has schema 2, but this version reads 1"),
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
    with pytest.raises(SuiteError, match=f"belongs to run {RUN.key}"):
        load_record(other / TRAINING)


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
