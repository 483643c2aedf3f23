"""Manifests: which records a stage rests on, with their checksums.

``results/<profile>/train/<stage>.json`` and ``…/measure/<stage>.json``.  DVC tracks the result of a
stage, neither records nor manifests.  So before a pipeline runs, the manifests whose records are no
longer what they name are removed, and with them the results of their stages
(:mod:`zerosnet.judging.stale`): DVC then does just these stages again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.paths import exists
from zerosnet.files.progress import say
from zerosnet.files.storage import read_json, remove, with_plain_line_ends, write_json

if TYPE_CHECKING:
    from zerosnet.training.runs import Run

SCHEMA = 1


def manifest_path(results: Path, profile: str, kind: str, stage: str) -> Path:
    """Where a stage's manifest stands; the kind is ``train`` or ``measure``."""
    return results / profile / kind / f"{stage}.json"


def write_manifest(path: Path, runs: Iterable[Run], names: Sequence[str]) -> None:
    """Write which records of runs there are.

    Args:
        path: see :func:`manifest_path`.
        names: of the records: ``training``, ``noise``, ….
    """
    entries = []
    for run in runs:
        records = [_record(path, run.key, f"{name}.json") for name in names]
        sums = {record.name: _checksum(record) for record in records if exists(record)}
        entries.append({"key": run.key, "label": run.label, "sha256": sums})
    profile = path.parent.parent.name
    write_json(path, {"schema": SCHEMA, "stage": path.stem, "profile": profile, "runs": entries})


def write_timings_manifest(path: Path) -> None:
    """Write which records of times there are."""
    sums = {file.name: _checksum(file) for file in sorted(_timings(path).glob("*.json"))}
    profile = path.parent.parent.name
    write_json(path, {"schema": SCHEMA, "profile": profile, "sha256": sums})


def remove_stale_manifests(results: Path, profile: str) -> list[Path]:
    """Remove the manifests that name a record which is missing or not what it was; returns which.

    Raises:
        SuiteError: a manifest is of another version, or cannot be removed, or a folder or record
            not be read.
    """
    stale = []
    for kind in ("train", "measure"):
        folder = results / profile / kind
        for path in sorted(folder.glob("*.json")) if exists(folder) else ():
            try:
                changed = [record for record, expected in _named(path) if not _is(record, expected)]
            except DamagedFileError:
                changed = [path]
            if changed:
                remove(path)
                say(f"{changed[0]} is missing or not what it was: {path.stem} is done again")
                stale.append(path)
    return stale


def _named(path: Path) -> Iterator[tuple[Path, str]]:
    """Every record that a manifest names, with its checksum."""
    content = read_json(path, SCHEMA)
    for entry in content.get("runs", []):
        for name, expected in entry["sha256"].items():
            yield _record(path, entry["key"], name), expected
    for name, expected in content.get("sha256", {}).items():
        yield _timings(path) / name, expected


def _record(manifest: Path, key: str, name: str) -> Path:
    return manifest.parent.parent / "runs" / key / name


def _timings(manifest: Path) -> Path:
    return manifest.parent.parent / "runtime"


def _is(record: Path, expected: str) -> bool:
    try:
        return exists(record) and _checksum(record) == expected
    except PermissionError as error:
        raise SuiteError(f"cannot read {record} ({error.strerror}): make it readable") from None
    except OSError:
        return False


def _checksum(path: Path) -> str:
    return hashlib.sha256(with_plain_line_ends(path.read_bytes())).hexdigest()
