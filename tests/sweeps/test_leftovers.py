"""What a kill has left of finished runs goes; what is of use stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small import small_run

from zerosnet.experiments.records import TRAINING, record_path, write_record
from zerosnet.sweeps.leftovers import remove_leftovers
from zerosnet.sweeps.locks import Lock

RUN, OTHER = small_run(seed=0), small_run(seed=1)


def record_of(epochs, **outcome):
    """The run's record after so many epochs."""
    history = {"test_accuracy": [50.0] * epochs}
    return {"key": RUN.key, "configuration": RUN.configuration, "history": history, **outcome}


@pytest.fixture
def left(tmp_path):
    """Two checkpoints of a run on record, of eight epochs, and one of a run that is not."""
    write_record(tmp_path / "results", "mini", TRAINING, record_of(8))
    finished = record_path(tmp_path / "results", "mini", RUN.key, TRAINING).stat().st_mtime_ns
    paths = []
    for run, name in ((RUN, "00007-a"), (RUN, "00008-b"), (OTHER, "00003-c")):
        folder = tmp_path / "runs" / run.key
        folder.mkdir(parents=True, exist_ok=True)
        paths.append(folder / f"checkpoint-{name}.safetensors")
        paths[-1].touch()
        os.utime(paths[-1], ns=(finished, finished - 1))
    (paths[0].parent / "last_epoch-0.safetensors").touch()
    return paths


def clear_up(root):
    remove_leftovers([RUN, OTHER], root / "results", "mini", root / "runs")


def test_checkpoints_of_a_run_on_record_go(tmp_path, left):
    clear_up(tmp_path)
    assert [path.exists() for path in left] == [False, False, True]
    assert (left[0].parent / "last_epoch-0.safetensors").exists()


def test_those_that_are_newer_than_the_record_stay(tmp_path, left):
    """The same run is under way in another profile."""
    later = left[1].stat().st_mtime_ns + 10**9
    os.utime(left[1], ns=(later, later))
    clear_up(tmp_path)
    assert [path.exists() for path in left] == [False, True, True]


def test_those_of_a_training_that_is_not_finished_stay_however_old_they_are(tmp_path, left):
    """A record is as new as its checkout: another profile or checkout may be training."""
    left[1].unlink()
    clear_up(tmp_path)
    assert left[0].exists()


def test_those_of_a_run_that_diverged_go(tmp_path, left):
    """It has as many epochs as came before it did."""
    outcome = {"outcome": "diverged", "diverged_in_epoch": 7}
    write_record(tmp_path / "results", "mini", TRAINING, record_of(7, **outcome))
    left[1].unlink()
    clear_up(tmp_path)
    assert not left[0].exists()


def test_those_that_were_set_aside_go_and_the_newest_is_the_last(tmp_path, left, monkeypatch):
    """Where a kill comes between, the next call sees that the run was finished."""
    aside = left[1].with_name(f"{left[1].name}.damaged-1a2b3c4d")
    aside.touch()
    os.utime(aside, ns=(0, 0))
    gone, unlink = [], Path.unlink

    def removed(path, missing_ok=False):
        gone.append(path)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", removed)
    clear_up(tmp_path)
    assert [path for path in gone if path.name.startswith("checkpoint-")] == [aside, *left[:2]]


def test_those_of_a_damaged_record_stay(tmp_path, left):
    path = record_path(tmp_path / "results", "mini", RUN.key, TRAINING)
    path.write_text("{}")
    clear_up(tmp_path)
    assert all(path.exists() for path in left)


def test_those_of_a_run_in_other_hands_stay(tmp_path, left):
    with Lock(left[0].parent, "the run").held():
        clear_up(tmp_path)
        assert all(path.exists() for path in left)
    clear_up(tmp_path)
    assert not left[0].exists()


def test_without_a_scratch_folder_there_is_nothing_to_do(tmp_path):
    clear_up(tmp_path)
    assert not any(tmp_path.iterdir())
