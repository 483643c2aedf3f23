"""Table 3, trained in float32."""

import pytest

STAGE = "table3_float32"
pytestmark = pytest.mark.table3


def test_claim(claim, check):
    check(claim)
