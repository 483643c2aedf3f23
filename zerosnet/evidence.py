"""What was measured for each row of a table: records joined to the rows that asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosnet.experiments import Experiment, PlannedRow
from zerosnet.measurements import measurement_of
from zerosnet.profiles import Profile
from zerosnet.records import measurement_record, training_record
from zerosnet.selection import SELECTIONS
from zerosnet.stability import is_zero_stable
from zerosnet.tables import Table, number

NOISE_FREE = "noise_free"

#: Accuracies in percent: seed → value.
BySeed = dict[int, float]


@dataclass(frozen=True)
class RowEvidence:
    """One row of a table: what the paper reports and what the runs gave.

    Args:
        number: of the row in its table, from 0.
        label: what tells the row from the others.
        method: the coefficients of the network's interior blocks, read from the network.
        zero_stable: decided exactly for that method.
        layers: depth of the networks that were run.
        reported: column → (mean, standard deviation or ``None``), percent.
        measured: selection → column → seed → accuracy in percent.
        keys: of the runs, by seed.
        diverged: seeds whose training diverged.
    """

    number: int
    label: str
    cells: dict[str, str]
    method: str
    zero_stable: bool
    layers: int
    reported: dict[str, tuple[float, float | None]]
    measured: dict[str, dict[str, BySeed]]
    keys: dict[int, str]
    diverged: tuple[int, ...]

    def values(self, value: str, selection: str) -> BySeed:
        """Seed → what a claim is about, in percent or percentage points.

        ``accuracy`` without noise; ``noisy_accuracy``, the mean over all noises; ``drop``, the
        accuracy without noise minus that mean; the name of any measured column.
        """
        columns = self.measured[selection]
        if value in columns:
            return dict(columns[value])
        clean = columns.get("test", columns.get(NOISE_FREE, {}))
        if value == "accuracy":
            return dict(clean)
        noisy = {name: seeds for name, seeds in columns.items() if name != NOISE_FREE}
        complete = set.intersection(*(set(seeds) for seeds in noisy.values()))
        means = {s: sum(seeds[s] for seeds in noisy.values()) / len(noisy) for s in complete}
        if value == "noisy_accuracy":
            return means
        return {seed: clean[seed] - mean for seed, mean in means.items() if seed in clean}


@dataclass(frozen=True)
class TableEvidence:
    """All rows of a table that a profile runs, and where their numbers come from.

    Args:
        data_sets, reported_data_sets: of the runs, and of the paper.
        seeds_planned: runs a row.
        columns: ``test``, or the names of the noises.
        setup: data and recipe of the runs, as configured.
        provenance: of the records.
    """

    stage: str
    profile: str
    data_sets: tuple[str, ...]
    reported_data_sets: tuple[str, ...]
    seeds_planned: int
    columns: tuple[str, ...]
    rows: tuple[RowEvidence, ...]
    setup: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def same_images(self) -> bool:
        """Whether the runs used the data sets that the paper reports on, whole."""
        paper = sorted(name.replace("-", "").lower() for name in self.reported_data_sets)
        reduced = [self.setup["data"][what] for what in ("size", "train", "test")]
        return sorted(self.data_sets) == paper and not any(reduced)


def gather(
    experiment: Experiment,
    table: Table,
    planned: Sequence[PlannedRow],
    profile: Profile,
    results: Path,
) -> TableEvidence:
    """Join the records at hand to the rows of a table; what is missing stays missing.

    Raises:
        SuiteError: a record is damaged or of another schema.
    """
    measurement = measurement_of(experiment, table)
    columns = ("test",) if measurement is None else measurement.columns
    rows: list[RowEvidence] = []
    records: dict[str, dict[str, Any]] = {}
    for row in planned:
        measured: dict[str, dict[str, BySeed]] = {
            selection: {column: {} for column in columns} for selection in SELECTIONS
        }
        diverged = []
        keys = {}
        for run in row.runs:
            training = training_record(results, profile.name, run)
            if training is None:
                continue
            records[run.key] = training
            keys[run.seed] = run.key
            if training["outcome"] == "diverged":
                diverged.append(run.seed)
                continue
            if measurement is None:
                for selection in SELECTIONS:
                    accuracy = training["selected"][selection]["test_accuracy"]
                    measured[selection]["test"][run.seed] = accuracy
                continue
            taken = measurement_record(results, profile.name, run, measurement.name)
            if taken is None:
                continue
            records[f"{run.key} {measurement.name}"] = taken
            for selection in SELECTIONS:
                for column, value in taken["values"][selection].items():
                    if column in columns and value is not None:
                        measured[selection][column][run.seed] = value
        method = row.runs[0].build().interior_method
        rows.append(
            RowEvidence(
                number=row.number,
                label=row.label,
                cells=dict(row.row),
                method=method.label,
                zero_stable=is_zero_stable(method),
                layers=row.runs[0].architecture.depth,
                reported={c: r for c in columns if (r := _reported(row, c)) is not None},
                measured=measured,
                keys=keys,
                diverged=tuple(diverged),
            )
        )
    return TableEvidence(
        stage=experiment.stage,
        profile=profile.name,
        data_sets=_distinct(run.data.name for row in planned for run in row.runs),
        reported_data_sets=_distinct(row.row["dataset"] for row in planned),
        seeds_planned=max(len(row.runs) for row in planned),
        columns=columns,
        rows=tuple(rows),
        setup={key: planned[0].runs[0].configuration[key] for key in ("data", "recipe")},
        provenance=_provenance(records),
    )


def _reported(row: PlannedRow, column: str) -> tuple[float, float | None] | None:
    if f"{column}_acc_mean_pct" not in row.row:
        return None
    mean = number(row.row, f"{column}_acc_mean_pct")
    return None if mean is None else (mean, number(row.row, f"{column}_acc_std_pct"))


def _provenance(found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Which code, machines and images the records come from, and what they cost.

    Args:
        found: every record once, by a name that it also has in other tables.
    """
    records = list(found.values())
    environments = [record["environment"] for record in records]
    return {
        "commits": _distinct(record["commit"] for record in records),
        "devices": _distinct(f"{e['device']} ({e['processor']})" for e in environments),
        "torch": _distinct(e["torch"] for e in environments),
        "data_checksums": _distinct(record["data_checksum"] for record in records),
        "first": min((record["finished"] for record in records), default=None),
        "last": max((record["finished"] for record in records), default=None),
        "hours": round(sum(record["wall_seconds"] for record in records) / 3600, 2),
        "hours_by_run": {
            name: round(record["wall_seconds"] / 3600, 4) for name, record in found.items()
        },
    }


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
