"""Beyond theorem 3: the smallest parasitic roots."""

import pytest

STAGE = "optimal_methods"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
