"""Whether smaller parasitic roots than ZeroSNet-Opt's train better."""

import pytest

STAGE = "smaller_roots"
pytestmark = pytest.mark.neighbours


def test_claim(claim, check):
    check(claim)
