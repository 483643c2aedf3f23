"""Rows of one network at several settings, each network judged at its best setting.

The setting of each seed is the one that is best on held-out images in the network's *other* seeds.
What is judged are test images, which take no part in the choice.  The choices of the seeds share
most of their runs, so a test is conditional on them: where settings are nearly tied, its level can
be up to twice the nominal one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import fmean

from zerosnet.judging.equal_fits import Ends, accuracy_at, common_loss
from zerosnet.judging.evidence import RowEvidence
from zerosnet.paper.claims import Claim

#: The value by which a setting is chosen.
CHOSEN_BY = "held_out"
#: The value that is judged at an equal training loss.
AT_EQUAL_LOSS = "at_equal_loss"
#: Cells that tell rows apart, for people alone.
_NAMES = ("row", "condition")
_Rows = list[RowEvidence]


@dataclass(frozen=True)
class Tuned:
    """A network, each of its seeds at its best setting.

    Args:
        row: with the values of every seed at that setting.
        settings: seed → cell of the claim's column ``best_over``.
        grid: all settings, from the least.
    """

    row: RowEvidence
    settings: Mapping[int, str]
    grid: tuple[str, ...]

    def values(self, claim: Claim, selection: str) -> Mapping[int, float]:
        """Seed → the claim's value at that setting, where it has one."""
        return self.row.values(claim.value, selection)

    @property
    def completed(self) -> int:
        """Seeds that could have a value."""
        return len(self.settings.keys() - set(self.row.diverged))

    @property
    def chosen(self) -> str:
        """The settings, the most frequent first."""
        return " or ".join(setting for setting, _ in Counter(self.settings.values()).most_common())

    @property
    def told(self) -> str:
        """For people."""
        at_an_end = {self.grid[0], self.grid[-1]} & set(self.settings.values())
        return f"{self.row.method} {self.chosen}" + ", an end of the grid" * bool(at_an_end)


def tuned_rows(claim: Claim, rows: Sequence[RowEvidence], selection: str) -> list[Tuned]:
    """Every network of a claim once, at its best settings of the column ``best_over``.

    Args:
        claim: with ``best_over``, and ``along`` where lengths of training are more settings of a
            network: then at its longest.
        rows: of the claim.
        selection: of the epoch.
    """
    return [lengths[-1] for lengths in _networks(claim, rows, selection)]


def at_equal_loss(
    claim: Claim, rows: Sequence[RowEvidence], selection: str
) -> tuple[list[Tuned], float | None]:
    """Every network once, with its test accuracy where all have the same training loss.

    Returns:
        The networks, and the loss (:func:`~zerosnet.judging.equal_fits.common_loss`); without
        values where there is no such loss.
    """
    networks = _networks(claim, rows, selection)
    ends = [_ends(lengths, selection) for lengths in networks]
    loss = common_loss(ends)
    found = []
    for lengths, some in zip(networks, ends, strict=True):
        last = lengths[-1]
        values = {} if loss is None else accuracy_at(some, loss)
        measured = {selection: {**last.row.measured[selection], AT_EQUAL_LOSS: values}}
        row = replace(last.row, measured={**last.row.measured, **measured})
        found.append(replace(last, row=row))
    return found, loss


def _networks(claim: Claim, rows: Sequence[RowEvidence], selection: str) -> list[list[Tuned]]:
    """Of every network its lengths of training, the shortest first, each at its best settings."""
    networks: dict[tuple[tuple[str, str], ...], dict[str, _Rows]] = {}
    for row in rows:
        apart = (claim.best_over, claim.along, *_NAMES)
        same = {k: v for k, v in row.cells.items() if k not in apart}
        name = tuple(sorted({**same, "data set": row.data_set}.items()))
        length = row.cells[claim.along] if claim.along else "1"
        networks.setdefault(name, {}).setdefault(length, []).append(row)
    return [
        [
            _tuned(claim.best_over, by_length[key], selection)
            for key in sorted(by_length, key=Fraction)
        ]
        for by_length in networks.values()
    ]


def _ends(lengths: Sequence[Tuned], selection: str) -> Ends:
    """What every seed that completed all lengths reached at the end of each."""
    losses = [one.row.values("fit_loss", selection) for one in lengths]
    accuracies = [one.row.values("accuracy", selection) for one in lengths]
    seeds = set.intersection(*map(set, (*losses, *accuracies)))
    return {
        seed: [(loss[seed], of[seed]) for loss, of in zip(losses, accuracies, strict=True)]
        for seed in sorted(seeds)
    }


def _tuned(column: str, rows: _Rows, selection: str) -> Tuned:
    rows = sorted(rows, key=lambda row: float(row.cells[column]))
    held_out = [row.values(CHOSEN_BY, selection) for row in rows]
    # Where fewer seeds completed, others diverged: such a setting is the worse one.
    most = max(map(len, held_out))
    some = [n for n, values in enumerate(held_out) if len(values) == most]
    seeds = sorted({seed for n in some for seed in held_out[n]})
    middle = (len(rows) - 1) / 2

    def best_for(seed: int) -> int:
        def merit(number: int) -> tuple[float, float]:
            values = held_out[number]
            # A single seed has no others.
            others = [v for s, v in values.items() if s != seed] or [*values.values()]
            # Rounded: means that are equal may differ in their last digit.
            return round(fmean(others), 9), -abs(number - middle)

        return max(some, key=merit)

    chosen = {seed: rows[best_for(seed)] for seed in seeds}
    merged = replace(
        rows[0],
        label=rows[0].method,
        measured={
            name: {
                value: {
                    s: row.measured[name][value][s]
                    for s, row in chosen.items()
                    if s in row.measured[name][value]
                }
                for value in columns
            }
            for name, columns in rows[0].measured.items()
        },
        training={
            name: {s: row.training[name][s] for s, row in chosen.items() if s in row.training[name]}
            for name in rows[0].training
        },
        keys={s: row.keys[s] for s, row in chosen.items() if s in row.keys},
        # A seed that no setting has completed has lost its run at the best one, too.
        diverged=tuple(
            sorted(
                {s for s, row in chosen.items() if s in row.diverged}
                | {s for row in rows for s in row.diverged if s not in chosen}
            )
        ),
    )
    settings = {seed: row.cells[column] for seed, row in chosen.items()}
    return Tuned(merged, settings, tuple(row.cells[column] for row in rows))
