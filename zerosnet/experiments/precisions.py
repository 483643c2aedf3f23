"""In which precision the runs of a table are: decided for each data set and seed of a stage.

A profile that trains in bfloat16 is served by float32 as well: ``table3_float32`` holds the two
against each other.  But rows are compared seed by seed, so all rows of a data set and a seed are in
one precision: the profile's, unless only the other one is complete on record.  What is judged
depends on records alone; only who trains asks what the machine is good at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zerosnet.experiments.records import TRAINING, record_path
from zerosnet.files.paths import exists
from zerosnet.training.recipe import Recipe

if TYPE_CHECKING:
    from zerosnet.experiments.planned import PlannedRow
    from zerosnet.training.runs import Run


def in_one_precision(
    rows: Sequence[PlannedRow],
    results: Path,
    profile: str,
    here: Callable[[], str] | None = None,
) -> tuple[PlannedRow, ...]:
    """The same rows, the runs of each data set and seed in the precision that is decided for them.

    Args:
        results: the folder of all profiles' records.
        profile: its name.
        here: gives the precision that this machine trains in; asked where no precision is complete
            on record.  Without it such runs are in the profile's.
    """
    groups: dict[tuple[str, int], list[Run]] = {}
    for row in rows:
        for run in row.runs:
            groups.setdefault((row.data_set, run.seed), []).append(run)
    exact = {group for group, runs in groups.items() if _is_exact(runs, results, profile, here)}
    return tuple(
        replace(
            row,
            runs=tuple(
                in_float32(run) if (row.data_set, run.seed) in exact else run for run in row.runs
            ),
        )
        for row in rows
    )


def _is_exact(
    runs: Sequence[Run], results: Path, profile: str, here: Callable[[], str] | None
) -> bool:
    """Whether runs that the profile has in bfloat16 are to be in float32."""
    others = [in_float32(run) for run in runs]
    if others == [*runs] or _are_on_record(runs, results, profile):
        return False
    if _are_on_record(others, results, profile):
        return True
    return here is not None and here() == "float32"


def _are_on_record(runs: Iterable[Run], results: Path, profile: str) -> bool:
    return all(exists(record_path(results, profile, run.key, TRAINING)) for run in runs)


def in_float32(run: Run) -> Run:
    """The same run in float32, if its recipe names a precision."""
    if isinstance(run.recipe, Recipe) and run.recipe.precision != "float32":
        return replace(run, recipe=replace(run.recipe, precision="float32"))
    return run


def precisions_in_words(runs: Iterable[Run]) -> str:
    """The precision of runs; where they differ, that of each seed: all rows of a seed share it."""
    seeds: dict[str, set[int]] = {}
    for run in runs:
        seeds.setdefault(run.recipe.precision, set()).add(run.seed)
    if len(seeds) == 1:
        return next(iter(seeds))
    return ", ".join(
        f"{name} (seed{'s' * (len(found) > 1)} {', '.join(map(str, sorted(found)))})"
        for name, found in seeds.items()
    )
