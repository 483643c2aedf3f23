"""Activated gradients and deformed losses: what follows from their formulas."""

import pytest

STAGE = "optimization_theory"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
