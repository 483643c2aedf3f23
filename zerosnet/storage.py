"""Files that are either whole or not there: atomic writes, and JSON read strictly."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerosnet.errors import SuiteError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old content or the new, never a part.

    Raises:
        SuiteError: the folder is not writable, the disk is full, and the like.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp's 0600 would keep the file from other users
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise SuiteError(
            f"cannot write {path} ({error.strerror}): make room or make the folder writable"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object atomically, as :func:`json_text` lays it out."""
    write_atomically(path, json_text(content))


def json_text(content: Mapping[str, Any]) -> bytes:
    """JSON for people and diffs: a key a line, lists of numbers on one line."""
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
    """Read a JSON object that names its schema.

    Raises:
        SuiteError: the file is missing, damaged, or of another schema.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SuiteError(f"{path} is missing") from None
    except OSError as error:
        raise SuiteError(f"cannot read {path} ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise SuiteError(f"{path} is damaged: it is no JSON; delete it and run again") from None
    found = content.get("schema") if isinstance(content, dict) else None
    if found != schema:
        raise SuiteError(
            f"{path} has schema {found!r}, but this version reads {schema}: "
            "delete it and run again, or use the version that wrote it"
        )
    return dict(content)
