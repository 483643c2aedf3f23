"""Table 5: ImageNet."""

import pytest

STAGE = "table5_imagenet"
pytestmark = pytest.mark.table5


def test_claim(claim, check):
    check(claim)


def test_number_comes_out_again(reported, check_cell):
    check_cell(reported)
