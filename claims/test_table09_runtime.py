"""Table 9: runtime."""

import pytest

STAGE = "table9_runtime"
pytestmark = pytest.mark.table9


def test_claim(claim, check):
    check(claim)


def test_ratio_comes_out_again(reported, check_cell):
    check_cell(reported)
