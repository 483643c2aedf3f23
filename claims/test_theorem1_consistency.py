"""Theorem 1: the networks' method is consistent."""

import pytest

STAGE = "theorem1_consistency"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
