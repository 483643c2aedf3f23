"""What ``make bench`` measured, as records: one a kind of device, kept in git."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from zerosnet.experiments.records import device_title
from zerosnet.files.checked import (
    UnexpectedValueError,
    checked_environment,
    entry,
    listing,
    mapping,
    number,
    seconds,
    text,
)
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import add_json, read_json
from zerosnet.judging.statistics import Interval, paired_ratio

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
        sweep_operations: of all training for the paper's tables but ImageNet's.
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
        content = json.loads(file.read_bytes())
        measured = [
            _facts(one) for one in listing(entry(content, "benchmarks", "it"), "benchmarks")
        ]
        for one in measured:
            _measured(one)
    except FileNotFoundError:
        raise SuiteError(f"{file} does not exist: `make bench` writes it") from None
    except OSError as error:
        raise SuiteError(f"cannot read {file} ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SuiteError(
            f"{file} is not what `make bench` writes: run it again ({reason})"
        ) from None
    runs, operations = _without_imagenet(root)
    return {
        "schema": SCHEMA,
        "sweep": {"runs": runs, "operations": operations},
        "measured": measured,
        **provenance,
    }


def _facts(benchmark: Any) -> dict[str, Any]:
    """What a record keeps of a benchmark as pytest-benchmark reports it."""
    told = mapping(entry(benchmark, "extra_info", "a benchmark"), "extra_info")
    middle = entry(entry(benchmark, "stats", "a benchmark"), "median", "stats")
    return {**{name: told[name] for name in FACTS if name in told}, "seconds": middle}


def _without_imagenet(root: Path) -> tuple[int, float]:
    """Runs and floating-point operations of the paper's tables in ``paper``, without ImageNet."""
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.experiments.profiles import load_profile
    from zerosnet.experiments.rows import paper_tables, plan_stage
    from zerosnet.experiments.trained_stages import EXPERIMENTS, IMAGENET_STAGE
    from zerosnet.training.work import work_of

    profile = load_profile(root / "params.yaml", "paper")
    tables = paper_tables(root)
    stages = [
        stage
        for stage, experiment in EXPERIMENTS.items()
        if experiment.table in tables and stage != IMAGENET_STAGE
    ]
    runs = distinct_runs(row for stage in stages for row in plan_stage(stage, profile, root))
    return len(runs), sum(map(work_of, runs))


def record_performance(folder: Path, record: dict[str, Any]) -> Path:
    """Write a record, in place of an older one of the same kind of device; returns where."""
    from zerosnet.measuring.runtime import device_slug

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
        except UnexpectedValueError as error:
            raise SuiteError(
                f"{path} is damaged: delete it, or run `make bench` again ({error})"
            ) from None
    return found


def _performance(content: dict[str, Any]) -> Performance:
    environment = checked_environment(content)
    measured = [_measured(one) for one in listing(entry(content, "measured", "it"), "measured")]
    sweep = entry(content, "sweep", "the record")
    return Performance(
        device=device_title(environment),
        is_gpu=environment["device"] != "cpu",
        by_name={one.about: one for one in measured},
        sweep_operations=number(entry(sweep, "operations", "sweep"), "operations"),
        sweep_runs=_count(entry(sweep, "runs", "sweep"), "runs"),
        commit=text(entry(content, "commit", "the record"), "commit"),
        torch=environment["torch"],
    )


def _measured(benchmark: dict[str, Any]) -> Measured:
    about = text(entry(benchmark, "about", "a benchmark"), "about")
    ours, others = (
        [seconds(time, f"{about}, {name}") for time in listing(benchmark.get(name, []), name)]
        for name in ("our_seconds", "other_seconds")
    )
    if others and len(ours) != len(others):
        raise UnexpectedValueError(f"{about} has {len(ours)} and {len(others)} times")
    alone = seconds(entry(benchmark, "seconds", about), f"{about}, seconds")
    return Measured(
        about=about,
        seconds=median(ours) if ours else alone,
        images=_count(benchmark.get("images", 0), f"{about}, images"),
        operations=number(benchmark.get("operations", 0), f"{about}, operations"),
        bytes=number(benchmark.get("bytes", 0), f"{about}, bytes"),
        peak_mib=_count(benchmark.get("peak_mib", 0), f"{about}, peak_mib"),
        ratio=paired_ratio(others, ours) if others else None,
        other_seconds=median(others) if others else 0.0,
    )


def _count(value: Any, what: str) -> int:
    return int(number(value, what, most=1e15))
