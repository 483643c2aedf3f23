"""Section 5.6: what is said of the experiments."""

import pytest

STAGE = "section5_protocol"
pytestmark = pytest.mark.protocol


def test_claim(claim, check):
    check(claim)
