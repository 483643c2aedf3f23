"""In-ResNet under noise and attack."""

import pytest

STAGE = "in_resnet"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
