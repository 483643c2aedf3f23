"""Whether training rescues networks that are not zero-stable."""

import pytest

STAGE = "rescue"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
