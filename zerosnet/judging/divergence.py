"""What divergence does to a verdict: a run that diverged is worse than any that did not.

Values are of the runs that completed.  Where more runs of one side diverged than of the other,
those that are left would favour it; where all of them did, it has lost, if so many are no chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zerosnet.judging.evidence import RowEvidence
from zerosnet.judging.statistics import rounded_p
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.judging.weights import parts_of, side_of, weights_of
from zerosnet.judging.wording import p_in_words
from zerosnet.paper.claims import SMALLER_MODULUS, Claim

#: Kind → the verdicts where no run of the favoured rows, or none of the others, completed.
_WITHOUT_FAVOURED = {
    "order": Outcome.ORDER_REVERSED,
    "alike": Outcome.DIFFERS,
    "as_good": Outcome.INFERIOR,
}
_WITHOUT_OTHERS = {
    "order": Outcome.ORDER_HOLDS,
    "alike": Outcome.DIFFERS,
    "as_good": Outcome.NOT_INFERIOR,
}


@dataclass(frozen=True)
class Side:
    """The runs of one side of a comparison.

    Args:
        diverged, completed: how many.
    """

    diverged: int
    completed: int

    @property
    def lost(self) -> bool:
        """Whether all of them diverged."""
        return self.diverged > 0 and not self.completed

    def p_of_losing(self, other: Side) -> float:
        """One-sided p-value of having lost all runs, if they diverge as the other side's do.

        Fisher's exact test, of the runs of both sides together.
        """
        runs, diverged = self.diverged + self.completed, self.diverged + other.diverged
        every = runs + other.diverged + other.completed
        return math.comb(diverged, runs) / math.comb(every, runs)

    @property
    def share(self) -> float:
        """Of those that diverged."""
        return self.diverged / max(1, self.diverged + self.completed)

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.diverged} of {self.diverged + self.completed}"


def sides(claim: Claim, rows: Sequence[RowEvidence]) -> tuple[Side, Side]:
    """The favoured rows' runs and the others'; rows without a side are of neither."""
    ours, others = (
        side_of_rows(row for row in rows if side_of(claim, row) == wanted) for wanted in (1, -1)
    )
    return ours, others


def side_of_rows(rows: Iterable[RowEvidence]) -> Side:
    """The runs of some rows."""
    some = list(rows)
    # A run that completed may have no value, where it never fits its images, say.
    completed = sum(len(row.keys.keys() - set(row.diverged)) for row in some)
    return Side(sum(len(row.diverged) for row in some), completed)


def lost_by_divergence(claim: Claim, rows: Sequence[RowEvidence], level: float) -> Verdict | None:
    """The verdict where every run of one side diverged and some of the other completed.

    Of a contrast by weights, a jump say, there is none: its rows have no better and no worse side.

    Args:
        level: two-sided.
    """
    if claim.weighted_by:
        return None
    ours, others = sides(claim, rows)
    if ours.lost and others.completed:
        outcome, who, side, rest = _WITHOUT_FAVOURED[claim.kind], "favoured", ours, others
    elif others.lost and ours.completed:
        outcome, who, side, rest = _WITHOUT_OTHERS[claim.kind], "other", others, ours
    else:
        return None
    p = min(1.0, 2 * side.p_of_losing(rest))
    said = (
        f"all {side.diverged} runs of the {who} rows diverged and {rest.told} of the rest; a run "
        "that diverged is worse than any that did not"
    )
    if p > level:
        outcome = Outcome.INCONCLUSIVE
        said += f", but so few runs may do so by chance (Fisher's exact test, {p_in_words(p)})"
    return Verdict(claim.id, outcome, said, {"p_value": rounded_p(p), "level": level})


def spared_by_divergence(
    claim: Claim,
    rows: Sequence[RowEvidence],
    outcome: Outcome,
    differences: Mapping[str, float],
) -> str:
    """Why a verdict may not stand: the side that it speaks for lost more of its runs.

    Args:
        outcome: by the runs that completed.
        differences: of the favoured rows to the others, there, by the name of the comparison.

    Returns:
        A clause for people; nothing where it may.
    """
    if outcome is Outcome.INCONCLUSIVE:
        return ""
    parts = parts_of(claim, rows)
    clauses = (
        _spared(claim, parts[name], outcome, difference) for name, difference in differences.items()
    )
    return next(filter(None, clauses), "")


def _spared(claim: Claim, rows: Sequence[RowEvidence], outcome: Outcome, difference: float) -> str:
    """The same of one comparison."""
    weights = weights_of(claim, rows)
    ours = side_of_rows(row for row, weight in weights if weight > 0)
    others = side_of_rows(row for row, weight in weights if weight < 0)
    if claim.weighted_by and ours.diverged + others.diverged:
        return (
            f"; but {ours.told} runs of rows with a weight above 0 diverged and {others.told} of "
            "those below, and the weights say nothing of a run that diverged"
        )
    if ours.share == others.share:
        return ""
    for_ours = outcome in (Outcome.ORDER_HOLDS, Outcome.NOT_INFERIOR)
    if outcome is Outcome.DIFFERS and claim.kind == "alike":
        for_ours = difference > 0
    spared = ours.share > others.share if for_ours else others.share > ours.share
    if not spared and outcome is not Outcome.EQUIVALENT:
        return ""
    names = "the favoured rows", "the others"
    if claim.favoured == SMALLER_MODULUS:
        names = "rows with smaller moduli", "those with larger ones"
    return (
        f"; but {ours.told} runs of {names[0]} diverged and {others.told} of {names[1]}, "
        "and a run that diverged is worse than any that did not"
    )
