"""Table 6 under noises that cost as much at a small scale."""

import pytest

STAGE = "scaled_noise"
pytestmark = pytest.mark.table6


def test_claim(claim, check):
    check(claim)
