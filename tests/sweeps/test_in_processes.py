"""Processes that train one run together: none outlives torchrun, none waits for one that failed."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
import torch
import torch.distributed as dist
from conftest import PROJECT
from launched import until
from processes import is_alive

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import in_processes
from zerosnet.training.steps import set_exact_float32

LAUNCHER = """
import sys
from pathlib import Path
from zerosnet.commands.shared import stop_like_ctrl_c_when_terminated
from zerosnet.sweeps import in_processes
from zerosnet.sweeps.locks import Lock
lock = Lock(Path(sys.argv[1]), "the run")
stop_like_ctrl_c_when_terminated()
with lock.held():
    in_processes.launch("stage", "smoke", "0123", "channels_last", 2, lock)
"""
#: Python runs it at its start: what torchrun starts sleeps where it would read its profile.
ASLEEP = """
import os, pathlib, time
if "LOCAL_RANK" in os.environ:
    from zerosnet.experiments import profiles
    def asleep(*_):
        pathlib.Path(os.environ["ASLEEP"], str(os.getpid())).touch()
        time.sleep(600)
    profiles.load_profile = asleep
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_none_trains_on_when_the_command_is_terminated(checkout, tmp_path):
    """Each has a session of its own, so what ends torchrun's group does not reach it."""
    asleep = tmp_path / "asleep"
    asleep.mkdir()
    (tmp_path / "sitecustomize.py").write_text(ASLEEP)
    path = os.pathsep.join([str(tmp_path), str(PROJECT)])
    environment = {**os.environ, "PYTHONPATH": path, "ASLEEP": str(asleep)}
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path / "run")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as launcher:
        until(lambda: len([*asleep.iterdir()]) == 2 or launcher.poll() is not None)
        workers = [int(path.name) for path in asleep.iterdir()]
        assert len(workers) == 2
        launcher.terminate()
        launcher.wait(60)
        try:
            until(lambda: not any(map(is_alive, workers)), within=10)
        finally:
            for worker in workers:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)


class LeftError(Exception):
    """In place of the end of this process."""


@pytest.fixture
def left(monkeypatch):
    """Statuses that this process would have ended with."""
    statuses = []

    def leave(status):
        statuses.append(status)
        raise LeftError

    monkeypatch.setattr(os, "_exit", leave)
    return statuses


@pytest.fixture
def deadly(monkeypatch):
    """Signals that the kernel was asked for; here it is not, for this process is no worker."""
    signals = []
    monkeypatch.setattr(in_processes, "_prctl_pr_set_pdeathsig", signals.append)
    monkeypatch.delenv("ZEROSNET_TORCHRUN", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return signals


def test_whose_torchrun_has_gone_before_ends_too(monkeypatch, left, deadly):
    for parent in (None, str(os.getppid())):  # started by hand, by the command
        if parent:
            monkeypatch.setenv("ZEROSNET_TORCHRUN", parent)
        in_processes.end_with_torchrun()
    assert (deadly, left) == ([signal.SIGKILL] * 2, [])
    monkeypatch.setenv("ZEROSNET_TORCHRUN", str(os.getpid()))
    with pytest.raises(LeftError):
        in_processes.end_with_torchrun()
    assert left == [1]


def test_other_systems_have_no_such_signal(monkeypatch, left, deadly):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("ZEROSNET_TORCHRUN", str(os.getpid()))
    in_processes.end_with_torchrun()
    assert (deadly, left) == ([], [])


def test_the_group_is_taken_down_only_by_who_is_done(checkout, monkeypatch, deadly):
    """Who failed would wait for the others, and they for it."""
    rows = plan_stage(IMAGENET_STAGE, load_profile(checkout / "params.yaml"), checkout)
    arguments = [IMAGENET_STAGE, "smoke", rows[0].runs[0].key, "channels_last"]
    taken_down, troubles = [], [None, SuiteError("the disk is full")]

    def train(*_):
        if trouble := troubles.pop(0):
            raise trouble

    set_exact_float32()
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(dist, "init_process_group", lambda _: None)
    monkeypatch.setattr(dist, "destroy_process_group", lambda: taken_down.append(True))
    monkeypatch.setattr(in_processes, "train_in_processes", train)
    in_processes.main(arguments)
    assert taken_down == [True]
    assert torch.backends.cudnn.benchmark  # as in the other trainings in bfloat16
    with pytest.raises(SuiteError, match="the disk is full"):
        in_processes.main(arguments)
    assert taken_down == [True]
    assert deadly == [signal.SIGKILL] * 2  # each is a worker first of all


def test_who_fails_says_why_and_leaves_at_once(left, capsys):
    for error in (SuiteError("the disk is full"), ZeroDivisionError("by zero")):
        with pytest.raises(LeftError):
            in_processes.leave(error)
    assert left == [1, 1]
    first, *others = capsys.readouterr().err.splitlines()
    assert first == "zerosnet: the disk is full"
    assert others[-1] == "ZeroDivisionError: by zero"


def test_the_module_leaves_so_whatever_happens(checkout, monkeypatch, left, capsys):
    monkeypatch.setattr("torch.multiprocessing._prctl_pr_set_pdeathsig", lambda _: None)
    monkeypatch.delenv("ZEROSNET_TORCHRUN", raising=False)
    monkeypatch.setattr(sys, "argv", ["in_processes", "table99", "smoke", "0123", "contiguous"])
    with pytest.raises(LeftError):
        runpy.run_path(in_processes.__file__, run_name="__main__")
    assert left == [1]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("zerosnet: ")
    assert "table99" in line
