"""ZeroSNet against the network that it differs from in its coefficients alone."""

import pytest

STAGE = "against_preresnet"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
