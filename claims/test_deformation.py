"""Deformed losses against the plain one and against its learning rate."""

import pytest

STAGE = "deformation"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
