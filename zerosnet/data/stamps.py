"""Stamps: which raw files have been checked, so that one that has not changed is hashed once.

A stamp is a file's size and modification time with the checksum that was found.  It saves reading
hundreds of megabytes at every start and never stands for a check: a file whose size or time is
another is read again, and a damaged or missing list of stamps only costs time.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

from zerosnet.data.catalogue import RawFile
from zerosnet.data.rawfiles import checksum_of
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json, write_json

SCHEMA = 1
#: A file that was written less than this before it is hashed may be written again without its time
#: changing: file systems count in steps of up to two seconds.  It gets no stamp yet.
_RACY_NS = 2_000_000_000


class Stamps:
    """The stamps of one data set's files, kept in a file of the scratch folder.

    Args:
        path: of that file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            found = read_json(path, SCHEMA).get("files")
        except SuiteError:
            found = None  # absent or damaged: everything is hashed anew
        self._stamps: dict[str, Any] = found if isinstance(found, dict) else {}

    def verify(self, path: Path, raw: RawFile) -> None:
        """Check that a file is what the catalogue says, unless it has been and did not change.

        Raises:
            SuiteError: it is not.
        """
        name = str(path.absolute())
        before = _state(path)
        known = self._stamps.get(name)
        if known in [{**before, "checksum": pinned} for pinned in raw.checksums]:
            return
        found = checksum_of(path, raw)
        if _state(path) == before and time.time_ns() - before["mtime_ns"] > _RACY_NS:
            self._stamps[name] = {**before, "checksum": found}
            # A folder that cannot be written to costs time at the next start, and nothing else.
            with contextlib.suppress(SuiteError):
                write_json(self._path, {"schema": SCHEMA, "files": self._stamps})


def _state(path: Path) -> dict[str, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise SuiteError(f"cannot read {path} ({error.strerror})") from None
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
