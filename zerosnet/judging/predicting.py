"""Verdicts on what predicts the accuracy of methods that were drawn at random.

Each method counts once, by the mean over its seeds: another draw of methods, not of seeds, is what
the verdict speaks of.  So rows that were picked by hand are no evidence for such a claim.
"""

from __future__ import annotations

from typing import Any

from zerosnet.judging.evidence import RowEvidence
from zerosnet.judging.rank_correlations import (
    FEWEST,
    RankCorrelation,
    p_of_difference,
    rank_correlation,
)
from zerosnet.judging.statistics import rounded_p
from zerosnet.judging.verdict import Measured, Outcome, Verdict
from zerosnet.judging.wording import p_in_words, rounded, signed
from zerosnet.paper.claims import Claim
from zerosnet.theory.predictors import SAID_TO_HELP, Blocks

#: What a run that diverged counts as: no network that learns is less accurate.
DIVERGED = 0.0


def predict(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Decide whether a number goes with accuracy, or goes with it more closely than its rival."""
    rows = evidence.table.rows
    if len(rows) < FEWEST:
        return _not_testable(claim, f"{len(rows)} methods are too few for their order to say much")
    level = evidence.level(claim)
    accuracies = [_accuracy(claim, row, selection) for row in rows]
    blocks = [Blocks.of_row(row.method, row.cells, row.layers) for row in rows]
    numbers = {
        name: [SAID_TO_HELP[name](one) for one in blocks]
        for name in filter(None, (claim.predictor, claim.rival))
    }
    found = {name: rank_correlation(values, accuracies) for name, values in numbers.items()}
    known = {name: one for name, one in found.items() if one is not None}
    if len(known) < len(found):
        return _not_testable(claim, f"all {len(rows)} methods have one value")
    ours, p = known[claim.predictor].value, known[claim.predictor].p_value
    better, worse = ours > 0, ours < 0
    if claim.rival:
        # Of how closely they go with accuracy, whichever way the rival goes: its mirror image is as
        # close, and a difference in sign alone is none in closeness.
        first, rival = numbers[claim.predictor], numbers[claim.rival]
        p = max(
            p_of_difference(first, rival, accuracies),
            p_of_difference(first, [-value for value in rival], accuracies),
        )
        # What goes the wrong way, and does so closely, is not beaten by what goes no way at all.
        theirs = known[claim.rival].value
        better, worse = ours > abs(theirs), theirs > abs(ours)
        if not (better or worse):
            p = 1.0  # no p-value of what is claimed, nor of its contrary
    outcome = Outcome.INCONCLUSIVE
    if p <= level and (better or worse):
        outcome = Outcome.ORDER_HOLDS if better else Outcome.ORDER_REVERSED
    said = "; ".join(_told(name, one, level) for name, one in known.items())
    return Verdict(
        claim.id,
        outcome,
        f"over {len(rows)} methods accuracy has the rank correlation {said}; "
        f"{'of their difference' if claim.rival else 'of no dependence'} {p_in_words(p)}",
        {
            "correlations": {name: _numbers(one, level) for name, one in known.items()},
            "p_value": rounded_p(p),
            "level": level,
            "interval_level": level,
        },
    )


def _not_testable(claim: Claim, why: str) -> Verdict:
    return Verdict(claim.id, Outcome.NOT_TESTABLE_HERE, why)


def _accuracy(claim: Claim, row: RowEvidence, selection: str) -> float:
    """The mean over a method's seeds, in percent."""
    values = [*row.values(claim.value, selection).values(), *[DIVERGED] * len(row.diverged)]
    return sum(values) / len(values)


def _told(name: str, found: RankCorrelation, level: float) -> str:
    if found.is_of_a_label:
        return f"{signed(found.value)} (at most ±{found.most:.2f}) with {name}"
    low, high = found.interval(level)
    ends = f"[{signed(low)}, {signed(high)}] ({100 * (1 - level):.3g} %)"
    return f"{signed(found.value)} {ends} with {name}"


def _numbers(found: RankCorrelation, level: float) -> dict[str, Any]:
    ends = (None, None) if found.is_of_a_label else found.interval(level)
    return {
        "value": rounded(found.value),
        "most": rounded(found.most),
        "interval": [None if end is None else rounded(end) for end in ends],
        "p_value": rounded_p(found.p_value),
    }
