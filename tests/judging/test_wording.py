"""Differences in words and numbers, as pages show them."""

from __future__ import annotations

import pytest

from zerosnet.judging.wording import signed


@pytest.mark.parametrize(
    ("value", "text"), [(-0.001, "+0.00"), (-0.006, "−0.01"), (0.0, "+0.00"), (7.06, "+7.06")]
)
def test_a_difference_has_a_sign_and_nothing_is_less_than_nothing(value, text):
    assert signed(value) == text
