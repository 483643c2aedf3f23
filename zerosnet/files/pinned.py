"""The paper's facts, pinned by checksum: a changed digit in a table is as plausible as the old one.

``claims/paper/SHA256SUMS`` lists the tables, the list of statements, the recipes and what is known
of the released code, as ``sha256sum`` writes it.  These are facts, and nobody who extends the suite
changes them in passing; who adds a table adds its line, which the message gives.

Claims, errata, remarks and deviations are this suite's own words and grow all the time: they are
not pinned.  Claims are read strictly instead (:mod:`zerosnet.paper.claims`), and every change of
one is a line that a reviewer sees.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.reading import content_of
from zerosnet.files.storage import with_plain_line_ends

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def read_pinned(folder: Path, name: str) -> bytes:
    """A file's content, where it is what the list of checksums says.

    Args:
        folder: of the list, ``claims/paper``.
        name: of the file, relative to the folder, with ``/``.

    Raises:
        SuiteError: the file or the list is missing or cannot be read, or the content is another.
    """
    expected = pinned_names(folder).get(name)
    content = with_plain_line_ends(content_of(folder / name))
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        told = f"expected sha256 {expected[:16]}…" if expected else "it is not listed there"
        raise SuiteError(
            f"{folder / name} is not what {SUMS} says ({told}, found {found[:16]}…): restore it "
            f"with git, or, if the change is meant, let {folder / SUMS} have the line "
            f"'{found}  {name}'"
        )
    return content


def pinned_names(folder: Path) -> dict[str, str]:
    """Name → SHA-256 of every file on the list.

    Raises:
        SuiteError: the list is missing, or a line is none of ``sha256sum``.
    """
    path = folder / SUMS
    lines = content_of(path).decode("utf-8", errors="replace").splitlines()
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in sums:
            raise SuiteError(
                f"{path}, line {number}: a checksum, two blanks and a name that stands there once "
                "are expected; restore it with git"
            )
        sums[found[2]] = found[1]
    return sums
