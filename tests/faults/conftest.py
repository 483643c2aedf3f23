"""Faults are counted; a campaign (``make faults``) tries more of them and notes the counts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

#: The file that a campaign's counts are written to; without it every fault is tried a few times.
CAMPAIGN_VARIABLE = "ZEROSNET_FAULTS"
_COUNTS = []


@pytest.fixture
def campaign() -> bool:
    """Whether faults are to be tried as often as the reliability page says."""
    return bool(os.environ.get(CAMPAIGN_VARIABLE))


@pytest.fixture
def count():
    """Note what a fault did: ``count(fault, tried, lost)``."""

    def noted(fault: str, tried: int, lost: str) -> None:
        _COUNTS.append({"fault": fault, "tried": tried, "lost": lost})

    return noted


def pytest_sessionfinish(exitstatus):
    path = os.environ.get(CAMPAIGN_VARIABLE)
    if path and exitstatus == 0:
        Path(path).write_text(json.dumps({"faults": _COUNTS}))
