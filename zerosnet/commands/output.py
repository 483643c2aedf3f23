"""Standard output that may be full, or whose reader, such as ``head``, has seen enough."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from typing import IO, cast

from zerosnet.files.errors import SuiteError


class ReaderGoneError(Exception):
    """Nobody reads what is printed any more."""


class _Checked:
    """A stream whose errors are told from those of everything else that a command does."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._discard()
            if isinstance(error, BrokenPipeError):
                raise ReaderGoneError from None
            raise SuiteError(f"cannot write to standard output ({error.strerror})") from None

    def _discard(self) -> None:
        """What is in the stream's memory goes nowhere: Python would try once more at its end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def checked_output() -> Iterator[None]:
    """Print to a standard output that is written out at the end.

    Raises:
        ReaderGoneError: its reader has gone.
        SuiteError: it cannot be written.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may hold what the terminal's encoding cannot write.
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stdout is None:  # closed before the start: there is nothing to write to
        yield
        return
    stream = _Checked(sys.stdout)
    with redirect_stdout(cast("IO[str]", stream)):
        try:
            yield
        except BaseException as error:
            # What went wrong counts, whoever reads what was printed before; --help has succeeded.
            succeeded = isinstance(error, SystemExit) and not error.code
            with nullcontext() if succeeded else suppress(ReaderGoneError, SuiteError):
                stream.flush()
            raise
        stream.flush()
