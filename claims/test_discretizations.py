"""The neighbouring systems as discretizations: equations, roots, regions of stability."""

import pytest

STAGE = "discretizations"
pytestmark = pytest.mark.theory


def test_claim(claim, check):
    check(claim)
