"""Numbers that a user may give, checked."""

from __future__ import annotations

import math
from typing import Any

from zerosnet.files.errors import SuiteError

#: Digits of the longest whole number that is read from text: no count needs more.
_MOST_DIGITS = 9


def whole_number(text: str, what: str, unit: str) -> int:
    """A count that a user has typed, 1 or more: digits and nothing else.

    Args:
        text: as it was typed; Python's own reader takes "1_0", " 4 " and digits of other scripts.
        what: how the message calls the number, such as ``--jobs``.
        unit: how the message calls what is counted, such as ``processes``.

    Raises:
        SuiteError: it is no such number.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not digits or int(text) < 1:
        raise SuiteError(f"{what} is {text[:40]!r}: give a number of {unit}, 1 or more")
    return int(text)


def finite(value: Any, what: str) -> float:
    """A finite real number as a float.

    Args:
        value: as it was given.
        what: how the message calls it.

    Raises:
        SuiteError: it is no number (neither is ``True``), or not a finite one.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SuiteError(f"{what} is {value!r}: a number is expected")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SuiteError(f"{what} is {number}: must be finite")
    return number
