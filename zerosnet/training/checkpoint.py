"""Tensors on disk: verified, atomic, and without pickle.

A checkpoint's file name carries the SHA-256 of its content, so one atomic rename publishes the
content together with its checksum, and a damaged file is recognized by its name.  No file of
tensors is ever unpickled: what is in it can be wrong, but it cannot run.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.paths import is_there
from zerosnet.files.storage import remove, set_aside, write_atomically

#: Checkpoints that are kept: should the newest be damaged, training goes on from the one before.
KEPT = 2


def save_checkpoint(
    folder: Path, epoch: int, tensors: dict[str, Tensor], facts: dict[str, Any]
) -> None:
    """Write ``checkpoint-<epoch>-<sha256>.safetensors`` and drop all but the newest two.

    Args:
        folder: of one run.
        epoch: epochs done, one that diverged among them; of two checkpoints more is newer.
        tensors: any names and shapes.
        facts: JSON-able; comes back from :func:`load_checkpoint`.
    """
    content = _encode(tensors, facts)
    digest = hashlib.sha256(content).hexdigest()
    write_atomically(folder / f"checkpoint-{epoch:05d}-{digest}.safetensors", content)
    for old in _newest_first(folder)[KEPT:]:
        remove(old)


def load_checkpoint(folder: Path, key: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """A run's newest checkpoint that is whole, or ``None``; others are set aside.

    If they stayed, new ones would be taken for older than they are, and be deleted.

    Args:
        folder: of the run.
        key: of the run; what another run has written is not taken for it.

    Raises:
        SuiteError: one cannot be read, or not be set aside.
    """
    for path in _newest_first(folder):
        try:
            tensors, facts = _verified(path, path.stem.rpartition("-")[2])
            if facts.get("key") != key:
                raise DamagedFileError(f"{path} belongs to another run")
        except DamagedFileError as error:
            reason = f"{error}; training goes on from the checkpoint before it, or anew"
            # Of several processes of one run all find it, and one is the first.
            set_aside(path, "damaged", reason, missing_ok=True)
        except SuiteError:
            if path.exists():
                raise
        else:
            return tensors, facts
    return None


def epochs_on_disk(folder: Path) -> int:
    """The epochs that a run's newest checkpoint has, by its name; 0 where there is none."""
    newest = next(iter(_newest_first(folder)), None)
    number = newest.name.split("-")[1] if newest else ""
    return int(number) if number.isdecimal() else 0


def remove_checkpoints(folder: Path) -> None:
    """Delete every checkpoint of a run that is finished, those that were set aside, too."""
    for path in checkpoints_to_go(folder):
        remove(path)


def checkpoints_to_go(folder: Path) -> list[Path]:
    """A run's checkpoints, those that were set aside, too, in the order in which they are deleted.

    The newest is the last: by it a later call sees that what a kill has left is of a finished run.
    """
    whole = _newest_first(folder)[::-1]
    every = folder.glob("checkpoint-*.safetensors*")
    return [path for path in every if path not in whole] + whole


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-*.safetensors"), reverse=True)


def save_weights(folder: Path, name: str, tensors: dict[str, Tensor]) -> str:
    """Write a network's weights; returns the SHA-256 that the run's record keeps.

    It is part of the file's name: the same run of another profile or checkout, which other
    arithmetic made, does not take the place of what a record names.
    """
    content = _encode(tensors, {})
    sha256 = hashlib.sha256(content).hexdigest()
    write_atomically(folder / _weights_name(name, sha256), content)
    return sha256


def weights_path(folder: Path, name: str, sha256: str) -> Path:
    """Where the weights stand that a record names; those of older versions have no sum in it."""
    path = folder / _weights_name(name, sha256)
    older = folder / f"{name}.safetensors"
    return older if not is_there(path.exists) and is_there(older.exists) else path


def _weights_name(name: str, sha256: str) -> str:
    return f"{name}-{sha256[:16]}.safetensors"


def load_weights(path: Path, sha256: str) -> dict[str, Tensor]:
    """Read weights that a record names, at :func:`weights_path`.

    Raises:
        DamagedFileError: its checksum is not the record's.
        SuiteError: the file is missing or cannot be read.
    """
    if not is_there(path.exists):
        raise SuiteError(
            f"{path} is missing: the run's record is here, its weights are not; "
            "delete the record to train it again"
        )
    try:
        return _verified(path, sha256)[0]
    except DamagedFileError as error:
        raise DamagedFileError(f"{error}; delete the run's record to train it again") from None


def _verified(path: Path, sha256: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SuiteError(f"cannot read {path} ({error.strerror})") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DamagedFileError(
            f"{path} is damaged: expected sha256 {sha256[:16]}…, found {found[:16]}…"
        )
    try:
        return _decode(content)
    except (SafetensorError, ValueError, LookupError, TypeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise DamagedFileError(
            f"{path} holds no tensors that this version reads ({reason})"
        ) from None


def _encode(tensors: dict[str, Tensor], facts: dict[str, Any]) -> bytes:
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(whole, metadata={"facts": json.dumps(facts, sort_keys=True)})


def _decode(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors = load(content)
    # The library reads the header's facts only from a file.
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return tensors, dict(json.loads(header["__metadata__"]["facts"]))
