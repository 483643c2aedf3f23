"""Progress lines."""

from __future__ import annotations

import pytest

from zerosnet.files import progress
from zerosnet.files.progress import Progress, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h"), (86400, "24.0 h")],
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
