"""Numbers that a user may give, checked."""

from __future__ import annotations

import math
from typing import Any

from zerosnet.files.errors import SuiteError


def finite(value: Any, what: str) -> float:
    """A finite real number as a float.

    Args:
        value: as it was given.
        what: it is, for the message.

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
