"""Section 2: networks as discretizations."""

import pytest

STAGE = "section2_discretizations"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
