"""Activated gradients against SGD and against its learning rate."""

import pytest

STAGE = "activated_gradients"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
