"""Locks on runs: one process has a run in hand, and the others can say which, and since when.

The kernel lets a lock go when its process dies, on this machine or another.  Some file systems that
machines share have no such locks; there a file stands for one, and it stays when the process that
wrote it dies on another machine.  So who waits says for whom.
"""

from __future__ import annotations

import errno
import getpass
import os
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import SCRATCH_VARIABLE
from zerosnet.files.progress import say_once
from zerosnet.files.storage import write_atomically

#: Seconds that a lock is waited for without a word.
PATIENCE = 30.0
#: What file systems answer that have no locks.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


class Lock:
    """The lock of one run.

    Args:
        folder: the run's scratch folder; it is made where it is not there.
        title: what people call the run.
    """

    def __init__(self, folder: Path, title: str) -> None:
        self.path = folder / "lock"
        self._title = title
        self._holder = folder / "lock.holder"
        self._held: BaseFileLock | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; the kernel lets it go when this process has ended and all that inherit it.

        Raises:
            Timeout: another process has it.
            SuiteError: its folder cannot be written, or its file system has no locks at all.
        """
        self._held = lock = self._acquired()
        try:
            self.say_that_it_has(os.getpid())
            yield
        finally:
            self._held = None
            with suppress(OSError):
                self._holder.unlink(missing_ok=True)
            lock.release()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What hands the lock to a child process that inherits it; nothing where it is not held."""
        descriptor = None if self._held is None else self._held._context.lock_file_fd
        return () if descriptor is None or os.name == "nt" else (descriptor,)

    def say_that_it_has(self, process: int) -> None:
        """Let those who wait read which process of this machine has it."""
        write_atomically(self._holder, f"{_in_words(process)}\n".encode())

    def is_free(self) -> bool:
        """Whether no process has it at this moment."""
        try:
            self._acquired().release()
        except Timeout:
            return False
        return True

    def say_who_has_it(self) -> None:
        """Name the run, who has it, since when, and what to do if nobody does any more; once."""
        say_once(
            f"{self._title} is in other hands: {self._who()}. It is waited for. If that process is "
            f"no more and its file system has no locks that end with it, delete {self.path}, or "
            f"let {SCRATCH_VARIABLE} name a folder on another file system"
        )

    def _who(self) -> str:
        try:
            return self._holder.read_text(encoding="utf-8", errors="replace").strip()[:200]
        except OSError:
            pass
        try:
            since = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
            return f"a process that has not said its name, since {since:%Y-%m-%d %H:%M} UTC"
        except OSError:
            return "a process that has not said its name"

    def _acquired(self) -> BaseFileLock:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self._acquired_at_once()
        except Timeout:
            raise
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise SuiteError(
                    f"the file system of {self.path} has no locks ({error.strerror}): let "
                    f"{SCRATCH_VARIABLE} name a folder on another one"
                ) from None
            raise SuiteError(
                f"cannot write {self.path.parent} ({error.strerror}): make room or make the folder "
                "writable"
            ) from None

    def _acquired_at_once(self) -> BaseFileLock:
        lock: BaseFileLock = FileLock(self.path)
        try:
            with warnings.catch_warnings():
                # A file in place of a lock: said below, in words that help.
                warnings.filterwarnings("ignore", "flock not supported")
                lock.acquire(timeout=0)
        except NotImplementedError:  # filelock's own, in releases that leave this to their users
            lock = SoftFileLock(self.path)
            lock.acquire(timeout=0)
        finally:
            if isinstance(lock, SoftFileLock):
                self._say_that_it_may_stay()
        return lock

    def _say_that_it_may_stay(self) -> None:
        say_once(
            f"the file system of {self.path.parent.parent} has no locks that end with their "
            "process: what a machine that dies has in hand stays locked until its file `lock` is "
            f"deleted; {SCRATCH_VARIABLE} names a folder on another file system"
        )


class Waiting:
    """Says who has the runs that are waited for, once a wait has become long."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def went_on(self) -> None:
        """Note that there was something to do."""
        self._since = time.monotonic()

    def for_these(self, locks: list[Lock]) -> None:
        """Note that there is nothing to do but to wait for these."""
        if time.monotonic() - self._since >= PATIENCE:
            for lock in locks:
                lock.say_who_has_it()


def _in_words(process: int) -> str:
    """Who has a run in hand: process, user, machine, and since when."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "a user"
    now = datetime.now(UTC)
    host = socket.gethostname()
    return f"process {process} of {user} on {host}, since {now:%Y-%m-%d %H:%M:%S} UTC"
