"""Table 6: noise."""

import pytest

STAGE = "table6_robustness"
pytestmark = pytest.mark.table6


def test_claim(claim, check):
    check(claim)
