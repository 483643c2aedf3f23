"""Verdicts on claims that compare rows of our own: one beats another, is alike, is as good."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zerosnet.judging.contrasts import Contrast, seeds_for_contrast, seeds_for_equivalence
from zerosnet.judging.divergence import lost_by_divergence, spared_by_divergence
from zerosnet.judging.evidence import RowEvidence
from zerosnet.judging.labels import labellings
from zerosnet.judging.looks import level_at
from zerosnet.judging.qualifying import qualify
from zerosnet.judging.statistics import MOST_SEEDS, Estimate, holm, rounded_p
from zerosnet.judging.tuned import Tuned, at_equal_loss, tuned_rows
from zerosnet.judging.verdict import Measured, Outcome, Verdict
from zerosnet.judging.weights import Compared, comparisons_of, left_out
from zerosnet.judging.wording import rounded, told, told_of_each, what_is_compared
from zerosnet.paper.claims import Claim


@dataclass(frozen=True)
class _Rule:
    """How one kind of claim is decided.

    Args:
        holds: the verdict for the claim.
        tost: whether the level is that of each of two one-sided tests, or two-sided.
    """

    holds: Outcome
    tost: bool = False

    def p_for(self, claim: Claim, found: Estimate) -> float:
        """One-sided p-value of the claim."""
        if self.tost:
            return found.p_within(claim.margin)
        return found.p_above(claim.at_least_by if claim.kind == "order" else -claim.margin)

    def p_against(self, claim: Claim, found: Estimate) -> dict[Outcome, float]:
        """Verdict against the claim → its one-sided p-value, the gravest first."""
        if self.tost:
            return {Outcome.DIFFERS: found.p_beyond(claim.margin)}
        if claim.kind == "as_good":
            return {Outcome.INFERIOR: found.p_below(-claim.margin)}
        against = {Outcome.ORDER_REVERSED: found.p_below(0.0)}
        if claim.at_least_by:
            # Better, but by less than was stated, is not reversed.
            against[Outcome.DIFFERS] = found.p_below(claim.at_least_by)
        return against


_RULES = {
    "order": _Rule(Outcome.ORDER_HOLDS),
    "alike": _Rule(Outcome.EQUIVALENT, tost=True),
    "as_good": _Rule(Outcome.NOT_INFERIOR),
}


def compare(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Decide a claim of kind ``order``, ``alike`` or ``as_good``, by contrasts over the seeds.

    A claim about ``each`` of several holds if it holds for all (intersection-union, no correction
    needed), and fails if it fails for one after Holm's correction.
    """
    rows: Sequence[RowEvidence] = evidence.table.rows
    tuned, loss = _tuned(claim, rows, selection)
    if tuned:
        rows = tuple(one.row for one in tuned)
    if absent := left_out(claim, rows):
        return _left_out(claim, absent)
    level = evidence.level(claim)
    lost = lost_by_divergence(claim, rows, level)
    if lost is not None:
        return lost
    unreached = [one for one in tuned if len(one.values(claim, selection)) < one.completed]
    if unreached:
        return _never_there(claim, unreached, selection)
    compared = comparisons_of(claim, rows, selection)
    if compared is None:
        return too_few_seeds(claim)
    if not compared:
        return nothing_to_compare(claim)
    contrasts = [one.found for one in compared]
    rule = _RULES[claim.kind]
    one_sided = level if rule.tost else level / 2
    outcome, p = _decided(claim, rule, [found.estimate for found in contrasts], one_sided)
    differences = {one.name: one.found.estimate.value for one in compared}
    spared = spared_by_divergence(claim, rows, outcome, differences)
    if spared and claim.each and outcome is not rule.holds:
        # One that fails by runs that all completed fails whatever the others have lost.
        kept = [
            None if spared_by_divergence(claim, rows, outcome, {name: value}) else found.estimate
            for (name, value), found in zip(differences.items(), contrasts, strict=True)
        ]
        outcome, p = _against(claim, rule, kept, one_sided)
        spared = spared if outcome is Outcome.INCONCLUSIVE else ""
    if spared:
        # Nor has it a p-value that a correction over claims could take for evidence.
        outcome, p = Outcome.INCONCLUSIVE, 1.0
    shown = 2 * one_sided if rule.tost else level
    summary = "; ".join(told(claim, one, shown) for one in compared)
    each = {}
    if claim.each:
        held = [
            one.found.decides and rule.p_for(claim, one.found.estimate) <= one_sided
            for one in compared
        ]
        summary = told_of_each(claim, compared, sum(held))
        each["each"] = {
            one.name: {**_numbers(one, shown), "holds": holds}
            for one, holds in zip(compared, held, strict=True)
        }
    summary += spared
    if outcome is Outcome.INCONCLUSIVE and len(contrasts) == 1 and not spared:
        # More seeds for these rows would be one more look at them.
        next_level = level_at(claim.level, evidence.table.looks + 1)
        summary += _what_would_decide(claim, contrasts[0], next_level)
    # Of many contrasts a table shows each; what qualifies them would be as long.
    clauses, qualified = (
        qualify(claim, compared[0], selection, shown) if len(compared) == 1 else ("", {})
    )
    if tuned:
        # Labels of rows that are the same network at other settings could not be exchanged.
        qualified["chosen"] = {one.row.method: one.chosen for one in tuned}
        if loss is not None:
            qualified["training_loss"] = rounded(loss)
            clauses += f"; at a training loss of {loss:.3g}, the middle of those that all pass"
        clauses += f"; {_setting(claim)} by held-out images: {'; '.join(one.told for one in tuned)}"
    else:
        qualified |= labellings(claim, evidence.table, selection)
    return Verdict(
        claim.id,
        outcome,
        summary + clauses,
        {
            **_numbers(compared[0], shown),
            "p_value": rounded_p(min(1.0, p * (1 if rule.tost else 2))),
            "level": level,
            **each,
            **qualified,
        },
    )


def _tuned(
    claim: Claim, rows: Sequence[RowEvidence], selection: str
) -> tuple[list[Tuned], float | None]:
    """Networks at their best settings, where the claim compares those; their training loss."""
    if claim.along:
        return at_equal_loss(claim, rows, selection)
    return (tuned_rows(claim, rows, selection) if claim.best_over else []), None


def _setting(claim: Claim) -> str:
    return claim.best_over.replace("_", " ")


def _left_out(claim: Claim, absent: Mapping[str, Sequence[str]]) -> Verdict:
    """Where the profile has no rows of a kind that the claim weighs."""
    rows = " and ".join(f"{name} = {', '.join(texts)}" for name, texts in absent.items())
    return Verdict(
        claim.id,
        Outcome.NOT_TESTABLE_HERE,
        f"this profile has no row with {rows}, which the claim compares",
    )


def _never_there(claim: Claim, unreached: Sequence[Tuned], selection: str) -> Verdict:
    """Where networks do not reach, in all their seeds, what they would be compared at."""
    if claim.along and not any(one.values(claim, selection) for one in unreached):
        return Verdict(
            claim.id,
            Outcome.NOT_TESTABLE_HERE,
            "no training loss is passed by all networks from their shortest to their longest run",
            {"unreached": [one.row.method for one in unreached]},
        )
    reached = "; ".join(
        f"{one.row.method}: {len(one.values(claim, selection))} of {one.completed} seeds"
        for one in unreached
    )
    return Verdict(
        claim.id,
        Outcome.NOT_TESTABLE_HERE,
        f"{what_is_compared(claim)} is known of too few runs at the best {_setting(claim)}: "
        f"{reached}",
        {"unreached": [one.row.method for one in unreached]},
    )


def _decided(
    claim: Claim, rule: _Rule, estimates: Sequence[Estimate], level: float
) -> tuple[Outcome, float]:
    """The verdict and its one-sided p-value; of an open one the smaller."""
    p_for = max(rule.p_for(claim, found) for found in estimates)
    if p_for <= level:
        return rule.holds, p_for
    outcome, p = _against(claim, rule, estimates, level)
    return outcome, p if outcome is not Outcome.INCONCLUSIVE else min(p_for, p)


def _against(
    claim: Claim, rule: _Rule, estimates: Sequence[Estimate | None], level: float
) -> tuple[Outcome, float]:
    """The same of the verdicts against a claim, after Holm's correction over its comparisons.

    Args:
        estimates: ``None`` of a comparison that counts and may decide nothing.
    """
    against: dict[Outcome, list[float]] = {}
    for found in filter(None, estimates):
        for outcome, p in rule.p_against(claim, found).items():
            against.setdefault(outcome, []).append(p)
    silent = [1.0] * sum(found is None for found in estimates)
    corrected = {outcome: min(holm([*ps, *silent])) for outcome, ps in against.items()}
    for outcome, p in corrected.items():
        if p <= level:
            return outcome, p
    return Outcome.INCONCLUSIVE, min(corrected.values(), default=1.0)


def _numbers(one: Compared, level: float) -> dict[str, Any]:
    found = one.found.estimate.interval(level)
    return {
        "difference": rounded(found.estimate),
        "interval": [rounded(found.low), rounded(found.high)],
        "interval_level": level,
        "df": rounded(one.found.estimate.df),
        "paired": one.found.paired,
        "by_seed": [rounded(value) for value in one.found.by_seed],
    }


def _what_would_decide(claim: Claim, found: Contrast, level: float) -> str:
    """The seeds at which a difference like this one, if true, would be found in four of five."""
    if not found.paired or not found.decides:
        return ""
    sd = found.estimate.error * math.sqrt(len(found.by_seed))
    value = found.estimate.value
    if claim.kind == "alike" and abs(value) < claim.margin:
        needed = seeds_for_equivalence(value, sd, claim.margin, level)
    elif claim.kind == "alike":
        needed = seeds_for_contrast(abs(value) - claim.margin, sd, 2 * level)
    else:
        bound = claim.at_least_by if claim.kind == "order" else -claim.margin
        needed = seeds_for_contrast(value - bound, sd, level)
    enough = f"{needed} seeds a row" if needed else f"more than {MOST_SEEDS:,} seeds a row"
    return f"; if it is as large as measured, {enough} would decide (power 80 %)"


def nothing_to_compare(claim: Claim) -> Verdict:
    """Where a family has no completed run."""
    return Verdict(
        claim.id,
        Outcome.INSUFFICIENT_SEEDS,
        "one of the two families has no completed run: nothing to compare",
    )


def too_few_seeds(claim: Claim) -> Verdict:
    """Where nothing is known of the spread."""
    return Verdict(
        claim.id,
        Outcome.INSUFFICIENT_SEEDS,
        "the rows do not share two seeds, nor has each side two independent runs: nothing is known "
        "of the spread",
    )
