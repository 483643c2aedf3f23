"""Theorem 2: where the method is zero-stable."""

import pytest

STAGE = "theorem2_stability_region"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
