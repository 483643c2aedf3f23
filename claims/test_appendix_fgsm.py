"""Appendix: the fast gradient sign method."""

import pytest

STAGE = "appendix_fgsm"
pytestmark = pytest.mark.attacks


def test_claim(claim, check):
    check(claim)
