"""PolyNet, FractalNet and RevNet against PreResNet of their size."""

import pytest

STAGE = "poly_fractal_rev"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
