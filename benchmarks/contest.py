"""Two ways to the same work, each in a process of its own, in turns on the same machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).parent
IMAGES = 1024


class Contender:
    """A process that waits until it is told to do a round."""

    def __init__(
        self, task, side, method="ZeroSNet", depth=20, batch=128, images=IMAGES, threads=0
    ):
        words = [task, side, method, depth, batch, images]
        self.process = subprocess.Popen(
            [sys.executable, HERE / "contender.py", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **({"OMP_NUM_THREADS": str(threads)} if threads else {})},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def result(self):
        line = self.process.stdout.readline()
        assert line, f"a contender ended with status {self.process.wait()}"
        return json.loads(line)

    def round(self):
        self.begin()
        return self.result()


def contest(benchmark, other, ours, rounds, about):
    """Time both sides in turns; what pytest-benchmark times is ours.

    Args:
        other, ours: see :class:`Contender`, as keyword arguments.
        about: what the contest is about, for the page.
    """
    with ExitStack() as stack:
        theirs = stack.enter_context(Contender(**other))
        mine = stack.enter_context(Contender(**ours))
        for contender in (theirs, mine):
            contender.round()  # what only the first round does
        their_seconds, my_rounds = [], []
        benchmark.pedantic(
            lambda: my_rounds.append(mine.round()),
            setup=lambda: their_seconds.append(theirs.round()["seconds"]),
            rounds=rounds,
        )
    benchmark.extra_info.update(
        about=about,
        images=ours.get("images", IMAGES),
        other_seconds=their_seconds,
        our_seconds=[found["seconds"] for found in my_rounds],
        peak_mib=my_rounds[-1]["peak_mib"],
    )
