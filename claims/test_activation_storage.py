"""What a training step stores: RevNet beside PreResNet."""

import pytest

STAGE = "activation_storage"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
