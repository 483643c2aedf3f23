"""Files that are either whole or not there: atomic writes, and JSON that carries its checksum."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.paths import exists, is_there
from zerosnet.files.progress import say

#: How the names of files end that are being written.  No reader takes such a file, so what a kill
#: leaves of one does no harm.
PARTIAL = ".partial"
_CHECKSUM = "checksum"

#: For a damaged file that nobody sets aside.
_ADVICE = "; delete it and run again"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old content or the new, never a part.

    A file that is there keeps its mode, and a link leads where it led.

    Raises:
        SuiteError: the folder is not writable, the disk is full, and the like.
    """
    temporary = None
    try:
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        descriptor, name = tempfile.mkstemp(PARTIAL, f".{path.name}.", path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            synchronize(file.fileno())
        with suppress(OSError):  # mkstemp's 0600 would keep the file from other users
            temporary.chmod(mode)
        os.replace(temporary, path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise SuiteError(
            f"cannot write {path} ({error.strerror}): make room or make the folder writable"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


#: What file systems that cannot synchronize answer; whatever else fails has failed to write.
_CANNOT_SYNCHRONIZE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def synchronize(descriptor: int) -> None:
    """Let a file's content outlive a loss of power, where the file system can.

    Raises:
        OSError: the content did not reach the disk.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNCHRONIZE:
            raise


def _sync_folder(folder: Path) -> None:
    """Let the new name outlive a loss of power, too, where folders can be synchronized."""
    with suppress(OSError):  # not every file system can; the file itself is safe by now
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def with_plain_line_ends(content: bytes) -> bytes:
    """A text's bytes as they are in git, also from a system that ends its lines otherwise: what
    checksums of texts are of.
    """
    return content.replace(b"\r\n", b"\n")


def remove_partial_files(folder: Path) -> None:
    """Delete what a kill has left of files that were being written; nobody may be writing now."""
    for path in folder.glob(f".*{PARTIAL}"):
        with suppress(OSError):  # it does no harm, and who cannot write there is told when writing
            path.unlink()


def remove(path: Path) -> None:
    """Delete a file, if it is there.

    Raises:
        SuiteError: its folder is not writable, a folder has its name, and the like.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SuiteError(
            f"cannot remove {path} ({error.strerror}): make its folder writable, or remove it "
            "by hand"
        ) from None


def set_aside(path: Path, word: str, reason: str, *, missing_ok: bool = False) -> Path:
    """Rename a file that is not to be read again, beside where it was, and say so in one line.

    Args:
        word: why, in the new name: ``training.json`` → ``training.json.damaged-1a2b3c4d``.
        reason: why, for people.
        missing_ok: whether another process may do the same, and be quicker.

    Raises:
        SuiteError: it cannot be renamed.
    """
    try:
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    except OSError:
        mark = "unreadable"
    kept = path.with_name(f"{path.name}.{word}-{mark}")
    try:
        os.replace(path, kept)
    except OSError as error:
        if missing_ok and isinstance(error, FileNotFoundError):
            return kept
        raise SuiteError(
            f"{reason}; it cannot be set aside ({error.strerror}): make its folder writable"
        ) from None
    say(f"{reason}; set aside as {kept.name}")
    return kept


def read_or_set_aside(path: Path, read: Callable[[Path], dict[str, Any]]) -> dict[str, Any] | None:
    """Read a file that can be made anew; ``None`` where there is none, and where it was damaged.

    A damaged file is set aside.

    Args:
        read: see :func:`read_json`.
    """
    if not exists(path):
        return None
    try:
        return read(path)
    except DamagedFileError as error:
        if is_there(path.exists):  # another process may have been quicker
            set_aside(path, "damaged", str(error).removesuffix(_ADVICE))
        return None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object atomically, as :func:`sealed_json` has it."""
    write_atomically(path, sealed_json(content))


def add_json(path: Path, content: Mapping[str, Any]) -> None:
    """As :func:`write_json`; a file that is there is set aside, never lost."""
    if is_there(path.exists):
        set_aside(path, "replaced", f"{path} is replaced by a newer one")
    write_json(path, content)


def sealed_json(content: Mapping[str, Any]) -> bytes:
    """A JSON object with its checksum in it: for people and diffs, a key a line."""
    content = as_read(content)
    return _text({**content, _CHECKSUM: _checksum_of(content)})


def as_read(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader of the file gets: lists for tuples, text for keys."""
    return dict(json.loads(_text(content)))


def _checksum_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON object's content, however it is laid out.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(content: Mapping[str, Any]) -> bytes:
    """A key a line, lists of numbers on one line."""
    return (_pretty(dict(content)) + "\n").encode()


def _pretty(value: Any, indent: str = "") -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(str(key))}: {_pretty(value[key], inner)}" for key in value]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list) for item in value):
        lines = [inner + _pretty(item, inner) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read_json(path: Path, schema: int) -> dict[str, Any]:
    """Read a JSON object that names its schema and carries its checksum (which is left out).

    Raises:
        DamagedFileError: the file is not what was written.
        SuiteError: it is missing, cannot be read, or is of another schema.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SuiteError(f"{path} is missing") from None
    except OSError as error:
        raise SuiteError(f"cannot read {path} ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise DamagedFileError(f"{path} is damaged: it is no JSON{_ADVICE}") from None
    content = content if isinstance(content, dict) else {}
    expected = content.pop(_CHECKSUM, None)
    found = content.get("schema")
    if expected is None and found is not None and found != schema:
        raise SuiteError(_other_schema(path, found, schema))
    try:
        whole = _checksum_of(content) == expected
    except (ValueError, RecursionError):  # a number that is not finite, half a character
        whole = False
    if not whole:
        raise DamagedFileError(
            f"{path} is damaged: its content is not that of its checksum{_ADVICE}"
        )
    if found != schema:
        raise SuiteError(_other_schema(path, found, schema))
    return content


def _other_schema(path: Path, found: object, schema: int) -> str:
    return (
        f"{path} has schema {found!r}, but this version reads {schema}: "
        "delete it and run again, or use the version that wrote it"
    )
