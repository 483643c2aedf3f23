"""How long a command takes that has nothing to do."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("words", [("--help",), ("where",), ("method", "--name", "ZeroSNet-Opt")])
def test_start_up(benchmark, words):
    command = [sys.executable, "-m", "zerosnet", *words]
    benchmark.pedantic(
        lambda: subprocess.run(command, check=True, capture_output=True), warmup_rounds=1, rounds=7
    )
    benchmark.extra_info.update(about=f"start-up: `python -m zerosnet {' '.join(words)}`")
