"""What is to be trained: rows of a table with their runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zerosnet.paper.tables import Row
from zerosnet.training.runs import Run


@dataclass(frozen=True)
class PlannedRow:
    """A row of the table, for one of its data sets, with the runs that measure it, one a seed."""

    number: int
    row: Row
    data_set: str
    label: str
    runs: tuple[Run, ...]


def distinct_runs(rows: Iterable[PlannedRow]) -> list[Run]:
    """Every run once, seed by seed: an interrupted sweep leaves whole seeds, not whole rows."""
    runs = {run.key: run for row in rows for run in row.runs}
    return sorted(runs.values(), key=lambda run: run.seed)
