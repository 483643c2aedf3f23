"""Differences in words and numbers, as pages show them."""

from __future__ import annotations

import pytest

from zerosnet.judging.statistics import Estimate, Interval
from zerosnet.judging.wording import interval_text, p_in_words, rounded, signed


@pytest.mark.parametrize(
    ("value", "text"), [(-0.001, "+0.00"), (-0.006, "−0.01"), (0.0, "+0.00"), (7.06, "+7.06")]
)
def test_a_difference_has_a_sign_and_nothing_is_less_than_nothing(value, text):
    assert signed(value) == text


@pytest.mark.parametrize("last_bits", [0.0, 2e-16, -2e-16, 1e-13, -1e-13])
def test_a_tie_is_rounded_alike_on_every_processor(last_bits):
    """Sums end in other bits where they are added up in another order."""
    assert rounded(-0.00165 + last_bits) == rounded(-0.00165)
    assert signed(0.115 + last_bits) == signed(0.115)
    ends = Interval(Estimate(0.2, 0.1, 4), 0.115 + last_bits, 0.345 + last_bits)
    assert interval_text(ends, None) == "[0.12, 0.34]"


def test_what_has_no_end_is_no_number():
    assert rounded(float("inf")) is None
    assert rounded(float("nan")) is None
    assert interval_text(Estimate(0.2, 0.1, 0).interval(0.05), None) == "[no ends]"


def test_a_p_value_in_a_sentence_has_one_sign():
    assert p_in_words(0.0123) == "p = 0.0123"
    assert p_in_words(0.00001) == "p < 0.0001"
