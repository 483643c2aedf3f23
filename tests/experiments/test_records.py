"""Records: whole, about the run that their folder names, or refused."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest
from small import small_place, small_run

from zerosnet.experiments.records import (
    TRAINING,
    commit,
    device_title,
    environment,
    find_record,
    load_record,
    record_path,
    seconds_of,
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


@pytest.mark.parametrize(
    ("wall", "history", "seconds"),
    [
        (12.5, {"seconds": [4.0, 5.25]}, 12.5),
        (
            6.5,
            {"seconds": [4.0, 5.25, 5.1]},
            14.35,
        ),  # the last epoch had a sitting of its own
        (0.5, {"seconds": []}, 0.5),  # diverged in its first epoch
        (0.5, {}, 0.5),
    ],
)
def test_a_training_took_its_sittings_together(wall, history, seconds):
    assert seconds_of({"wall_seconds": wall, "history": history}) == seconds


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


def git(folder, *arguments):
    command = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """A repository with a file of the package in it, committed."""
    folder = tmp_path / "outer"
    (folder / "zerosnet").mkdir(parents=True)
    (folder / "zerosnet" / "steps.py").write_text("one\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_the_commit_says_whether_the_code_was_changed(repository):
    clean, why = commit(repository)
    assert re.fullmatch(r"[0-9a-f]{12}", clean)
    assert why == ""
    (repository / "zerosnet" / "steps.py").write_text("two\n")
    assert commit(repository) == (f"{clean}+changes", "")


def test_a_checkout_unpacked_inside_another_repository_has_not_its_commit(repository):
    inner = repository / "unpacked"
    inner.mkdir()
    assert commit(inner) == ("unknown", f"it lies inside another repository, {repository}")


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE"])
def test_another_repositorys_variables_are_not_asked(repository, tmp_path, monkeypatch, variable):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    git(other, "commit", "--quiet", "--allow-empty", "--message", "other")
    expected = commit(repository)
    monkeypatch.setenv(variable, str(other / (".git" if variable == "GIT_DIR" else "")))
    assert commit(repository) == expected


def test_without_git_or_a_repository_the_reason_is_given(tmp_path, monkeypatch):
    found, why = commit(tmp_path)
    assert (found, why[:38]) == ("unknown", "git says 'fatal: not a git repository ")
    monkeypatch.setenv("PATH", str(tmp_path))
    found, why = commit(tmp_path)
    assert found == "unknown"
    assert "No such file or directory: 'git'" in why


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_checkout_that_another_user_owns_is_known_for_it(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))  # who runs the tests may trust every folder
    for path in (repository, repository / ".git"):
        os.chown(path, 12345, 12345)
    asked = subprocess.run(["git", "rev-parse"], cwd=repository, capture_output=True, check=False)
    if asked.returncode == 0:
        pytest.skip("git trusts every folder of this machine")
    found, why = commit(repository)
    assert found == "unknown"
    assert "dubious ownership" in why


def test_records_without_a_commit_say_why_once(checkout, capsys):
    place = small_place(checkout)
    assert capsys.readouterr().err == ""  # who writes no record is not told
    for name in ("one", "two"):
        place.put_on_record(name, {"key": RUN.key, **place.provenance()})
        assert find_record(place.results, "smoke", RUN, name)["commit"] == "unknown"
    said = capsys.readouterr().err
    assert said.startswith("records name no commit, which is unknown: git says ")
    assert said.count("\n") == 1
