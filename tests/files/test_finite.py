"""Numbers as given: finite ones come back as floats, anything else is refused by one line."""

from __future__ import annotations

import math

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import finite


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
