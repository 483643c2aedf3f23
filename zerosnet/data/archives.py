"""Archives from outside: read and unpacked without trusting what they say of themselves.

No path leads out of the folder, nothing but files and folders comes out, and no more bytes than the
data set can have, so that a few kilobytes cannot fill the disk or the memory.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from zerosnet.files.errors import SuiteError
from zerosnet.files.temporary import NO_ROOM, unusable

#: What the libraries raise on a damaged archive, or on one that needs a password or a method that
#: they do not have (``RuntimeError``).
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_OPENERS = ((b"\x1f\x8b", gzip.open), (b"\xfd7zXZ\x00", lzma.open), (b"BZh", bz2.open))
_CHUNK = 1 << 20


class UnreadableArchiveError(SuiteError):
    """The file is no archive, a damaged one, or one that no data set is published as."""


def _unreadable(path: Path, error: Exception) -> UnreadableArchiveError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return UnreadableArchiveError(f"{path} is no whole archive ({reason})")


class _Limited(io.RawIOBase):
    """A stream that ends in an error where it goes on beyond a number of bytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._left = stream, limit

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        # One byte more than is left tells whether the stream ends in time.
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        content = self._stream.read(wanted)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("it holds more than the data set has")
        return content


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
    return path.open("rb") if opener is None else cast("IO[bytes]", opener(path, "rb"))


def read_gzip(path: Path, limit: int) -> bytes:
    """What a gzipped file holds.

    Raises:
        UnreadableArchiveError: it is damaged, or holds more than ``limit`` bytes.
    """
    try:
        with gzip.open(path, "rb") as stream:
            return _Limited(cast("IO[bytes]", stream), limit).read()
    except DAMAGE as error:
        raise _unreadable(path, error) from None


def unpack_tar(path: Path, folder: Path, limit: int) -> None:
    """Unpack a tar archive, compressed in any way, into a folder.

    Args:
        limit: bytes of the tar archive, once decompressed.

    Raises:
        UnreadableArchiveError: it is damaged or too large, or a member is anything but a file or a
            folder that lies below ``folder``.
        SuiteError: there is no room in ``folder``, which is a temporary one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _decompressed(path) as packed, tempfile.TemporaryFile(dir=folder) as plain:
            stream = _Limited(packed, limit)
            while chunk := stream.read(_CHUNK):
                plain.write(chunk)
            plain.seek(0)
            with tarfile.open(fileobj=plain, mode="r:") as tar:
                for member in tar:
                    _refuse_strange(member)
                    _write_member(tar, member, folder / member.name)
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise unusable(error) from None
        raise _unreadable(path, error) from None


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Write a member's content, without its owner, mode and time.

    Python has a filter for that from 3.11.4 on only.
    """
    content = tar.extractfile(member)
    if content is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)


def _refuse_strange(member: tarfile.TarInfo) -> None:
    """Refuse what leads out, and links: a published data set has none, and a chain of them can
    lead out although each single one does not.
    """
    place = PurePosixPath(member.name)
    if place.is_absolute() or ".." in place.parts:
        raise ValueError(f"{member.name[:80]!r} leads out of its folder")
    if not (member.isreg() or member.isdir()):
        raise ValueError(f"{member.name[:80]!r} is neither a file nor a folder")
    _refuse_strange_size(member)


def _refuse_strange_size(member: tarfile.TarInfo) -> None:
    """Refuse a size below zero, by which ``tarfile`` would go back and read for ever, and holes.

    Holes are zeros that are not in the archive: a hundred bytes can have any number of them.
    """
    if member.size < 0:
        raise ValueError(f"{member.name[:80]!r} has a size below zero")
    if member.issparse():
        raise ValueError(f"{member.name[:80]!r} has holes, as no published file has")


def image_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """What holds images in a tar or zip archive: (path inside, content).

    These are all ``train/….jpg`` and ``test/….jpg``, without a folder above ``train`` and ``test``,
    and all batches ``….bin``, by their bare names; none of them is hidden.  Nothing is unpacked to
    disk.

    Args:
        limit: bytes of all members together, once decompressed.

    Raises:
        UnreadableArchiveError: the archive is damaged or too large.
    """
    try:
        yield from (
            _zip_members(path, limit) if zipfile.is_zipfile(path) else _tar_members(path, limit)
        )
    except DAMAGE as error:
        raise _unreadable(path, error) from None


def _zip_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = _name_of_images(entry.filename)
            if name is not None and not entry.is_dir():
                # The size that the archive states may be wrong: what is read counts.
                with archive.open(entry) as stream:
                    content = _Limited(stream, limit).read()
                limit -= len(content)
                yield name, content


def _tar_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    with _decompressed(path) as packed:
        stream = cast("IO[bytes]", _Limited(packed, limit))
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                _refuse_strange_size(member)
                name = _name_of_images(member.name)
                content = tar.extractfile(member) if member.isreg() else None
                if name is not None and content is not None:
                    yield name, content.read()


def _name_of_images(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    if any(part.startswith(".") for part in parts):
        return None  # what another system has left beside the files, such as ._0001.jpg
    if name.endswith(".bin"):
        return parts[-1]
    for depth, part in enumerate(parts):
        if part in ("train", "test") and name.endswith(".jpg"):
            return "/".join(parts[depth:])
    return None
