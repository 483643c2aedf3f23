"""Table 4: ResNet, LM-ResNet, ZeroSNet."""

import pytest

STAGE = "table4_comparison"
pytestmark = pytest.mark.table4


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
