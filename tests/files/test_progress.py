"""Progress: lines, and a bar on a terminal."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from zerosnet.files import progress
from zerosnet.files.progress import Progress, duration, say


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
        (86400, "24.0 h"),
        (359_640, "99.9 h"),
        (4_320_000, "1,200 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_the_time_left_follows_the_rate(capsys, monkeypatch):
    clock = iter([0.0, 10.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    work = Progress(total=4)
    work.advance(1, "first")
    work.advance(2, "second")
    assert capsys.readouterr().err.splitlines() == [
        "[ 25 %, 30 s left] first",
        "[ 75 %, 10 s left] second",
    ]


def test_processes_side_by_side_are_taken_to_be_as_fast_as_this_one(capsys, monkeypatch):
    clock = iter([0.0, 10.0, 20.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    work = Progress(total=8, processes=2)
    work.advance(1, "ours")
    # Known of the other process once it is on record: no more than was taken to be done.
    work.advance(1, "theirs", own=False)
    work.advance(2, "theirs", own=False)
    assert capsys.readouterr().err.splitlines() == [
        "[ 12 %, 35 s left] ours",
        "[ 25 %, 60 s left] theirs",
        "[ 50 %, 40 s left] theirs",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def lines(self):
        """What stands on the screen: a carriage return and what clears a line begin it anew."""
        return [line.rpartition("\r\x1b[2K")[2] for line in self.getvalue().split("\n")]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=(found := Terminal())))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(progress, "_drawn", False)
    return found


def test_a_terminal_has_one_bar_that_stays_in_its_place(terminal):
    work = Progress(total=4)
    work.advance(1, "first")
    work.advance(1, "second")
    (line,) = terminal.lines()
    assert line.startswith(f"[{'=' * 12:24}]  50 %, 0 s left  second")
    work.advance(2, "third")
    assert [*terminal.lines()] == [f"[{'=' * 24}] 100 %, 0 s left  third", ""]


def test_what_is_said_stands_above_the_bar(terminal):
    work = Progress(total=4)
    work.advance(1, "first")
    say("a node is gone")
    work.advance(1, "second")
    said, bar = terminal.lines()
    assert said == "a node is gone"
    assert bar.endswith("second")


def test_a_bar_is_no_wider_than_the_terminal(terminal):
    Progress(total=4).advance(1, "x" * 200)
    (line,) = terminal.lines()
    assert len(line) == 59


def test_what_is_said_after_the_work_begins_a_line(terminal):
    Progress(total=1).advance(1, "done")
    say("next")
    assert terminal.lines()[1:] == ["next", ""]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_clear_a_line_gets_lines(terminal, monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    if not term:
        monkeypatch.delenv("TERM")
    Progress(total=4).advance(1, "first")
    assert terminal.getvalue() == "[ 25 %, 0 s left] first\n"


def test_progress_without_standard_error_is_nowhere(monkeypatch, capsys):
    """Not on standard output, which programs read."""
    monkeypatch.setattr(progress.sys, "stderr", None)
    say("to nobody")
    Progress(2).advance(1, "half of it")
    assert capsys.readouterr().out == ""
