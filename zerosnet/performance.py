"""What ``make bench`` measured, as records: one a kind of device, kept in git."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from zerosnet.errors import SuiteError
from zerosnet.records import device_title
from zerosnet.statistics import Interval, paired_ratio
from zerosnet.storage import add_json, read_json

SCHEMA = 2
#: What a benchmark says of itself; all but ``about`` may be missing.
FACTS = ("about", "images", "operations", "bytes", "peak_mib", "other_seconds", "our_seconds")


@dataclass(frozen=True)
class Measured:
    """One benchmark.

    Args:
        about: what it is about.
        seconds: median of our rounds.
        images: in a round, or 0.
        operations, bytes: floating-point operations and bytes moved in a round, or 0.
        peak_mib: peak memory of the process, in MiB, or 0.
        ratio: how many times as fast as the other side, over paired rounds, with its 90 % interval.
        other_seconds: median of the other side's rounds, or 0.
    """

    about: str
    seconds: float
    images: int
    operations: float
    bytes: float
    peak_mib: int
    ratio: Interval | None
    other_seconds: float


@dataclass(frozen=True)
class Performance:
    """All that one kind of device gave.

    Args:
        device: for people.
        is_gpu: whether it is one.
        by_name: what a benchmark is about → what it gave.
        sweep_operations: of all training for the CIFAR half of the paper.
        sweep_runs: how many runs that is.
        commit, torch: that were measured.
    """

    device: str
    is_gpu: bool
    by_name: dict[str, Measured]
    sweep_operations: float
    sweep_runs: int
    commit: str
    torch: str


def performance_folder(root: Path) -> Path:
    """Where the records stand."""
    return root / "results" / "performance"


def performance_record(file: Path, root: Path, provenance: dict[str, Any]) -> dict[str, Any]:
    """The record of one ``make bench``.

    Args:
        file: that pytest-benchmark wrote.
        root: of the project, for what the paper's training amounts to.
        provenance: what every record says of how it came about.

    Raises:
        SuiteError: the file is missing, damaged, or of other benchmarks.
    """
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["benchmarks"]
        measured = [
            {
                **{
                    name: entry["extra_info"][name] for name in FACTS if name in entry["extra_info"]
                },
                "seconds": entry["stats"]["median"],
            }
            for entry in entries
        ]
        if not all("about" in one for one in measured):
            raise KeyError("about")
    except FileNotFoundError:
        raise SuiteError(f"{file} does not exist: `make bench` writes it") from None
    except (ValueError, KeyError, TypeError):
        raise SuiteError(f"{file} is not what `make bench` writes: run it again") from None
    runs, operations = _cifar_half(root)
    return {
        "schema": SCHEMA,
        "sweep": {"runs": runs, "operations": operations},
        "measured": measured,
        **provenance,
    }


def _cifar_half(root: Path) -> tuple[int, float]:
    """Runs and floating-point operations of the profile ``paper`` without ImageNet."""
    from zerosnet.experiments import EXPERIMENTS, IMAGENET_STAGE, plan_stage
    from zerosnet.planning import work_of
    from zerosnet.profiles import load_profile
    from zerosnet.sweep import distinct_runs

    profile = load_profile(root / "params.yaml", "paper")
    stages = [stage for stage in EXPERIMENTS if stage != IMAGENET_STAGE]
    runs = distinct_runs(row for stage in stages for row in plan_stage(stage, profile, root))
    return len(runs), sum(map(work_of, runs))


def record_performance(folder: Path, record: dict[str, Any]) -> Path:
    """Write a record, in place of an older one of the same kind of device; returns where."""
    from zerosnet.runtime import device_slug

    path = folder / f"{device_slug(record['environment'])}.json"
    add_json(path, record)
    return path


def load_performance(folder: Path) -> list[Performance]:
    """Every record, one a kind of device.

    Raises:
        SuiteError: a record is damaged.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        content = read_json(path, SCHEMA)
        try:
            found.append(_performance(content))
        except (KeyError, TypeError, ValueError):
            raise SuiteError(f"{path} is damaged: delete it, or run `make bench` again") from None
    return found


def _performance(content: dict[str, Any]) -> Performance:
    environment = content["environment"]
    return Performance(
        device=device_title(environment),
        is_gpu=environment["device"] != "cpu",
        by_name={entry["about"]: _measured(entry) for entry in content["measured"]},
        sweep_operations=float(content["sweep"]["operations"]),
        sweep_runs=int(content["sweep"]["runs"]),
        commit=content["commit"],
        torch=environment["torch"],
    )


def _measured(entry: dict[str, Any]) -> Measured:
    ours, others = entry.get("our_seconds", []), entry.get("other_seconds", [])
    return Measured(
        about=entry["about"],
        seconds=median(ours) if ours else entry["seconds"],
        images=entry.get("images", 0),
        operations=entry.get("operations", 0),
        bytes=entry.get("bytes", 0),
        peak_mib=entry.get("peak_mib", 0),
        ratio=paired_ratio(others, ours) if others else None,
        other_seconds=median(others) if others else 0.0,
    )
