"""Several processes on one sweep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from outcomes import training_records

from zerosnet.__main__ import main
from zerosnet.experiments.rows import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import side_by_side, sweep
from zerosnet.sweeps.side_by_side import JOBS_VARIABLE, jobs_from, run_side_by_side


def train(*arguments, **variables):
    return subprocess.Popen(
        [sys.executable, "-m", "zerosnet", "train", "table1_first_order", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )


def test_the_option_counts_more_than_the_variable(monkeypatch):
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    assert jobs_from(None) is None
    monkeypatch.setenv(JOBS_VARIABLE, "3")
    assert jobs_from(None) == 3
    assert jobs_from(2) == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_bad_number_is_named(monkeypatch, text):
    monkeypatch.setenv(JOBS_VARIABLE, text)
    with pytest.raises(SuiteError, match=f"{JOBS_VARIABLE} is '{text}': give a number"):
        jobs_from(None)


def test_zero_jobs_are_refused():
    with pytest.raises(SuiteError, match="--jobs is '0'"):
        jobs_from(0)


def test_runs_side_by_side_are_the_lone_runs_to_the_bit(checkout):
    """With as many threads each: the number of threads orders the sums."""
    alone = train(OMP_NUM_THREADS="1")
    alone.communicate()
    assert alone.returncode == 0
    expected = training_records(checkout / "results")
    assert len(expected) == 2
    for path in (checkout / "results").glob("*/runs/*/training.json"):
        path.unlink()
    together = train("--jobs", str(os.cpu_count()))  # one thread each
    _, errors = together.communicate()
    assert together.returncode == 0
    assert training_records(checkout / "results") == expected
    assert errors.count("epoch 3/3") == 2


def test_a_process_that_fails_is_reported(checkout):
    with pytest.raises(SuiteError, match=r"2 of 2 processes failed \(exit status 2\)"):
        run_side_by_side(["train", "no_such_stage"], 2)


def test_terminating_ends_them_all_and_nothing_is_lost(checkout):
    process = train("--jobs", "2")
    while "epoch" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in errors
    again = train()
    again.communicate()
    assert again.returncode == 0
    assert len(training_records(checkout / "results")) == 2


def test_imagenet_is_not_trained_side_by_side(checkout, monkeypatch, capsys):
    """Each of its runs takes all GPUs: two at once would share them."""

    def refuse(*_):
        raise AssertionError("started side by side")

    alone = []
    monkeypatch.setattr(side_by_side, "run_side_by_side", refuse)
    monkeypatch.setattr(sweep, "train_missing", lambda rows, place: alone.append(rows))
    assert main(["train", IMAGENET_STAGE, "--jobs", "2"]) == 0
    assert len(alone) == 1
    assert "one after the other" in capsys.readouterr().err
    with pytest.raises(AssertionError, match="side by side"):
        main(["train", "table1_first_order", "--jobs", "2"])
