"""Verdicts on claims that one row is the best: against every other row of its depth, in pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.judging.comparing import nothing_to_compare, too_few_seeds
from zerosnet.judging.contrasts import contrast
from zerosnet.judging.divergence import side_of_rows
from zerosnet.judging.evidence import RowEvidence
from zerosnet.judging.statistics import Interval, holm, rounded_p
from zerosnet.judging.verdict import Measured, Outcome, Verdict
from zerosnet.judging.weights import is_favoured, values_of
from zerosnet.judging.wording import rounded
from zerosnet.paper.claims import Claim


@dataclass(frozen=True)
class _Pair:
    """The favoured row against another of its depth.

    Args:
        interval: of the difference; of nothing where one of them only diverged.
        p_better, p_worse: one-sided, of the favoured row.
        paired: unless the two share too few seeds.
    """

    interval: Interval
    p_better: float
    p_worse: float
    paired: bool


def _pairs(claim: Claim, rows: Sequence[RowEvidence]) -> Iterator[tuple[RowEvidence, RowEvidence]]:
    """The favoured row of every depth with each other row of it that was run.

    Raises:
        SuiteError: several rows of a depth are favoured.
    """
    # A profile may run several depths of the paper by networks of one depth.
    by_depth: dict[tuple[Any, ...], list[RowEvidence]] = {}
    for row in rows:
        if not (row.keys or row.diverged):
            continue
        depth = row.data_set, row.layers, row.cells.get("n_layers")
        by_depth.setdefault(depth, []).append(row)
    for some in by_depth.values():
        favoured = [row for row in some if is_favoured(claim, row)]
        if len(favoured) > 1:
            names = " and ".join(row.name for row in favoured)
            raise SuiteError(f"{claim.id}: one row of a depth can be the best, and {names} are two")
        yield from ((ours, row) for ours in favoured for row in some if row is not ours)


def _compared(
    claim: Claim, ours: RowEvidence, theirs: RowEvidence, selection: str, level: float
) -> _Pair | None:
    """One pair; ``None`` where too few runs are there to know the spread.

    A row of which all runs diverged has lost, if so many are no chance, and one that lost more of
    its runs than the other does not win by those that are left.
    """
    our_side, their_side = side_of_rows([ours]), side_of_rows([theirs])
    if our_side.lost or their_side.lost:
        unknown = Interval(math.nan, -math.inf, math.inf)
        if our_side.lost and their_side.lost:
            return _Pair(unknown, 1.0, 1.0, paired=True)
        if our_side.lost:
            return _Pair(unknown, 1.0, our_side.p_of_losing(their_side), paired=True)
        return _Pair(unknown, their_side.p_of_losing(our_side), 1.0, paired=True)
    found = contrast([values_of(claim, row, selection) for row in (ours, theirs)], [1, -1])
    if found is None:
        return None
    return _Pair(
        found.estimate.interval(level),
        1.0 if our_side.share > their_side.share else found.estimate.p_above(0.0),
        1.0 if their_side.share > our_side.share else found.estimate.p_below(0.0),
        found.paired,
    )


def rank(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """The favoured row minus each other row of its depth, seed by seed; Holm over all pairs."""
    if not any(side_of_rows([row]).completed for row in evidence.table.rows):
        return nothing_to_compare(claim)
    level = evidence.level(claim)
    pairs: dict[str, _Pair] = {}
    for ours, theirs in _pairs(claim, evidence.table.rows):
        pair = _compared(claim, ours, theirs, selection, level)
        if pair is None:
            return too_few_seeds(claim)
        # Two depths of the paper may be run at one depth.
        name = theirs.name
        if name in pairs:
            name += f" (the paper's {theirs.cells.get('n_layers')})"
        pairs[name] = pair
    if not pairs:
        return nothing_to_compare(claim)
    better = holm([pair.p_better for pair in pairs.values()])
    worse = holm([pair.p_worse for pair in pairs.values()])
    count = len(pairs)
    needed = count if claim.against == "all" else count // 2 + 1
    # So many rows that are better leave too few for the statement.
    refuting = count - needed + 1
    # The p-value of "at least so many are": that of the last one that is needed.
    p_holds, p_reversed = sorted(better)[needed - 1], sorted(worse)[refuting - 1]
    outcome = Outcome.INCONCLUSIVE
    if p_holds <= level / 2:
        outcome = Outcome.ORDER_HOLDS
    elif p_reversed <= level / 2:
        outcome = Outcome.ORDER_REVERSED
    tests = "paired t-tests over seeds"
    if not all(pair.paired for pair in pairs.values()):
        tests = "t-tests over seeds, paired where these are shared"
    table: dict[str, Any] = {
        name: {
            "difference": rounded(pair.interval.estimate),
            "interval": [rounded(pair.interval.low), rounded(pair.interval.high)],
            "p_better": rounded(p_better),
            "p_worse": rounded(p_worse),
        }
        for (name, pair), p_better, p_worse in zip(pairs.items(), better, worse, strict=True)
    }
    return Verdict(
        claim.id,
        outcome,
        f"significantly better than {sum(p <= level / 2 for p in better)} of {count} others, "
        f"worse than {sum(p <= level / 2 for p in worse)} ({tests}, two-sided "
        f"level {100 * level:.3g} %, Holm; {needed} needed)",
        {
            "pairs": table,
            "p_value": rounded_p(min(1.0, 2 * min(p_holds, p_reversed))),
            "level": level,
            "interval_level": level,
        },
    )
