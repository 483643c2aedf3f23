"""Locks: one process has a run, the others can say which; also where a file stands for a lock."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import filelock
import pytest
from launched import until
from small import small_place, small_run

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import locks
from zerosnet.sweeps.locks import PATIENCE, Lock, Waiting
from zerosnet.sweeps.train import Done, train_one
from zerosnet.sweeps.workplace import lock_of


@pytest.fixture
def lock(tmp_path):
    return Lock(tmp_path / "runs" / "0123", "the run PreResNet, seed 0 (0123)")


@pytest.fixture
def without_flock(monkeypatch):
    """A file system that knows no locks."""

    def missing(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", missing)


def test_one_has_it_and_the_next_has_it_then(lock):
    with lock.held():
        assert not lock.is_free()
        with pytest.raises(filelock.Timeout), lock.held():
            pass
    assert lock.is_free()
    with lock.held():
        pass
    assert [path.name for path in lock.path.parent.iterdir()] in ([], ["lock"])


def test_who_waits_is_told_for_whom_since_when_and_what_to_do(lock, capsys):
    with lock.held():
        lock.say_who_has_it()
        lock.say_who_has_it()
    said = capsys.readouterr().err
    assert said.startswith("the run PreResNet, seed 0 (0123) is in other hands: process ")
    assert f"process {os.getpid()} of " in said
    assert f" on {socket.gethostname()}, since 20" in said
    assert f"delete {lock.path}" in said
    assert "ZEROSNET_SCRATCH" in said
    assert said.count("\n") == 1  # once, however long it takes


def test_a_lock_that_another_machine_left_is_named(lock, without_flock, capsys):
    """Where a file stands for a lock it stays when its process dies elsewhere."""
    lock.path.parent.mkdir(parents=True)
    lock.path.write_text("4711\nanother-machine\n")
    with pytest.raises(filelock.Timeout), lock.held():
        pass
    lock.say_who_has_it()
    lock.say_who_has_it()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "has no locks that end with their process" in said[0]
    assert "is in other hands: a process that has not said its name, since 20" in said[1]
    assert f"delete {lock.path}" in said[1]


def test_a_file_stands_for_a_lock_where_there_are_none(lock, without_flock, capsys):
    with lock.held():
        assert not lock.is_free()
    assert lock.is_free()
    assert capsys.readouterr().err.count("has no locks that end with their process") == 1


def test_older_releases_of_the_library_do_the_same(lock, monkeypatch):
    class Older(filelock.FileLock):
        def acquire(self, *_, **__):
            raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(locks, "FileLock", Older)
    with lock.held():
        assert not lock.is_free()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_that_refuses_locks_is_named_with_the_setting(lock, monkeypatch, number):
    def refused(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(SuiteError, match=r"has no locks .*let ZEROSNET_SCRATCH name"), lock.held():
        pass


LAUNCHER = """
import sys
from pathlib import Path
from zerosnet.sweeps import in_processes
from zerosnet.sweeps.locks import Lock
sys.executable, lock = sys.argv[1], Lock(Path(sys.argv[2]), "the run")
with lock.held():
    in_processes.launch("stage", "smoke", "0123", "channels_last", 1, lock)
"""


def test_a_group_has_the_lock_of_its_run_when_the_command_is_killed(lock, tmp_path):
    """It trains on: another command waits for it, and is told for which process."""
    program, said = tmp_path / "torchrun", tmp_path / "process"
    program.write_text(f"#!/bin/sh\necho $$ > {said}.new && mv {said}.new {said}\nexec sleep 60\n")
    program.chmod(0o700)
    command = [sys.executable, "-c", LAUNCHER, str(program), str(lock.path.parent)]
    with subprocess.Popen(command) as launcher:
        group = int(until(lambda: said.exists() and said.read_text()))
        try:
            until(lambda: f"process {group} of " in lock._who())
            launcher.kill()
            launcher.wait()
            assert not lock.is_free()
            assert f"process {group} of " in lock._who()
        finally:
            os.kill(group, signal.SIGKILL)
    assert until(lock.is_free, within=10)


def test_a_lock_that_is_not_held_has_nothing_to_hand_over(lock):
    assert lock.descriptors == ()
    with lock.held():
        (descriptor,) = lock.descriptors
        assert os.path.samestat(os.fstat(descriptor), lock.path.stat())
    assert lock.descriptors == ()


def test_a_sweep_says_for_which_run_it_waits(checkout, monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr(locks, "time", SimpleNamespace(monotonic=lambda: now))
    place, run = small_place(checkout), small_run()
    with lock_of(run, place).held():
        assert train_one(run, place, lambda *_: None) is Done.BUSY
        waiting = Waiting()
        now = PATIENCE - 0.1
        waiting.for_these([lock_of(run, place)])
        assert capsys.readouterr().err == ""  # not at once: it may be done in a moment
        now = PATIENCE
        waiting.for_these([lock_of(run, place)])
        said = capsys.readouterr().err
    assert said.startswith(f"the run {run.label} ({run.key}) is in other hands: process ")
    waiting.went_on()
    waiting.for_these([lock_of(run, place)])
    assert capsys.readouterr().err == ""
