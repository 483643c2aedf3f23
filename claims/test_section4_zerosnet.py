"""Section 4: what ZeroSNet is."""

import pytest

STAGE = "section4_zerosnet"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
