"""Whether zero-stable networks generalize better, or train faster."""

import pytest

STAGE = "speed_or_generalization"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
