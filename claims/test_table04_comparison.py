"""Table 4: ResNet, LM-ResNet, ZeroSNet."""

import pytest

STAGE = "table4_comparison"
pytestmark = pytest.mark.table4


def test_claim(claim, check):
    check(claim)
