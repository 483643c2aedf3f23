"""Beyond the paper: how perturbations grow through trained networks."""

import pytest

STAGE = "perturbation_growth"
pytestmark = pytest.mark.growth


def test_claim(claim, check):
    check(claim)
