"""Table 6: noise."""

import pytest

STAGE = "table6_robustness"
pytestmark = pytest.mark.table6


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
