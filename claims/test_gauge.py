"""The gauge: one function of pixels and parameters, with other roots."""

import pytest

STAGE = "gauge"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
