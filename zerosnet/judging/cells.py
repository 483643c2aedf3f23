"""Reported numbers, cell by cell: each is a check of its own; a table's verdict follows from them.

The rule is declared with the claim (``claims/paper/claims.yaml``, kind ``equivalence``): a table is
REPRODUCED if every cell is (intersection-union, which needs no correction), and DIFFERS if one cell
does after Holm's correction over the cells that were checked, so that a table whose numbers are
all within the margin is said to differ in at most 5 % of cases, however many cells it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zerosnet.judging.evidence import TableEvidence
from zerosnet.judging.statistics import (
    Estimate,
    Spread,
    are_alike,
    corrected,
    difference_from_reported,
    own_spread,
    pooled_spread,
    rounded_p,
    seeds_for_tost,
    tost_power,
)
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.judging.wording import points, rounded
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import REPORTED_RUNS

#: The fewest runs a cell may be checked with.
_FEWEST = 2


@dataclass(frozen=True)
class Cell:
    """A reported number and our runs of it.

    Args:
        name: of row and column.
        values: of the completed runs.
        planned: runs that the profile asks for; 0 where it leaves the row out.
        reported: the paper's mean.
        reported_runs: how many runs it is the mean of.
        diverged: how many of our runs did.
        same_images: whether ours are the paper's, all of them at their size.
    """

    name: str
    values: tuple[float, ...]
    planned: int
    reported: float
    reported_runs: int
    diverged: int = 0
    same_images: bool = True

    @property
    def missing(self) -> Outcome | None:
        """Why it cannot be checked, or ``None``: every planned run is there, two completed."""
        if not self.same_images:
            return Outcome.BLOCKED
        if not self.values and not self.diverged:
            return Outcome.NOT_RUN
        if len(self.values) < _FEWEST or len(self.values) + self.diverged < self.planned:
            return Outcome.INSUFFICIENT_SEEDS
        return None


def cells_of(table: TableEvidence, selection: str) -> list[Cell]:
    """Every reported number of the rows at hand; one without a deviation is taken for one run."""
    return [
        Cell(
            row.name if column == "test" else f"{row.name}, {column}",
            tuple(value for _, value in sorted(row.measured[selection][column].items())),
            table.seeds_planned,
            reported,
            REPORTED_RUNS if deviation is not None else 1,
            len(row.diverged),
            row.same_images,
        )
        for row in table.rows
        for column, (reported, deviation) in row.reported.items()
    ]


def check_cells(claim: Claim, table: TableEvidence, selection: str, level: float) -> Verdict:
    """The verdict on a table from those on its cells."""
    cells = cells_of(table, selection)
    checked = [cell for cell in cells if cell.missing is None]
    total = len(cells)
    pooled = pooled_spread([cell.values for cell in checked])
    if pooled is None:
        outcomes = {cell.missing for cell in cells}
        run = outcomes - {Outcome.NOT_RUN, None}
        return Verdict(
            claim.id,
            Outcome.INSUFFICIENT_SEEDS if run else Outcome.NOT_RUN,
            f"0 of {total} cells checked: "
            + ("none has two completed runs, all it asks for" if run else "no run is on record"),
            {"cell_verdicts": {cell.name: cell.missing for cell in cells}},
        )
    alike = are_alike([cell.values for cell in checked])

    def own(cell: Cell) -> Spread:
        return own_spread(cell.values) or pooled

    def together(_cell: Cell) -> Spread:
        return pooled

    spread_of = together if alike else own

    def checks(margin: float, spread: Callable[[Cell], Spread]) -> Checks:
        return Checks(estimates_of(checked, spread), margin, level, claim.family)

    primary = checks(claim.margin, spread_of)
    outcome, p = primary.of_table(total)
    met, missed = (
        sum(o is wanted for o in primary.outcomes.values())
        for wanted in (Outcome.REPRODUCED, Outcome.DIFFERS)
    )
    runs = min(len(cell.values) for cell in checked)
    worst = min(cell.reported_runs for cell in checked)
    power = tost_power(claim.margin, runs, worst, pooled)
    return Verdict(
        claim.id,
        outcome,
        f"{len(checked)} of {total} cells checked, {met} reproduced within "
        f"±{points(claim.margin)}, {missed} different; power {power:.2f} a cell, "
        f"{power ** len(checked):.2f} for all of them",
        {
            "margin": claim.margin,
            "level": level,
            "p_value": rounded_p(p),
            "cells": {
                name: [rounded(x) for x in (found.estimate, found.low, found.high)]
                for name, estimate in primary.estimates.items()
                for found in [estimate.interval(2 * level)]
            },
            "cell_verdicts": {
                cell.name: primary.outcomes.get(cell.name, cell.missing) for cell in cells
            },
            "pooled_sd": rounded(pooled.sd),
            "spreads_alike": alike,
            "power": rounded(power),
            "power_of_all": rounded(power ** len(checked)),
            "seeds_needed": seeds_for_tost(claim.margin, worst, len(checked), pooled.sd),
            "sensitivity": {
                "half margin": checks(claim.margin / 2, spread_of).of_table(total)[0],
                "double margin": checks(claim.margin * 2, spread_of).of_table(total)[0],
                "own SD": checks(claim.margin, own).of_table(total)[0],
                "pooled SD": checks(claim.margin, together).of_table(total)[0],
            },
        },
    )


def estimates_of(cells: Sequence[Cell], spread_of: Callable[[Cell], Spread]) -> dict[str, Estimate]:
    """Cell → our mean minus the reported one."""
    return {
        cell.name: difference_from_reported(
            cell.values, cell.reported, cell.reported_runs, spread_of(cell)
        )
        for cell in cells
    }


@dataclass(frozen=True)
class Checks:
    """Differences from reported numbers, each tested against a margin, and all together."""

    estimates: Mapping[str, Estimate]
    margin: float
    level: float
    family: str

    @cached_property
    def _beyond(self) -> dict[str, float]:
        p_values = [estimate.p_beyond(self.margin) for estimate in self.estimates.values()]
        return dict(zip(self.estimates, corrected(p_values, self.family), strict=True))

    @cached_property
    def _within(self) -> dict[str, float]:
        return {name: found.p_within(self.margin) for name, found in self.estimates.items()}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Cell → its verdict."""
        return {name: self._of_cell(name) for name in self.estimates}

    def _of_cell(self, name: str) -> Outcome:
        if self._beyond[name] <= self.level:
            return Outcome.DIFFERS
        if self._within[name] <= self.level:
            return Outcome.REPRODUCED
        return Outcome.INCONCLUSIVE

    def of_table(self, total: int) -> tuple[Outcome, float]:
        """The verdict on a table of so many cells, and the p-value that it rests on."""
        beyond, within = min(self._beyond.values()), max(self._within.values())
        if beyond <= self.level:
            return Outcome.DIFFERS, beyond
        # What nobody ran can neither be met nor missed.
        if within <= self.level and len(self.estimates) == total:
            return Outcome.REPRODUCED, within
        return Outcome.INCONCLUSIVE, min(beyond, within)


def counted(verdicts: Mapping[str, Any]) -> str:
    """Cells by verdict, for people."""
    found = [Outcome(verdict) for verdict in verdicts.values()]
    return ", ".join(f"{o} {found.count(o)}" for o in Outcome if o in found)
