"""What a kill has left of finished runs goes; what is of use stays."""

from __future__ import annotations

import os

import pytest
from small import small_run

from zerosnet.experiments.records import TRAINING, record_path, write_record
from zerosnet.sweeps.leftovers import remove_leftovers
from zerosnet.sweeps.locks import Lock

RUN, OTHER = small_run(seed=0), small_run(seed=1)


@pytest.fixture
def left(tmp_path):
    """Two checkpoints of a run on record and one of a run that is not."""
    write_record(tmp_path / "results", "mini", TRAINING, {"key": RUN.key})
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


def test_those_of_a_run_in_other_hands_stay(tmp_path, left):
    with Lock(left[0].parent, "the run").held():
        clear_up(tmp_path)
        assert all(path.exists() for path in left)
    clear_up(tmp_path)
    assert not left[0].exists()


def test_without_a_scratch_folder_there_is_nothing_to_do(tmp_path):
    clear_up(tmp_path)
    assert not any(tmp_path.iterdir())
