"""Table 7: the generalization gap."""

import pytest

STAGE = "table7_generalization_gap"
pytestmark = pytest.mark.table7


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
