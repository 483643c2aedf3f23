"""Whether the effect of zero stability survives other depths, images and no augmentation."""

import pytest

STAGE = "main_effect"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
