"""What a claim compares: which rows count how much, and which values of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from zerosnet.judging.contrasts import Contrast, contrast
from zerosnet.judging.evidence import RowEvidence
from zerosnet.paper.claims import (
    DATA_SET,
    LESS_IS_BETTER,
    SMALLER_MODULUS,
    ZERO_STABLE,
    Claim,
    fits,
    listed,
)
from zerosnet.paper.tables import parasitic_modulus

#: Row → its weight; the weights of a contrast add up to 0.
Weights = list[tuple[RowEvidence, float]]


def is_favoured(claim: Claim, row: RowEvidence) -> bool:
    """Whether the statement puts this row first."""
    if claim.favoured == ZERO_STABLE:
        return bool(row.zero_stable)
    if isinstance(claim.favoured, str):
        raise ValueError(f"{claim.id}: favoured rows {claim.favoured!r} are unknown")
    return fits(row.cells, claim.favoured)


def side_of(claim: Claim, row: RowEvidence) -> int:
    """1 of a row that the statement puts first, −1 of one that it puts behind, 0 of neither."""
    if claim.weighted_by:
        weight = Fraction(row.cells[claim.weighted_by] or 0)
        return (weight > 0) - (weight < 0)
    if claim.favoured == SMALLER_MODULUS:
        return 0
    return 1 if is_favoured(claim, row) else -1


def left_out(claim: Claim, rows: Sequence[RowEvidence]) -> dict[str, list[str]]:
    """What a claim by weights names and no row has: column → texts.

    A profile may leave out so many rows that the weights of the others still add up to 0.
    """
    if not claim.weighted_by:
        return {}
    cells = [_cells(row) for row in rows]
    missing = {
        column: [text for text in listed(texts) if all(one.get(column) != text for one in cells)]
        for column, texts in claim.rows.items()
    }
    return {column: texts for column, texts in missing.items() if texts}


def values_of(claim: Claim, row: RowEvidence, selection: str) -> dict[int, float]:
    """A row's values by seed where more is better: a drop counts with a minus."""
    sign = -1.0 if claim.value in LESS_IS_BETTER else 1.0
    return {seed: sign * value for seed, value in row.values(claim.value, selection).items()}


@dataclass(frozen=True)
class Compared:
    """One contrast of a claim.

    Args:
        name: the value of the claim's column ``each``, or nothing.
        weights: of the rows that have values.
        found: their contrast.
    """

    name: str
    weights: Weights
    found: Contrast


def comparisons_of(
    claim: Claim, rows: Sequence[RowEvidence], selection: str
) -> list[Compared] | None:
    """The contrasts that decide a claim; none where a family has no completed run, ``None`` where
    nothing is known of the spread.
    """
    found = []
    for name, some in parts_of(claim, rows).items():
        weights = weights_of(claim, [row for row in some if values_of(claim, row, selection)])
        if not weights:
            return []
        between = contrast(
            [values_of(claim, row, selection) for row, _ in weights],
            [weight for _, weight in weights],
        )
        if between is None:
            return None
        found.append(Compared(name, weights, between))
    return found


def parts_of(claim: Claim, rows: Sequence[RowEvidence]) -> dict[str, list[RowEvidence]]:
    """The rows of each comparison of a claim, by what stands in its column ``each``."""
    parts = _split(rows, claim.columns("each"))
    return {", ".join(name): some for name, some in parts.items()}


def weights_of(claim: Claim, rows: Sequence[RowEvidence]) -> Weights:
    """Favoured rows against the others, within every value of the columns that are balanced over.

    Values at which one of the families is missing are left out; the others count alike.
    """
    parts = [
        part
        for some in _split(rows, claim.columns("balanced_over")).values()
        if (part := _within(claim, some))
    ]
    return [(row, weight / len(parts)) for part in parts for row, weight in part]


def _within(claim: Claim, rows: Sequence[RowEvidence]) -> Weights:
    if claim.weighted_by:
        return _as_weighted(claim.weighted_by, rows)
    if claim.favoured == SMALLER_MODULUS:
        return _trend(rows)
    first = [row for row in rows if is_favoured(claim, row)]
    second = [row for row in rows if not is_favoured(claim, row)]
    if not first or not second:
        return []
    return [(row, 1 / len(first)) for row in first] + [(row, -1 / len(second)) for row in second]


def _as_weighted(column: str, rows: Sequence[RowEvidence]) -> Weights:
    """The weights that the rows name; none where they do not add up to 0, as one is missing."""
    weights = [(row, Fraction(row.cells[column])) for row in rows if row.cells[column]]
    if sum((weight for _, weight in weights), Fraction(0)):
        return []
    return [(row, float(weight)) for row, weight in weights]


def _trend(rows: Sequence[RowEvidence]) -> Weights:
    """The line through values over ranks, from its one end (the largest modulus) to the other."""
    moduli = [parasitic_modulus(row.cells) for row in rows]
    ranks = [sorted(set(moduli), reverse=True).index(modulus) for modulus in moduli]
    middle = fmean(ranks) if ranks else 0
    squares = sum((rank - middle) ** 2 for rank in ranks)
    if not squares:
        return []
    return [
        (row, max(ranks) * (rank - middle) / squares) for row, rank in zip(rows, ranks, strict=True)
    ]


def _split(
    rows: Sequence[RowEvidence], columns: Sequence[str]
) -> Mapping[tuple[str, ...], list[RowEvidence]]:
    """Rows by what stands in some columns."""
    parts: dict[tuple[str, ...], list[RowEvidence]] = {}
    for row in rows:
        cells = _cells(row)
        parts.setdefault(tuple(cells.get(column, "") for column in columns), []).append(row)
    return parts


def _cells(row: RowEvidence) -> dict[str, str]:
    """What claims may name of a row: its cells, and its data set."""
    return {**row.cells, DATA_SET: row.data_set}
