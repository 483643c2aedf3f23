"""Progress of long work on standard error: what, how far, how fast, how long still.

A bar that stays in its place on a terminal, plain lines everywhere else.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from functools import cache

#: What goes back to a terminal's first column and clears the line.
_CLEAR = "\r\x1b[2K"
_BAR = 24
#: Whether the terminal's last line is a bar.
_drawn = False


class Progress:
    """Counts units of work and says how far it is and the time left.

    Args:
        total: units of work there are in all; what takes longer counts for more.
        done: units that need no work any more.
        processes: that work on them side by side, this one among them: what another has done is
            known only once it is on record, so that all are taken to be as fast as this one.
    """

    def __init__(self, total: float, done: float = 0, processes: int = 1) -> None:
        self.total = total
        self.done = done
        self._processes = processes
        self._start = time.monotonic()
        self._worked = 0.0
        self._own = 0.0

    def leave_out(self, units: float) -> None:
        """Count units of work that nobody has to do here: they say nothing of how fast it goes."""
        self.done += units

    def advance(self, units: float, message: str, *, own: bool = True) -> None:
        """Count units of work as done, and show how far the work is.

        Args:
            units: done since the last call.
            message: what was done, for people.
            own: whether this process did them, not another one.
        """
        self.done += units
        self._worked += units
        self._own += units * own
        elapsed = time.monotonic() - self._start
        worked = max(self._worked, self._own * self._processes)
        left = (self.total - self.done) * elapsed / worked if worked else 0.0
        share = 100 * self.done / self.total if self.total else 100.0
        if not _on_a_terminal():
            say(f"[{share:3.0f} %, {duration(left)} left] {message}")
            return
        filled = "=" * round(_BAR * min(share, 100.0) / 100)
        _draw(f"[{filled:{_BAR}}] {share:3.0f} %, {duration(left)} left  {message}")
        if self.done >= self.total:
            _leave()


def _on_a_terminal() -> bool:
    return (
        sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    )


def _draw(line: str) -> None:
    """A line in the place of the one that was drawn before, cut to the terminal's width."""
    global _drawn
    # The last column stays free: some terminals begin a new line there.
    width = max(1, shutil.get_terminal_size().columns - 1)
    _write(f"{_CLEAR}{line[:width]}")
    _drawn = True


def _leave() -> None:
    """What was drawn stays; whatever comes next begins below it."""
    global _drawn
    if _drawn:
        _write("\n")
    _drawn = False


def say(message: str) -> None:
    """One line on standard error, at once; where nobody reads it any more, the work goes on."""
    global _drawn
    # A bar makes room, and is drawn again below.
    _write(f"{_CLEAR if _drawn else ''}{message}\n")
    _drawn = False


def _write(text: str) -> None:
    if sys.stderr is None:  # closed before the start; `print` would take standard output
        return
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:  # a full disk, a reader that has gone
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)


@cache
def say_once(message: str) -> None:
    """As :func:`say`, once in a process however often it is noticed."""
    say(message)


def duration(seconds: float) -> str:
    """Seconds as people read them: ``42 s``, ``12 min``, ``3.5 h``, ``1,200 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 100 else f"{hours:,.0f} h"
