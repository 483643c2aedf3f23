"""What needs no torch loads none; folders that import the wrong way are noticed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "pandas", "matplotlib", "statsmodels")
COMMANDS = [
    ["where", "--profile", "mini"],
    ["data", "list"],
    ["method", "--lambda", "-9/5"],
    ["judge", "theorem1_consistency"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_needs_no_torch_loads_none(command, checkout):
    script = (
        "import sys\n"
        "from zerosnet.__main__ import main\n"
        f"assert main({command!r}) == 0\n"
        f"print('loaded', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=checkout, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "loaded"
