"""Raw files on this machine: finding them, and not using one before its checksum holds."""

from __future__ import annotations

import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from zerosnet.data.catalogue import DataSet, RawFile
from zerosnet.errors import SuiteError

_CHUNK = 1 << 20
#: What the libraries raise on a damaged archive.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
)


class UnreadableArchiveError(SuiteError):
    """The file is no archive, or a damaged one."""


def image_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every ``train/…`` and ``test/…`` image of a tar or zip archive: (path inside, content).

    Nothing is unpacked to disk.  A folder above ``train`` and ``test`` is left out of the path.

    Raises:
        UnreadableArchiveError: the archive is damaged.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    name = _below_split(entry.filename)
                    if name is not None and not entry.is_dir():
                        yield name, archive.read(entry)
        else:
            with tarfile.open(path) as tar:
                for member in tar:
                    name = _below_split(member.name)
                    content = tar.extractfile(member) if member.isfile() else None
                    if name is not None and content is not None:
                        yield name, content.read()
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UnreadableArchiveError(f"{path} is no whole archive ({reason})") from None


def _below_split(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    for depth, part in enumerate(parts):
        if part in ("train", "test") and name.endswith(".jpg"):
            return "/".join(parts[depth:])
    return None


def checksum(path: Path, algorithm: str) -> str:
    """A file's checksum; ``members``: SHA-256 over the sorted lines "sha256 path" of its images.

    Raises:
        SuiteError: the file cannot be read, or (``members``) is no whole archive.
    """
    if algorithm == "members":
        lines = sorted(
            f"{hashlib.sha256(content).hexdigest()} {name}" for name, content in image_members(path)
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


def verify(path: Path, raw: RawFile) -> None:
    """Check that a file is what the catalogue says.

    Raises:
        SuiteError: it is not; expected and found checksum are in the message.
    """
    try:
        found = checksum(path, raw.algorithm)
    except UnreadableArchiveError as error:
        found = f"none: {error}"
    if found not in (raw.checksum, raw.repacked):
        raise SuiteError(
            f"{path} is damaged or another file: expected {raw.algorithm} {raw.checksum}, "
            f"found {found}; delete it and fetch it again"
        )


def find(raw: RawFile, folders: Sequence[Path]) -> Path | None:
    """The file in the first folder that has it, at its place or by its bare name."""
    for folder in folders:
        for name in (raw.name, PurePosixPath(raw.name).name):
            if (folder / name).is_file():
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
    return next((p for p in places if (p / "train").is_dir() and (p / "val").is_dir()), None)


def verified_files(wanted: DataSet, folders: Sequence[Path]) -> list[Path]:
    """The files of a data set, found and checked.

    Raises:
        SuiteError: one is missing (the message has the command that gets it) or damaged.
    """
    found = [(raw, find(raw, folders)) for raw in wanted.files]
    if wanted.any_file:
        found = [pair for pair in found if pair[1] is not None][:1] or found[:1]
    paths = []
    for raw, path in found:
        if path is None:
            looked = ", ".join(map(str, folders))
            raise SuiteError(
                f"data set {wanted.name}: {raw.name} (expected {raw.algorithm} {raw.checksum}) is "
                f"not in {looked}: get it with `python -m zerosnet data fetch {wanted.name}`, or "
                "name the folder that has it: ZEROSNET_DATA=FOLDER"
            )
        verify(path, raw)
        paths.append(path)
    return paths
