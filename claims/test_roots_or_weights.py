"""Whether accuracy follows the roots or the relative weight of the blocks."""

import pytest

STAGE = "roots_or_weights"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
