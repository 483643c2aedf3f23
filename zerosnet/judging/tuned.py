"""Rows of one network at several settings, each network judged at its best setting.

The setting is chosen on images that were held out of the training images, one for all seeds of a
network; what is judged are test images, which take no part in the choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from zerosnet.judging.evidence import RowEvidence
from zerosnet.paper.claims import Claim

#: The value by which a setting is chosen.
CHOSEN_BY = "held_out"
#: Cells that tell rows apart, for people alone.
_NAMES = ("row", "condition")


@dataclass(frozen=True)
class Tuned:
    """A network at its best setting.

    Args:
        row: of that setting.
        setting: the cell of the claim's column ``best_over``.
        at_an_end: whether it is the least or the greatest of the settings.
        completed: seeds that could have a value there.
    """

    row: RowEvidence
    setting: str
    at_an_end: bool
    completed: int

    def values(self, claim: Claim, selection: str) -> Mapping[int, float]:
        """Seed → the claim's value at that setting, where it has one."""
        return self.row.values(claim.value, selection)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.row.method} {self.setting}" + (
            ", an end of the grid" if self.at_an_end else ""
        )


def tuned_rows(claim: Claim, rows: Sequence[RowEvidence], selection: str) -> list[Tuned]:
    """Every network of a claim once, at its best setting of the column ``best_over``.

    Args:
        claim: with ``best_over``.
        rows: of the claim; networks of which no run completed are left out.
        selection: of the epoch.
    """
    networks: dict[tuple[tuple[str, str], ...], list[RowEvidence]] = {}
    for row in rows:
        same = {k: v for k, v in row.cells.items() if k not in (claim.best_over, *_NAMES)}
        name = tuple(sorted({**same, "data set": row.data_set}.items()))
        networks.setdefault(name, []).append(row)
    found = (_tuned(claim.best_over, some, selection) for some in networks.values())
    return [one for one in found if one is not None]


def _tuned(column: str, rows: Sequence[RowEvidence], selection: str) -> Tuned | None:
    held_out = [row.values(CHOSEN_BY, selection) for row in rows]
    # Where fewer seeds completed, others diverged: such a setting is the worse one.
    most = max(map(len, held_out))
    if not most:
        return None
    means = [
        (fmean(values.values()), row)
        for row, values in zip(rows, held_out, strict=True)
        if len(values) == most
    ]
    best = max(means, key=lambda one: one[0])[1]
    settings = sorted((row.cells[column] for row in rows), key=float)
    setting = best.cells[column]
    return Tuned(
        replace(best, label=best.method), setting, setting in (settings[0], settings[-1]), most
    )
