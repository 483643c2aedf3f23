"""Table 8: numbers of parameters."""

import pytest

STAGE = "table8_parameters"
pytestmark = pytest.mark.table8


def test_claim(claim, check):
    check(claim)
