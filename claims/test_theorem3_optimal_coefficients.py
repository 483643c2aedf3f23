"""Theorem 3: the smallest parasitic roots."""

import pytest

STAGE = "theorem3_optimal_coefficients"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
