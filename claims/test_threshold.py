"""Whether accuracy has a kink where one root crosses the unit circle."""

import pytest

STAGE = "threshold"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
