"""PreResNet and ZeroSNet-Opt, each at its best learning rate."""

import pytest

STAGE = "learning_rate"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
