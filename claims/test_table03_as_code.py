"""Table 3, trained as the released code does."""

import pytest

STAGE = "table3_as_code"
pytestmark = pytest.mark.table3


def test_claim(claim, check):
    check(claim)
