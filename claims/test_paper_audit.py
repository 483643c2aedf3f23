"""The paper by its own numbers: what its tables say of its claims, before anything is trained."""

import pytest

STAGE = "paper_audit"
pytestmark = pytest.mark.audit


def test_claim(claim, check):
    check(claim)
