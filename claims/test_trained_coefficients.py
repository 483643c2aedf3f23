"""Where trained coefficients end."""

import pytest

STAGE = "trained_coefficients"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
