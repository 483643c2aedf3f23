"""Folders for a moment, in the system's place for them; where there is none, a line says so."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zerosnet.files.errors import SuiteError

#: What writing answers where the place is at fault and not what is written.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, removed with all that is in it.

    Raises:
        SuiteError: there is no place where one can be made.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="zerosnet-", ignore_cleanup_errors=True)
    except OSError as error:
        raise unusable(error) from None
    with made as name:
        yield Path(name)


def unusable(error: OSError) -> SuiteError:
    """What to say where a temporary folder cannot be made or filled."""
    return SuiteError(
        f"no temporary files can be written ({error.strerror}): make room, or name another folder "
        "for them: TMPDIR=FOLDER"
    )
