"""What the equivalence tests of a plan could find, by the deviations that the paper prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from zerosnet.experiments.planned import PlannedRow
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.trained_stages import Experiment
from zerosnet.judging.cells import Cell, power_of
from zerosnet.judging.evidence import columns_of
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import REPORTED_RUNS, Table, reported_in


@dataclass(frozen=True)
class PlannedPower:
    """The chance that a claim's cells come out again where nothing differs.

    Args:
        least, most: of a cell by itself.
        of_all: of all of them, as a table needs that is REPRODUCED; the cells taken as independent.
        cells: how many there are.
    """

    least: float
    most: float
    of_all: float
    cells: int

    @property
    def told(self) -> str:
        """For people."""
        each = f"{self.least:.2f}"
        if f"{self.most:.2f}" != each:
            each += f" to {self.most:.2f}"
        return f"power {each} a cell, {self.of_all:.2f} for all {self.cells} of them"


def planned_power(
    claims: Sequence[Claim],
    experiment: Experiment,
    table: Table,
    rows: Sequence[PlannedRow],
    profile: Profile,
) -> dict[str, PlannedPower | None]:
    """Claim → its power at the seeds that are planned; ``None`` where no deviation is printed.

    Each cell is taken to vary as printed, one without a printed deviation as the others do.
    """
    return {
        claim.id: _power(claim, experiment, table, rows)
        for claim in claims
        if claim.kind == "equivalence" and claim.decidable_in(profile.name)
    }


def _power(
    claim: Claim, experiment: Experiment, table: Table, rows: Sequence[PlannedRow]
) -> PlannedPower | None:
    cells = [
        (len(row.runs), reported)
        for row in rows
        if claim.is_about(dict(row.row), row.data_set)
        for column in columns_of(experiment, table)
        if (reported := reported_in(row.row, column, experiment.columns.get(row.data_set)))
    ]
    # Read as the test reads it: dividing by n, by which the spread is the larger.
    factor = math.sqrt(REPORTED_RUNS / (REPORTED_RUNS - 1))
    printed = [factor * sd for _, (_, sd) in cells if sd]
    if not printed:
        return None
    usual = math.sqrt(fmean(sd * sd for sd in printed))
    powers = []
    for runs, (mean, sd) in cells:
        cell = Cell("", (), runs, mean, REPORTED_RUNS if sd is not None else 1, sd)
        spread = factor * sd if sd else usual
        powers.append(power_of(cell, runs, claim.margin, spread, claim.level))
    return PlannedPower(min(powers), max(powers), math.prod(powers), len(powers))
