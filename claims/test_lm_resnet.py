"""LM-ResNet's own claims, and what zero stability says of its starts."""

import pytest

STAGE = "lm_resnet"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
