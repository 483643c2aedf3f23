"""Statements about networks, decided on networks that are built: these need torch."""

import pytest

CLAIMS = ("C01", "C03", "C16", "C17", "X103")
pytestmark = pytest.mark.networks


def test_claim(claim, check):
    check(claim)
