"""Values from files of JSON: of the expected kind and size, or refused by name.

Each function returns the value that it was given, or raises :class:`UnexpectedValueError`, whose
message begins with ``what``: how people call the value.
"""

from __future__ import annotations

import reprlib
from typing import Any


class UnexpectedValueError(ValueError):
    """A value that the file should not hold; the reader says which file and what to do."""


def mapping(value: Any, what: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise UnexpectedValueError(f"{what} is no object")
    return value


def listing(value: Any, what: str) -> list[Any]:
    """A list, of anything."""
    if not isinstance(value, list):
        raise UnexpectedValueError(f"{what} is no list")
    return value


def entry(value: Any, name: str, what: str) -> Any:
    """An object's entry of that name."""
    found = mapping(value, what)
    if name not in found:
        raise UnexpectedValueError(f"{what} has no {name!r}")
    return found[name]


def text(value: Any, what: str) -> str:
    """A text, which may be empty."""
    if not isinstance(value, str):
        raise UnexpectedValueError(f"{what} is no text")
    return value


def number(value: Any, what: str, *, least: float = 0.0, most: float = 1e30) -> float:
    """A number between two bounds; neither ``true`` nor ``NaN`` is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        # Python refuses to write out a whole number of thousands of digits.
        huge = isinstance(value, int) and not -1e30 < value < 1e30
        shown = "huge" if huge else reprlib.repr(value)
        raise UnexpectedValueError(f"{what} is {shown}, not a number from {least:g} to {most:g}")
    return value


def seconds(value: Any, what: str) -> float:
    """A time in seconds: above zero, and not above thirty years."""
    return float(number(value, what, least=1e-9, most=1e9))


def checked_environment(record: Any) -> dict[str, Any]:
    """A record's environment: its device by name, with the processor and threads of a CPU."""
    environment = mapping(entry(record, "environment", "the record"), "environment")
    for name in ("device", "torch"):
        text(entry(environment, name, "environment"), name)
    if environment["device"] == "cpu":
        text(entry(environment, "processor", "environment"), "processor")
        number(entry(environment, "threads", "environment"), "threads", least=1, most=1e6)
    return environment
