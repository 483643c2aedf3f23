"""Raw files on this machine: finding them, and not using one before its checksum holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from zerosnet.data.archives import UnreadableArchiveError, image_members
from zerosnet.data.catalogue import MOST_BYTES, DataSet, RawFile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import is_there

_CHUNK = 1 << 20


def checksum(path: Path, algorithm: str) -> str:
    """A file's checksum; ``members``: SHA-256 over the sorted lines "sha256 path" of its images.

    Raises:
        SuiteError: the file cannot be read, or (``members``) is no whole archive.
    """
    if algorithm == "members":
        lines = sorted(
            f"{hashlib.sha256(content).hexdigest()} {name}"
            for name, content in image_members(path, MOST_BYTES)
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    digest = hashlib.new(algorithm)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise SuiteError(f"cannot read {path} ({error.strerror})") from None
    return digest.hexdigest()


def verify(path: Path, raw: RawFile, advice: str = "") -> None:
    """Check that a file is what the catalogue says.

    Args:
        advice: what to do with a file that is not, for the message.

    Raises:
        SuiteError: it is not; expected and found checksum are in the message.
    """
    checksum_of(path, raw, advice)


def checksum_of(path: Path, raw: RawFile, advice: str = "") -> str:
    """The checksum of a file that is what the catalogue says; see :func:`verify`."""
    try:
        found = checksum(path, raw.algorithm)
    except UnreadableArchiveError as error:
        found = f"none: {error}"
    if found not in raw.checksums:
        usual = f"delete it and {'fetch it again' if raw.url else 'bring a whole copy'}"
        raise SuiteError(
            f"{path} is damaged or another file: expected {raw.algorithm} {raw.checksum}, "
            f"found {found}; {advice or usual}"
        )
    return found


def find(raw: RawFile, folders: Sequence[Path]) -> Path | None:
    """The file in the first folder that has it, at its place or by its bare name."""
    for folder in folders:
        for name in (raw.name, PurePosixPath(raw.name).name):
            if is_there((folder / name).is_file):
                return folder / name
    return None


def is_at_hand(wanted: DataSet, folders: Sequence[Path]) -> bool:
    """Whether the files of a data set are there; nothing is read or checked."""
    if wanted.format == "folder":
        return not wanted.of or folder_of(wanted, folders) is not None
    found = [find(raw, folders) is not None for raw in wanted.files]
    return any(found) if wanted.any_file else all(found)


def folder_of(wanted: DataSet, folders: Sequence[Path]) -> Path | None:
    """Where a data set in folders has its ``train`` and ``val``."""
    places = [folder / wanted.name for folder in folders]
    return next(
        (p for p in places if all(is_there((p / split).is_dir) for split in ("train", "val"))), None
    )


def files_at_hand(wanted: DataSet, folders: Sequence[Path]) -> list[tuple[RawFile, Path | None]]:
    """The files that a data set is read from, each with its place, if it has one."""
    found = [(raw, find(raw, folders)) for raw in wanted.files]
    if wanted.any_file:
        found = [pair for pair in found if pair[1] is not None][:1] or found[:1]
    return found


def require_at_hand(wanted: DataSet, folders: Sequence[Path]) -> None:
    """Ask for the files of a data set; nothing is read or checked.

    Raises:
        SuiteError: one is missing; the message has the command that gets it.
    """
    if wanted.format == "folder":
        if not is_at_hand(wanted, folders):
            raise SuiteError(f"data set {wanted.name} is not at hand: {wanted.obtain}")
        return
    for raw, path in files_at_hand(wanted, folders):
        if path is None:
            looked = ", ".join(map(str, folders))
            raise SuiteError(
                f"data set {wanted.name}: {raw.name} (expected {raw.algorithm} {raw.checksum}) is "
                f"not in {looked}: get it with {wanted.obtain}, or name the folder that has it: "
                "ZEROSNET_DATA=FOLDER"
            )


def verified_files(
    wanted: DataSet, folders: Sequence[Path], check: Callable[[Path, RawFile], None] = verify
) -> list[Path]:
    """The files of a data set, found and checked.

    Args:
        check: that a file is what the catalogue says; with :class:`zerosnet.data.stamps.Stamps`
            only where it has changed.

    Raises:
        SuiteError: one is missing (the message has the command that gets it) or damaged.
    """
    require_at_hand(wanted, folders)
    found = [(raw, path) for raw, path in files_at_hand(wanted, folders) if path is not None]
    for raw, path in found:
        check(path, raw)
    return [path for _, path in found]
