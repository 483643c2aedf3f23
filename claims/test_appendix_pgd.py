"""Appendix: projected gradient descent."""

import pytest

STAGE = "appendix_pgd"
pytestmark = pytest.mark.attacks


def test_claim(claim, check):
    check(claim)
