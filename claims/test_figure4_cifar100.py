"""Figure 4: CIFAR-100."""

import pytest

STAGE = "figure4_cifar100"
pytestmark = pytest.mark.figure4


def test_claim(claim, check):
    check(claim)
