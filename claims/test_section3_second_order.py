"""Section 3: the LM-architecture."""

import pytest

STAGE = "section3_second_order"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
