"""The message of an error is one line, whatever it quotes."""

from __future__ import annotations

import pickle

import pytest

from zerosnet.files.errors import DamagedFileError, SuiteError, told_of
from zerosnet.methods.multistep import NotAMethodError


@pytest.mark.parametrize("kind", [SuiteError, NotAMethodError])
@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("plain, with α and two  blanks", "plain, with α and two  blanks"),
        ("two\nlines", "two lines"),
        ("two\r\nlines\u2028three", "two  lines three"),
        ("\x1b[31mred\x1b[0m", " [31mred [0m"),
    ],
)
def test_messages_are_one_line(kind, message, shown):
    error = kind(message)
    assert str(error) == shown
    assert str(pickle.loads(pickle.dumps(error))) == shown


@pytest.mark.parametrize("kind", [SuiteError, DamagedFileError, NotAMethodError])
def test_a_place_stands_before_the_message_of_an_error_of_the_same_kind(kind):
    with (
        pytest.raises(kind, match=r"^table\.csv: row 3: no number$") as caught,
        told_of("table.csv"),
        told_of("row 3"),
    ):
        raise kind("no number")
    assert type(caught.value) is kind


def test_of_a_page_start_and_end_are_kept():
    shown = str(SuiteError(f"start {'x' * 5000} end"))
    assert shown.startswith("start xx")
    assert shown.endswith("xx end")
    assert len(shown) < 2000
