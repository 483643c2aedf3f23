"""Differences in words and numbers, as pages show them."""

from __future__ import annotations

import pytest

from zerosnet.judging.wording import p_in_words, signed


@pytest.mark.parametrize(
    ("value", "text"), [(-0.001, "+0.00"), (-0.006, "−0.01"), (0.0, "+0.00"), (7.06, "+7.06")]
)
def test_a_difference_has_a_sign_and_nothing_is_less_than_nothing(value, text):
    assert signed(value) == text


def test_a_p_value_in_a_sentence_has_one_sign():
    assert p_in_words(0.0123) == "p = 0.0123"
    assert p_in_words(0.00001) == "p < 0.0001"
