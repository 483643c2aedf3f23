"""What ``make faults`` tried, as a record: one, kept in git, of the campaign that was run last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosnet.experiments.records import device_title
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import exists
from zerosnet.files.storage import add_json, read_json

SCHEMA = 1


@dataclass(frozen=True)
class Fault:
    """One kind of fault: what it is, how often it was tried, what was lost by it."""

    fault: str
    tried: int
    lost: str


@dataclass(frozen=True)
class Campaign:
    """All faults that were tried in one go.

    Args:
        faults: kind by kind.
        device: on what, for people.
        commit, finished: of what, and when.
    """

    faults: tuple[Fault, ...]
    device: str
    commit: str
    finished: str


def campaign_path(root: Path) -> Path:
    """Where the record stands."""
    return root / "results" / "reliability" / "campaign.json"


def record_campaign(file: Path, root: Path, provenance: Mapping[str, Any]) -> None:
    """Put on record what ``make faults`` has counted.

    Args:
        file: that it wrote.
        provenance: what every record says of how it came about.

    Raises:
        SuiteError: the file is missing or not what ``make faults`` writes.
    """
    try:
        faults = _faults(json.loads(file.read_bytes())["faults"])
    except FileNotFoundError:
        raise SuiteError(f"{file} does not exist: `make faults` writes it") from None
    except OSError as error:
        raise SuiteError(f"cannot read {file} ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise SuiteError(f"{file} is not what `make faults` writes: run it again") from None
    entries = [{"fault": f.fault, "tried": f.tried, "lost": f.lost} for f in faults]
    add_json(campaign_path(root), {"schema": SCHEMA, "faults": entries, **provenance})


def load_campaign(root: Path) -> Campaign | None:
    """The campaign on record, or ``None``.

    Raises:
        SuiteError: the record is damaged.
    """
    path = campaign_path(root)
    if not exists(path):
        return None
    content = read_json(path, SCHEMA)
    try:
        return Campaign(
            _faults(content["faults"]),
            device_title(content["environment"]),
            str(content["commit"]),
            str(content["finished"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise SuiteError(f"{path} is damaged: delete it, or run `make faults` again") from None


def _faults(entries: Sequence[Mapping[str, Any]]) -> tuple[Fault, ...]:
    """Faults in the order of their first entry; entries of one fault and loss are added up."""
    tried: dict[tuple[str, str], int] = {}
    for entry in entries:
        kind = (str(entry["fault"]), str(entry["lost"]))
        tried[kind] = tried.get(kind, 0) + int(entry["tried"])
    if not tried:
        raise ValueError("no fault was tried")
    return tuple(Fault(fault, number, lost) for (fault, lost), number in tried.items())
