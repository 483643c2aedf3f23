"""Table 3: ten sets of coefficients, trained as the paper says, as its code does, in float32."""

import pytest

STAGES = ("table3_third_order", "table3_as_code", "table3_float32")
pytestmark = pytest.mark.table3


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
