"""Values from files: what is expected comes back, all else is refused by name."""

from __future__ import annotations

import math

import pytest

from zerosnet.files.checked import (
    UnexpectedValueError,
    checked_environment,
    entry,
    listing,
    mapping,
    number,
    seconds,
    text,
)

CPU = {"device": "cpu", "torch": "2.11", "processor": "a chip", "threads": 2}


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (mapping, {}),
        (listing, [None]),
        (text, ""),
        (number, 0),
        (number, 1e30),
        (seconds, 1e-9),
        (seconds, 1e9),
    ],
)
def test_what_is_expected_comes_back(read, value):
    assert read(value, "it") == value


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (mapping, [], "it is no object"),
        (listing, {}, "it is no list"),
        (listing, "ab", "it is no list"),
        (text, 1, "it is no text"),
        (text, None, "it is no text"),
        (number, "1", "it is '1', not a number from 0 to 1e+30"),
        (number, True, "it is True, not a number from 0 to 1e+30"),
        (number, -1e-9, "it is -1e-09, not a number from 0 to 1e+30"),
        (number, math.nan, "it is nan, not a number from 0 to 1e+30"),
        (number, math.inf, "it is inf, not a number from 0 to 1e+30"),
        pytest.param(number, 10**5000, "it is huge, not a number from 0 to 1e+30", id="huge"),
        (seconds, 0, "it is 0, not a number from 1e-09 to 1e+09"),
        (seconds, 1e10, "it is 10000000000.0, not a number from 1e-09 to 1e+09"),
    ],
)
def test_anything_else_is_refused_by_name(read, value, message):
    with pytest.raises(UnexpectedValueError) as caught:
        read(value, "it")
    assert str(caught.value) == message


def test_an_entry_is_taken_by_its_name():
    assert entry({"a": None}, "a", "it") is None
    with pytest.raises(UnexpectedValueError, match="it has no 'b'"):
        entry({"a": None}, "b", "it")
    with pytest.raises(UnexpectedValueError, match="it is no object"):
        entry(["a"], "a", "it")


def test_bounds_are_those_that_are_given():
    assert number(-3, "it", least=-3, most=2) == -3
    with pytest.raises(UnexpectedValueError, match="not a number from -3 to 2"):
        number(2.5, "it", least=-3, most=2)


@pytest.mark.parametrize("environment", [CPU, {"device": "a GPU", "torch": "2.11"}])
def test_an_environment_names_its_device(environment):
    assert checked_environment({"environment": environment}) == environment


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device": None}, "device is no text"),
        ({"torch": 2.11}, "torch is no text"),
        ({"processor": None}, "processor is no text"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_a_cpu_has_its_processor_and_threads(changes, message):
    with pytest.raises(UnexpectedValueError, match=f"^{message}"):
        checked_environment({"environment": {**CPU, **changes}})
