"""Files that stand in git, read whole; what cannot be read is one line with what to do."""

from __future__ import annotations

from pathlib import Path

from zerosnet.files.errors import SuiteError


def content_of(path: Path, most: int = -1) -> bytes:
    """What a file holds.

    Args:
        path: of the file.
        most: bytes that are read; all, if below 0.

    Raises:
        SuiteError: it is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise SuiteError(
            f"{path} is missing: restore it with git; commands run in a checkout of the project"
        ) from None
    except OSError as error:
        raise SuiteError(f"{path} cannot be read ({error.strerror}): restore it with git") from None
