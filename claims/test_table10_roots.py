"""Table 10: moduli and labels."""

import pytest

STAGE = "table10_roots"
pytestmark = pytest.mark.table10


def test_claim(claim, check):
    check(claim)
