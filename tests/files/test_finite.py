"""Numbers as given: finite ones come back as floats, anything else is refused by one line."""

from __future__ import annotations

import math

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import finite, whole_number


@pytest.mark.parametrize("text", ["1", "64", "007", "999999999"])
def test_counts_are_read(text):
    assert whole_number(text, "--jobs", "processes") == int(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "1_0", " 4", "٣", "1000000000"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(SuiteError, match=f"--jobs is {text!r}: give a number of processes"):
        whole_number(text, "--jobs", "processes")


def test_numbers_come_back_as_floats():
    assert [finite(value, "it") for value in (2, 2.5, -1)] == [2.0, 2.5, -1.0]
    assert isinstance(finite(2, "it"), float)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(SuiteError, match=r"the rate is (nan|-?inf): must be finite"):
        finite(value, "the rate")


@pytest.mark.parametrize("value", ["2", True, None, [2], 1j])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(SuiteError, match=r"the rate is .*: a number is expected"):
        finite(value, "the rate")
