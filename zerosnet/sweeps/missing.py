"""Which runs are still to be trained; asked without loading what trains them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from zerosnet.data.catalogue import data_set
from zerosnet.data.choice import DataChoice
from zerosnet.data.rawfiles import is_at_hand
from zerosnet.experiments.planned import PlannedRow, distinct_runs
from zerosnet.experiments.records import TRAINING, record_path, sound_record, training_record
from zerosnet.files.paths import data_folders, exists
from zerosnet.files.progress import say
from zerosnet.measuring.measurements import Measurement, is_of
from zerosnet.training.runs import Run


def can_load(choice: DataChoice, optional: Collection[str]) -> bool:
    """Whether the images are at hand, or have to be: then loading them says what is missing."""
    return choice.name not in optional or is_at_hand(data_set(choice.name), data_folders())


def runs_without_record(
    rows: Sequence[PlannedRow], results: Path, profile: str, optional: Collection[str]
) -> list[Run]:
    """Every run that has no record yet and whose images may be had; says how many there are.

    Args:
        results: the folder of all profiles' results.
        profile: its name.
        optional: data sets whose runs are left out where they are not at hand.
    """
    runs = distinct_runs(rows)
    missing = [run for run in runs if sound_record(results, profile, run, TRAINING) is None]
    for name in sorted({run.data.name for run in missing if not can_load(run.data, optional)}):
        say(f"{name} is not at hand: its runs are left out. To have it: {data_set(name).obtain}")
    missing = [run for run in missing if can_load(run.data, optional)]
    say(f"{len(runs)} runs, {len(missing)} to train")
    return missing


def any_can_be_trained(rows: Sequence[PlannedRow], results: Path, profile: str) -> bool:
    """Whether some run without a record has its images at hand."""
    return bool(trainable_data(distinct_runs(rows), results, profile))


def trainable_data(runs: Sequence[Run], results: Path, profile: str) -> list[str]:
    """The data sets at hand of runs without a record, by name."""
    names = {
        run.data.name
        for run in runs
        if not exists(record_path(results, profile, run.key, TRAINING))
    }
    return sorted(name for name in names if is_at_hand(data_set(name), data_folders()))


def runs_to_measure(
    rows: Sequence[PlannedRow], measurement: Measurement, results: Path, profile: str
) -> dict[str, tuple[Run, dict[str, Any]]]:
    """Every run that is trained and not measured, by its key, with its training's record."""
    found = {}
    for run in distinct_runs(rows):
        record = training_record(results, profile, run)
        if record is not None and is_to_measure(run, record, measurement, results, profile):
            found[run.key] = run, record
    return found


def is_to_measure(
    run: Run, record: dict[str, Any], measurement: Measurement, results: Path, profile: str
) -> bool:
    """Whether a trained run lacks this measurement of the very weights that are on record."""
    return record["outcome"] == "completed" and not is_of(
        measurement, sound_record(results, profile, run, measurement.name), record
    )
