"""Table 3: ten sets of coefficients."""

import pytest

STAGE = "table3_third_order"
pytestmark = pytest.mark.table3


def test_claim(claim, check):
    check(claim)
