"""The one kind of error a user is meant to read."""

from collections.abc import Iterator
from contextlib import contextmanager

#: Of a message, from its start and from its end, where what to do stands.
_START, _END = 900, 900


class SuiteError(Exception):
    """Something the user can mend: one line that says what, where, and what to do.

    The command line prints the message and exits with status 2; it never shows a traceback for it.

    Args:
        message: line breaks and what a terminal would take for a command become blanks, and the
            middle of a page is left out, since a part of the message may come from a file.
    """

    def __init__(self, message: str) -> None:
        line = " ".join("".join(c if c.isprintable() else "\n" for c in message).splitlines())
        if len(line) > _START + _END:
            line = f"{line[:_START]} … {line[-_END:]}"
        super().__init__(line)


class DamagedFileError(SuiteError):
    """A file of the suite's own is not what was written; whoever can make it anew may do so."""


@contextmanager
def told_of(place: str) -> Iterator[None]:
    """Put a place, such as "FILE, row 'NAME'", before the message of an error from this block.

    Raises:
        SuiteError: of the kind that was raised in the block.
    """
    try:
        yield
    except SuiteError as error:
        raise type(error)(f"{place}: {error}") from None
