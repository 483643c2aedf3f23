"""Reported numbers, cell by cell: each is a check of its own; a table's verdict follows from them.

The rule is declared with the claim (``claims/paper/claims.yaml``, kind ``equivalence``): a table is
REPRODUCED if every cell is (intersection-union, which needs no correction), and DIFFERS if one cell
does after Holm's correction over the cells that were checked, so that a table whose numbers are
all within the margin is said to differ in at most 5 % of cases, however many cells it has.

Each cell is tested by itself: Student's t over our runs and the reported ones, by their printed
deviation.  With three runs a cell no test sees whether deviations of cells are alike, and where
they are not, one pooled over cells calls noisy cells different: by the deviations that table 6
prints, one correct table of five.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zerosnet.judging.evidence import TableEvidence
from zerosnet.judging.statistics import (
    NO_SPREAD,
    Estimate,
    Spread,
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
        reported_sd: their standard deviation as printed; ``None`` where none is.
        diverged: how many of our runs did.
        same_images: whether ours are the paper's, all of them at their size.
    """

    name: str
    values: tuple[float, ...]
    planned: int
    reported: float
    reported_runs: int
    reported_sd: float | None = None
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


def cell_name(row: str, column: str) -> str:
    """What tells a reported number from the others of its table.

    Args:
        row: its row's name (:attr:`~zerosnet.judging.evidence.RowEvidence.name`).
    """
    return row if column == "test" else f"{row}, {column}"


def cells_of(table: TableEvidence, selection: str) -> list[Cell]:
    """Every reported number of the rows at hand; one without a deviation is taken for one run."""
    return [
        Cell(
            cell_name(row.name, column),
            tuple(value for _, value in sorted(row.measured[selection][column].items())),
            table.seeds_planned,
            reported,
            REPORTED_RUNS if deviation is not None else 1,
            deviation,
            len(row.diverged),
            row.same_images,
        )
        for row in table.rows
        for column, (reported, deviation) in row.reported.items()
    ]


def _too_few(cells: list[Cell]) -> str:
    """Why no cell can be checked, by the one that has the most runs of the paper's images."""
    begun = [cell for cell in cells if cell.missing is Outcome.INSUFFICIENT_SEEDS]
    if not begun:
        blocked = any(cell.missing is Outcome.BLOCKED for cell in cells)
        return "no run is on the paper's images" if blocked else "no run is on record"
    furthest = max(begun, key=lambda cell: len(cell.values))
    needed = max(furthest.planned, _FEWEST)
    return f"none has enough completed runs ({len(furthest.values)} of {needed} at most)"


def check_cells(
    claim: Claim, table: TableEvidence, selection: str, level: float, reported: int = 0
) -> Verdict:
    """The verdict on a table from those on its cells.

    Args:
        reported: how many numbers the claim is about, those of rows too that the profile leaves
            out; none but those at hand if that is more.
    """
    cells = cells_of(table, selection)
    checked = [cell for cell in cells if cell.missing is None]
    total = max(reported, len(cells))
    pooled = pooled_spread([cell.values for cell in checked])
    if pooled is None:
        outcomes = {cell.missing for cell in cells}
        run = outcomes - {Outcome.NOT_RUN, None}
        return Verdict(
            claim.id,
            Outcome.INSUFFICIENT_SEEDS if run else Outcome.NOT_RUN,
            f"0 of {total} cells checked: " + _too_few(cells),
            {"cell_verdicts": {cell.name: cell.missing for cell in cells}},
        )
    spared = frozenset(cell.name for cell in checked if cell.diverged)

    def checks(margin: float, spread: Callable[[Cell], Spread] = spread_of) -> Checks:
        return Checks(estimates_of(checked, spread), margin, level, claim.family, spared)

    primary = checks(claim.margin)
    outcome, p = primary.of_table(total)
    met, missed = (
        sum(o is wanted for o in primary.outcomes.values())
        for wanted in (Outcome.REPRODUCED, Outcome.DIFFERS)
    )
    spreads = [spread_of(cell).sd for cell in checked]
    # Of a spread of nothing nothing is known, and such a cell cannot be reproduced.
    powers = [
        power_of(cell, len(cell.values), claim.margin, sd, level) if sd >= NO_SPREAD else 0.0
        for cell, sd in zip(checked, spreads, strict=True)
    ]
    others = {
        "half margin": checks(claim.margin / 2),
        "double margin": checks(claim.margin * 2),
        "reported SD dividing by n − 1": checks(claim.margin, _usual),
        "our SD, pooled": checks(claim.margin, lambda _: pooled),
    }
    return Verdict(
        claim.id,
        outcome,
        f"{len(checked)} of {total} cells checked, {met} reproduced within "
        f"±{points(claim.margin)}, {missed} different; power {min(powers):.2f} a cell, "
        f"{math.prod(powers):.2f} for all of them",
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
            "power": rounded(min(powers)),
            "power_of_all": rounded(math.prod(powers)),
            "seeds_needed": seeds_for_tost(
                claim.margin,
                [(cell.reported_runs, sd) for cell, sd in zip(checked, spreads, strict=True)],
                level,
            ),
            "sensitivity": {name: other.of_table(total)[0] for name, other in others.items()},
            "cell_sensitivity": {
                cell.name: {name: other.outcomes[cell.name] for name, other in others.items()}
                for cell in checked
            },
        },
    )


def spread_of(cell: Cell, divisor: int | None = None) -> Spread:
    """The standard deviation of a checked cell's runs, ours and the reported ones together.

    Nothing is known of it where ours are all one number, as of a network that learns nothing.

    Args:
        cell: of two runs or more.
        divisor: of the reported deviation's squares: n, by which it is the larger, unless given;
            the paper does not say.

    Raises:
        ValueError: the cell has fewer than two runs.
    """
    ours = own_spread(cell.values)
    if ours is None:
        raise ValueError(f"{cell.name} has too few runs to be checked")
    if ours.sd < NO_SPREAD or not cell.reported_sd:
        return ours
    squares = ours.df * ours.sd**2 + (divisor or cell.reported_runs) * cell.reported_sd**2
    df = ours.df + cell.reported_runs - 1
    return Spread(math.sqrt(squares / df), df)


def _usual(cell: Cell) -> Spread:
    """The same, if the reported deviation's squares were divided by n − 1."""
    return spread_of(cell, cell.reported_runs - 1)


def power_of(cell: Cell, runs: int, margin: float, sd: float, level: float) -> float:
    """The chance that so many runs of a cell reproduce it, where nothing differs."""
    spread = Spread(sd, runs + cell.reported_runs - 2)
    return tost_power(margin, runs, cell.reported_runs, spread, level)


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
    """Differences from reported numbers, each tested against a margin, and all together.

    Args:
        spared: cells of which a run diverged, which those that completed do not reproduce: a run
            that diverged is worse than any that did not.
    """

    estimates: Mapping[str, Estimate]
    margin: float
    level: float
    family: str
    spared: frozenset[str] = frozenset()

    @cached_property
    def _beyond(self) -> dict[str, float]:
        p_values = [estimate.p_beyond(self.margin) for estimate in self.estimates.values()]
        return dict(zip(self.estimates, corrected(p_values, self.family), strict=True))

    @cached_property
    def _within(self) -> dict[str, float]:
        return {
            name: 1.0 if name in self.spared else found.p_within(self.margin)
            for name, found in self.estimates.items()
        }

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
