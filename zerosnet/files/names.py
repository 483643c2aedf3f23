"""Names that people type: found in any case, and where there is none, the near ones are offered."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from zerosnet.files.errors import SuiteError

#: Near names that are offered, and names that are listed where none is near.
_OFFERED, _LISTED = 5, 40


def in_any_case(name: str, known: Iterable[str]) -> str | None:
    """The known name that this is, however it is written; ``None`` if it is none."""
    spelt = {each.casefold(): each for each in known}
    return spelt.get(name.strip().casefold())


def known_name(name: str, known: Iterable[str], problem: str, listed: str = "") -> str:
    """A name as it is known, in any case.

    Args:
        name: as it was typed.
        known: names.
        problem: what is wrong with another name, for the message: "claim 'C99' is unknown".
        listed: where all of them can be read, if they are many.

    Raises:
        SuiteError: it is none of them; the message offers the near ones, else all.
    """
    names = list(known)
    found = in_any_case(name, names)
    if found is None:
        raise unknown_name(name, names, problem, listed)
    return found


def unknown_name(name: str, known: Iterable[str], problem: str, listed: str = "") -> SuiteError:
    """What to say of a name that is not known as it is written; see :func:`known_name`."""
    return SuiteError(f"{problem}: {_advice(name, list(known), listed)}")


def _advice(name: str, known: list[str], listed: str) -> str:
    near = near_names(name, known)
    if near:
        *others, last = near
        return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    if len(known) > _LISTED and listed:
        return f"{listed} lists all {len(known)}"
    return f"one of {', '.join(known)}"


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """The names that begin with this one, then those that are written alike; the nearest first."""
    typed = name.strip().casefold()
    spelt = {each.casefold(): each for each in known}
    begun = [each for each in spelt if typed and each.startswith(typed)]
    alike = difflib.get_close_matches(typed[:100], spelt, n=_OFFERED)
    return [spelt[each] for each in dict.fromkeys([*begun, *alike])][:_OFFERED]
