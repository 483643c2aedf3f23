"""Progress of long work on standard error: what, how far, how fast, how long still."""

from __future__ import annotations

import os
import sys
import time
from functools import cache


class Progress:
    """Counts units of work and says the rate and the time left, one line at a time.

    Args:
        total: units of work there are in all; what takes longer counts for more.
        done: units that need no work any more.
    """

    def __init__(self, total: float, done: float = 0) -> None:
        self.total = total
        self.done = done
        self._start = time.monotonic()
        self._worked = 0.0

    def advance(self, units: float, message: str) -> None:
        """Note that units are done, and say so."""
        self.done += units
        self._worked += units
        elapsed = time.monotonic() - self._start
        left = (self.total - self.done) * elapsed / self._worked if self._worked else 0.0
        share = 100 * self.done / self.total if self.total else 100.0
        say(f"[{share:3.0f} %, {duration(left)} left] {message}")


def say(message: str) -> None:
    """One line on standard error, at once; where nobody reads it any more, the work goes on."""
    try:
        print(message, file=sys.stderr, flush=True)
    except OSError:  # a full disk, a reader that has gone
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)


@cache
def say_once(message: str) -> None:
    """As :func:`say`, once in a process however often it is noticed."""
    say(message)


def duration(seconds: float) -> str:
    """Seconds as people read them: ``42 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
