"""Table 9: runtime."""

import pytest

STAGE = "table9_runtime"
pytestmark = pytest.mark.table9


def test_claim(claim, check):
    check(claim)
