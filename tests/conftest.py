"""What several test modules need."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def project() -> Path:
    """The root of the checkout that is tested."""
    return Path(__file__).resolve().parent.parent
