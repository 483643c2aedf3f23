"""What was measured for each row of a table: records joined to the rows that asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from zerosnet.data.catalogue import data_set
from zerosnet.data.perturb import NOISE_FREE, is_noise
from zerosnet.experiments.planned import PlannedRow
from zerosnet.experiments.precisions import precisions_in_words
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.records import find_record, seconds_of, training_record
from zerosnet.experiments.trained_stages import Experiment
from zerosnet.files.errors import SuiteError
from zerosnet.judging.equal_fits import accuracy_if_fitted
from zerosnet.measuring.attacks import is_attack
from zerosnet.measuring.measurements import Measurement, is_of, measurement_of
from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.networks.layout import interior_method
from zerosnet.paper.tables import Table, reported_in
from zerosnet.training.selection import SELECTIONS

History = Mapping[str, Sequence[float]]
#: Columns that training itself measures: column → (history, epoch) → value.
IN_TRAINING: dict[str, Callable[[History, int], float | None]] = {
    "test": lambda history, epoch: history["test_accuracy"][epoch],
    "top1": lambda history, epoch: history["test_accuracy"][epoch],
    "top5": lambda history, epoch: history["test_top5"][epoch],
    # Whatever the epoch: how soon a training gets where it gets.
    "all_epochs": lambda history, _epoch: round(fmean(history["test_accuracy"]), 4),
    "held_out": lambda history, epoch: (
        history["held_out_accuracy"][epoch] if "held_out_accuracy" in history else None
    ),
    # Of the training images as they are, with the weights at the epoch's end.
    "fit_loss": lambda history, epoch: (
        history["fit_loss"][epoch] if "fit_loss" in history else None
    ),
    "fitted": accuracy_if_fitted,
}
#: What an experiment measures → columns that training gives.
_MEASURED_IN_TRAINING = {
    "top5": ("top1", "top5"),
    "speed": ("test", "all_epochs"),
    "held_out": ("test", "held_out"),
    "fits": ("test", "held_out", "fit_loss", "fitted"),
}
#: Columns that hold the plain test accuracy.
CLEAN = ("test", NOISE_FREE, "top1")
#: Means over one kind of perturbation: value of a claim → whether a column belongs to it.
UNDER: dict[str, Callable[[str], bool]] = {
    "under_noise": is_noise,
    "under_fgsm": lambda name: name.startswith("fgsm_"),
    "under_pgd": lambda name: name.startswith("pgd"),
}
#: Values over all perturbations there are.
_UNDER_ANY = ("noisy_accuracy", "drop")
#: Accuracies in percent: seed → value.
BySeed = dict[int, float]


def _no_values() -> dict[str, BySeed]:
    return {selection: {} for selection in SELECTIONS}


def row_name(label: str, layers: int) -> str:
    """What tells a row from all others of its table, where networks differ in depth, too."""
    return f"{label}, {layers} layers"


@dataclass(frozen=True)
class RowEvidence:
    """One row of a table, for one data set: what the paper reports and what the runs gave.

    Args:
        number: of the row in its table, from 0.
        label: what tells the row from the others.
        data_set: the paper's.
        images: the data set that stands for it, by the catalogue's name.
        same_data_set: whether its images are those of the paper's, in whatever rendition.
        same_images: whether they are the paper's themselves, all of them at their size.
        optional: whether the profile lets the images be absent.
        cells: of the row in its table, by column.
        method: the coefficients of the network's interior blocks.
        zero_stable: decided exactly for that method; ``None`` where the coefficients are trained.
        layers: depth of the networks that were run.
        reported: column → (mean, standard deviation or ``None``), percent.
        measured: selection → column → seed → accuracy in percent.
        keys: of the runs, by seed.
        diverged: seeds whose training diverged.
        curve: test accuracy in percent after every epoch, the mean over the completed runs.
        training: selection → seed → accuracy in percent on the training images, as met in that
            epoch: augmented, and while the weights still changed.
    """

    number: int
    label: str
    data_set: str
    images: str
    same_data_set: bool
    same_images: bool
    optional: bool
    cells: dict[str, str]
    method: str
    zero_stable: bool | None
    layers: int
    reported: dict[str, tuple[float, float | None]]
    measured: dict[str, dict[str, BySeed]]
    keys: dict[int, str]
    diverged: tuple[int, ...]
    curve: tuple[float, ...] = ()
    training: dict[str, BySeed] = field(default_factory=_no_values)

    @property
    def name(self) -> str:
        """What tells the row from all others of its table."""
        return row_name(self.label, self.layers)

    def values(self, value: str, selection: str) -> BySeed:
        """Seed → what a claim is about, in percent or percentage points.

        ``accuracy`` without noise; ``noisy_accuracy``, the mean over all perturbations;
        ``under_noise``, ``under_fgsm``, ``under_pgd``, that over one kind of them; ``drop``, the
        accuracy without noise minus that mean; the name of any measured column.

        Raises:
            SuiteError: nothing of the kind is measured of this row.
        """
        columns = self.measured[selection]
        if value in columns:
            return dict(columns[value])
        clean = [columns[name] for name in CLEAN if name in columns]
        if value == "accuracy" and clean:
            return dict(clean[0])
        of_kind = UNDER.get(value, _is_perturbed)
        under = [seeds for name, seeds in columns.items() if of_kind(name)]
        if value not in (*UNDER, *_UNDER_ANY) or not under or (value == "drop" and not clean):
            raise SuiteError(
                f"{self.name}: {value!r} is not measured there, which a claim compares; measured "
                f"are {', '.join(columns)}"
            )
        means = _means(under)
        if value != "drop":
            return means
        return {seed: clean[0][seed] - mean for seed, mean in means.items() if seed in clean[0]}


def _is_perturbed(column: str) -> bool:
    return is_noise(column) or is_attack(column)


def _means(columns: Sequence[BySeed]) -> BySeed:
    """The mean over columns, for the seeds that all of them have."""
    complete = set.intersection(*map(set, columns)) if columns else set()
    return {seed: sum(column[seed] for column in columns) / len(columns) for seed in complete}


@dataclass(frozen=True)
class TableEvidence:
    """All rows of a table that a profile runs, and where their numbers come from.

    Args:
        seeds_planned: runs a row.
        looks: how often runs were judged as seeds were added (``looks.yaml``).
        columns: ``test``, or what is measured of the trained networks.
        setups: data and recipe of the runs, as configured, for each of the paper's data sets.
        provenance: of the records.
    """

    stage: str
    profile: str
    seeds_planned: int
    columns: tuple[str, ...]
    rows: tuple[RowEvidence, ...]
    setups: dict[str, dict[str, Any]]
    provenance: dict[str, Any]
    looks: int = 1


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
    measurement = measurement_of(experiment, table, profile.tables[experiment.stage].images)
    rows: list[RowEvidence] = []
    records: dict[str, dict[str, Any]] = {}
    for row in planned:
        found: dict[int, _Records] = {}
        for run in row.runs:
            training = training_record(results, profile.name, run)
            if training is None:
                continue
            records[run.key] = training
            taken: dict[str, Any] | None = None
            if measurement is not None and training["outcome"] != "diverged":
                recorded = find_record(results, profile.name, run, measurement.name)
                if recorded is not None and is_of(measurement, recorded, training):
                    taken = records[f"{run.key} {measurement.name}"] = recorded
            found[run.seed] = training, taken
        rows.append(_row(row, found, experiment, measurement, profile))
    names = dict.fromkeys(row.data_set for row in planned)
    return TableEvidence(
        stage=experiment.stage,
        profile=profile.name,
        seeds_planned=max(len(row.runs) for row in planned),
        columns=_columns(experiment, measurement),
        rows=tuple(rows),
        setups={name: _setup([row for row in planned if row.data_set == name]) for name in names},
        provenance=_provenance(records),
    )


#: A run's record of training, and of what was measured of it, where that is on record.
_Records = tuple[dict[str, Any], dict[str, Any] | None]


def _row(
    row: PlannedRow,
    found: Mapping[int, _Records],
    experiment: Experiment,
    measurement: Measurement | None,
    profile: Profile,
) -> RowEvidence:
    """One row, with the records of its runs by seed."""
    images, architecture = row.runs[0].data, row.runs[0].architecture
    # By where it started, where it is trained.
    trained = isinstance(architecture.method, Trainable)
    method = architecture.method if trained else interior_method(architecture)
    fixed = method if isinstance(method, LinearMultistep) else None
    of = data_set(images.name).of
    columns = _columns(experiment, measurement)
    completed = {
        seed: records for seed, records in found.items() if records[0]["outcome"] != "diverged"
    }
    measured: dict[str, dict[str, BySeed]] = {
        selection: {column: {} for column in columns} for selection in SELECTIONS
    }
    fits = _no_values()
    for seed, (training, taken) in completed.items():
        for selection in SELECTIONS:
            epoch = training["selected"][selection]["epoch"]
            fits[selection][seed] = training["history"]["train_accuracy"][epoch]
            values = _values(training, taken, experiment, measurement, selection)
            for column, value in values.items():
                if column in columns and value is not None:
                    measured[selection][column][seed] = value
    curves = [training["history"]["test_accuracy"] for training, _ in completed.values()]
    return RowEvidence(
        number=row.number,
        label=row.label,
        data_set=row.data_set,
        images=images.name,
        same_data_set=of == row.data_set,
        same_images=data_set(images.name).canonical
        and of == row.data_set
        and not any((images.size, images.train, images.test)),
        optional=images.name in profile.optional,
        cells=dict(row.row),
        method=method.name if fixed is None else fixed.label,
        zero_stable=None if fixed is None else is_zero_stable(fixed),
        layers=architecture.depth,
        reported={
            column: reported
            for column in columns
            if (reported := reported_in(row.row, column, experiment.columns.get(row.data_set)))
        },
        measured=measured,
        keys={seed: training["key"] for seed, (training, _) in found.items()},
        diverged=tuple(seed for seed in found if seed not in completed),
        curve=tuple(round(fmean(values), 2) for values in zip(*curves, strict=True)),
        training=fits,
    )


def _values(
    training: Mapping[str, Any],
    taken: Mapping[str, Any] | None,
    experiment: Experiment,
    measurement: Measurement | None,
    selection: str,
) -> dict[str, float | None]:
    """Column → value of one run at a selected epoch; nothing where it still is to be measured."""
    history, epoch = training["history"], training["selected"][selection]["epoch"]
    if measurement is None:
        return {name: of(history, epoch) for name, of in _in_training(experiment).items()}
    if taken is None:
        return {}
    values = dict(taken["values"][selection])
    return values | {name: IN_TRAINING[name](history, epoch) for name in measurement.trained}


def _setup(rows: Sequence[PlannedRow]) -> dict[str, Any]:
    """Data and recipe of one data set's runs; the precision of each seed, where they differ."""
    configuration = rows[-1].runs[0].configuration
    precision = precisions_in_words(run for row in rows for run in row.runs)
    recipe = {**configuration["recipe"], "precision": precision}
    return {"data": configuration["data"], "recipe": recipe}


def columns_of(experiment: Experiment, table: Table) -> tuple[str, ...]:
    """What is measured for each row of an experiment, by name."""
    return _columns(experiment, measurement_of(experiment, table))


def _columns(experiment: Experiment, measurement: Measurement | None) -> tuple[str, ...]:
    return tuple(_in_training(experiment)) if measurement is None else measurement.columns


def _in_training(experiment: Experiment) -> dict[str, Callable[[History, int], float | None]]:
    """Column → (history of training, epoch) → value, where nothing else is measured."""
    return {
        column: IN_TRAINING[column]
        for column in _MEASURED_IN_TRAINING.get(experiment.measured, ("test",))
    }


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
        "hours": round(sum(map(seconds_of, records)) / 3600, 2),
        "hours_by_run": {
            name: round(seconds_of(record) / 3600, 4) for name, record in found.items()
        },
    }


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
