"""Table 1: the weight of the current state."""

import pytest

STAGE = "table1_first_order"
pytestmark = pytest.mark.table1


def test_claim(claim, check):
    check(claim)
