"""One process at a time does a piece of work; where there are no locks, each does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from zerosnet.files.progress import say


@contextmanager
def one_at_a_time(
    path: Path, *, patience: float = -1, busy: str = "", remove: bool = False
) -> Iterator[None]:
    """Do the block while no other process does, if that can be had.

    The block must be right without a lock, too: it is done where the file system has none, where
    nothing may be written (which is said when something is), and when patience is at an end.  A
    file in place of a lock is none: a process that is killed on another machine leaves it for ever.

    Args:
        path: of the lock.
        patience: seconds to wait for another process; below 0: for ever.
        busy: what to say before waiting; nothing, if empty.
        remove: whether the lock's file goes once it is not needed.
    """
    lock: BaseFileLock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # It becomes a file in place of a lock, see below.
            warnings.filterwarnings("ignore", "flock not supported")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                if not isinstance(lock, SoftFileLock):
                    if busy:
                        say(busy)
                    lock.acquire(timeout=patience)
    except (NotImplementedError, OSError):  # the first is filelock's own; a Timeout is the second
        pass
    if isinstance(lock, SoftFileLock):
        lock.release()
    try:
        yield
    finally:
        if remove and lock.is_locked:
            with suppress(OSError):
                path.unlink()  # while it is held: afterwards it may be another's
        lock.release()
