"""One process at a time, where locks can be had; without one the work is done all the same."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest
from filelock import FileLock

from zerosnet.files import one_at_a_time as locking
from zerosnet.files.one_at_a_time import one_at_a_time


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "work.lock"


def test_nobody_else_is_at_work_in_the_block(path):
    with one_at_a_time(path):
        assert not can_be_had(path)
    assert can_be_had(path)


@pytest.mark.parametrize("busy", ["", "another is at work"])
def test_who_has_waited_long_enough_works_without(path, busy, capsys):
    with one_at_a_time(path), one_at_a_time(path, patience=0.05, busy=busy):
        assert not can_be_had(path)
    assert capsys.readouterr().err == (f"{busy}\n" if busy else "")
    assert can_be_had(path)


@pytest.mark.parametrize("remove", [True, False])
def test_the_file_stays_or_goes(path, remove):
    with one_at_a_time(path, remove=remove):
        assert path.exists()
    assert path.exists() is not remove
    # Who had no lock takes none away.
    with one_at_a_time(path), one_at_a_time(path, patience=0, remove=True):
        pass
    assert path.exists()


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(errno.ENOLCK, "No locks")])
def test_without_locks_the_work_is_done_as_well(path, monkeypatch, error):
    class Lockless(FileLock):
        def _acquire(self):
            raise error

    monkeypatch.setattr(locking, "FileLock", Lockless)
    done = []
    with one_at_a_time(path, remove=True):
        done.append(1)
    assert done == [1]


@pytest.mark.parametrize("left", [None, "4711\nanother-machine\n"])
def test_a_file_in_place_of_a_lock_is_not_waited_for(path, monkeypatch, capsys, left):
    """Where the file system knows no locks, a process killed elsewhere has left it."""

    def missing(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", missing)
    path.parent.mkdir()
    if left is not None:
        path.write_text(left)
    with one_at_a_time(path, busy="waiting", remove=True):
        assert path.exists() is (left is not None)
    assert (path.read_text() if path.exists() else None) == left  # who had none takes none away
    assert capsys.readouterr().err == ""


def test_what_goes_wrong_in_the_block_is_not_hidden(path):
    with pytest.raises(OSError, match="disk"), one_at_a_time(path):
        raise OSError("disk")
    assert can_be_had(path)


def can_be_had(path):
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except OSError:
        return False
    lock.release()
    return True
