"""Table 2: the parameter k."""

import pytest

STAGE = "table2_second_order"
pytestmark = pytest.mark.table2


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
