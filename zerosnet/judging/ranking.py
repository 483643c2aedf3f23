"""Verdicts on claims that one row is the best: against every other row of its depth, in pairs."""

from __future__ import annotations

from typing import Any

from zerosnet.judging.comparing import nothing_to_compare, too_few_seeds
from zerosnet.judging.contrasts import contrast
from zerosnet.judging.divergence import lost_by_divergence
from zerosnet.judging.statistics import Interval, holm, rounded_p
from zerosnet.judging.verdict import Measured, Outcome, Verdict
from zerosnet.judging.weights import is_favoured, values_of
from zerosnet.judging.wording import rounded
from zerosnet.paper.claims import Claim


def rank(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """The favoured row minus each other row of its depth, seed by seed; Holm over all pairs."""
    lost = lost_by_divergence(claim, evidence.table.rows)
    if lost is not None:
        return lost
    pairs: dict[str, tuple[Interval, float, float]] = {}
    level = evidence.level(claim)
    unknown = False
    depths = sorted({(row.data_set, row.layers) for row in evidence.table.rows})
    for depth in depths:
        rows = [row for row in evidence.table.rows if (row.data_set, row.layers) == depth]
        favoured = [row for row in rows if is_favoured(claim, row)]
        if len(favoured) != 1 or not (ours := values_of(claim, favoured[0], selection)):
            continue
        for row in rows:
            theirs = values_of(claim, row, selection)
            if row is favoured[0] or not theirs:
                continue
            found = contrast([ours, theirs], [1, -1])
            if found is None:
                unknown = True
                continue
            estimate = found.estimate
            pairs[row.name] = (
                estimate.interval(level),
                estimate.p_above(0.0),
                estimate.p_below(0.0),
            )
    if unknown:
        return too_few_seeds(claim)
    if not pairs:
        return nothing_to_compare(claim)
    better = holm([p for _, p, _ in pairs.values()])
    worse = holm([p for _, _, p in pairs.values()])
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
    table: dict[str, Any] = {
        name: {
            "difference": rounded(interval.estimate),
            "interval": [rounded(interval.low), rounded(interval.high)],
            "p_better": rounded(p_better),
            "p_worse": rounded(p_worse),
        }
        for (name, (interval, *_)), p_better, p_worse in zip(
            pairs.items(), better, worse, strict=True
        )
    }
    return Verdict(
        claim.id,
        outcome,
        f"significantly better than {sum(p <= level / 2 for p in better)} of {count} others, "
        f"worse than {sum(p <= level / 2 for p in worse)} (paired t-tests over seeds, two-sided "
        f"level {100 * level:.3g} %, Holm; {needed} needed)",
        {
            "pairs": table,
            "p_value": rounded_p(min(1.0, 2 * min(p_holds, p_reversed))),
            "level": level,
            "interval_level": level,
        },
    )
