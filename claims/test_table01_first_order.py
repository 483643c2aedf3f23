"""Table 1: the weight of the current state."""

import pytest

STAGES = ("table1_first_order", "table1_bare_projections")
pytestmark = pytest.mark.table1


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
