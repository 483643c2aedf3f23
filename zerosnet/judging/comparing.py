"""Verdicts on claims that compare rows of our own: one beats another, is alike, is as good."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from zerosnet.judging.contrasts import (
    Contrast,
    contrast,
    families_at_equal,
    seeds_for_contrast,
    seeds_for_equivalence,
)
from zerosnet.judging.divergence import lost_by_divergence, spared_by_divergence
from zerosnet.judging.equal_fits import FITTED
from zerosnet.judging.evidence import RowEvidence
from zerosnet.judging.labels import labellings
from zerosnet.judging.looks import level_at
from zerosnet.judging.statistics import MOST_SEEDS, Estimate, Interval, holm, rounded_p
from zerosnet.judging.tuned import Tuned, at_equal_loss, tuned_rows
from zerosnet.judging.verdict import Measured, Outcome, Verdict
from zerosnet.judging.weights import Compared, Weights, comparisons_of, left_out, values_of
from zerosnet.paper.claims import LESS_IS_BETTER, SMALLER_MODULUS, ZERO_STABLE, Claim

#: Digits kept of every number: enough for people, few enough to be the same on every machine.
DIGITS = 4
#: Value → (unit, what it is).
_UNITS = {
    "accuracy": ("points", "accuracy"),
    "noisy_accuracy": ("points", "accuracy under perturbation"),
    "under_noise": ("points", "accuracy under noise"),
    "under_fgsm": ("points", "accuracy under FGSM"),
    "under_pgd": ("points", "accuracy under PGD"),
    "drop": ("points", "loss under perturbation"),
    "stage_1": ("powers of ten", "growth of perturbations in the first stage"),
    "relative": ("powers of ten", "growth of perturbations relative to the states"),
    "gap": ("points", "generalization gap"),
    "sharpness": ("powers of ten", "curvature at the end"),
    "all_epochs": ("points", "accuracy over all epochs"),
    "held_out": ("points", "accuracy on held-out images"),
    "at_equal_loss": ("points", "test accuracy at equal training loss"),
    "fitted": ("points", f"test accuracy where {FITTED:g} % of the training images are fit"),
    "top1": ("points", "top-1 accuracy"),
    "top5": ("points", "top-5 accuracy"),
}
#: Of these only the first images may be attacked, so that nothing can be subtracted.
_ON_SOME_IMAGES = ("under_fgsm", "under_pgd")
#: Accuracies that a loss of accuracy qualifies: who is more accurate without has more to lose.
_UNDER = ("noisy_accuracy", "under_noise", "under_fgsm", "under_pgd")


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
    lost = lost_by_divergence(claim, rows)
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
    level = evidence.level(claim)
    one_sided = level if rule.tost else level / 2
    outcome, p = _decided(claim, rule, [found.estimate for found in contrasts], one_sided)
    spared = spared_by_divergence(
        claim, rows, outcome, fmean(found.estimate.value for found in contrasts)
    )
    if spared:
        outcome = Outcome.INCONCLUSIVE
    shown = 2 * one_sided if rule.tost else level
    summary = "; ".join(_told(claim, one, shown) for one in compared)
    each = {}
    if claim.each:
        held = [
            one.found.decides and rule.p_for(claim, one.found.estimate) <= one_sided
            for one in compared
        ]
        summary = _told_of_each(claim, compared, sum(held))
        each["each"] = {
            one.name: {**_numbers(one, shown), "holds": holds}
            for one, holds in zip(compared, held, strict=True)
        }
    summary += spared
    if outcome is Outcome.INCONCLUSIVE and len(contrasts) == 1 and not spared:
        # More seeds for these rows would be one more look at them.
        next_level = level_at(claim.level, evidence.table.looks + 1)
        summary += _what_would_decide(claim, contrasts[0], next_level)
    beside, qualified = _beside(claim, compared, selection, shown)
    if tuned:
        # Labels of rows that are the same network at other settings could not be exchanged.
        qualified["chosen"] = {one.row.method: one.chosen for one in tuned}
        if loss is not None:
            qualified["training_loss"] = rounded(loss)
            beside += f"; at a training loss of {loss:.3g}, the middle of those that all pass"
        beside += f"; {_setting(claim)} by held-out images: {'; '.join(one.told for one in tuned)}"
    else:
        qualified |= labellings(claim, evidence.table, selection)
    return Verdict(
        claim.id,
        outcome,
        summary + beside,
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
    told = " and ".join(f"{name} = {', '.join(texts)}" for name, texts in absent.items())
    return Verdict(
        claim.id,
        Outcome.NOT_TESTABLE_HERE,
        f"this profile has no row with {told}, which the claim compares",
    )


def _never_there(claim: Claim, unreached: Sequence[Tuned], selection: str) -> Verdict:
    """Where networks do not reach, in all their seeds, what they would be compared at."""
    what = _UNITS[claim.value][1]
    if claim.along and not any(one.values(claim, selection) for one in unreached):
        return Verdict(
            claim.id,
            Outcome.NOT_TESTABLE_HERE,
            "no training loss is passed by all networks from their shortest to their longest run",
            {"unreached": [one.row.method for one in unreached]},
        )
    told = "; ".join(
        f"{one.row.method}: {len(one.values(claim, selection))} of {one.completed} seeds"
        for one in unreached
    )
    return Verdict(
        claim.id,
        Outcome.NOT_TESTABLE_HERE,
        f"{what} is known of too few runs at the best {_setting(claim)}: {told}",
        {"unreached": [one.row.method for one in unreached]},
    )


def _decided(
    claim: Claim, rule: _Rule, estimates: Sequence[Estimate], level: float
) -> tuple[Outcome, float]:
    """The verdict and its one-sided p-value; of an open one the smaller."""
    p_for = max(rule.p_for(claim, found) for found in estimates)
    if p_for <= level:
        return rule.holds, p_for
    against: dict[Outcome, list[float]] = {}
    for found in estimates:
        for outcome, p in rule.p_against(claim, found).items():
            against.setdefault(outcome, []).append(p)
    corrected = {outcome: min(holm(ps)) for outcome, ps in against.items()}
    for outcome, p in corrected.items():
        if p <= level:
            return outcome, p
    return Outcome.INCONCLUSIVE, min(p_for, *corrected.values())


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


def _told(claim: Claim, one: Compared, level: float) -> str:
    found = one.found.estimate.interval(level)
    who = "the smallest modulus has" if claim.favoured == SMALLER_MODULUS else None
    text = f"{one.name}: " if one.name else ""
    if claim.weighted_by:
        unit, what = _UNITS[claim.value]
        text += f"the {claim.weighted_by} is {signed(found.estimate)} {unit} of {what} on average"
    else:
        text += by(claim, found.estimate, who) + (" than the largest" if who else "")
    if not one.found.decides:
        return f"{text}, the same to the digit in every seed: no spread, so nothing is decided"
    how = f"{len(one.found.by_seed)} seeds, paired" if one.found.paired else "seeds not paired"
    # As the words say it: how much more of what is measured, even where less is better.
    shown = _mirrored(found) if claim.value in LESS_IS_BETTER else found
    text += f", {interval_text(shown, level)}, {how}"
    if claim.margin:
        text += f"; margin {'±' if claim.kind == 'alike' else ''}{claim.margin:g}"
    return text + (f"; stated: at least {claim.at_least_by:g}" if claim.at_least_by else "")


def _told_of_each(claim: Claim, compared: Sequence[Compared], held: int) -> str:
    """Of many comparisons; one by one they stand in a table of the page."""
    values = [one.found.estimate.value for one in compared]
    unit, what = _UNITS[claim.value]
    seeds = sorted({len(one.found.by_seed) for one in compared})
    bound = f"within ±{claim.margin:g}" if claim.kind == "alike" else "as stated"
    return (
        f"{held} of {len(compared)} differences are shown to be {bound} by themselves; they are "
        f"from {signed(min(values))} to {signed(max(values))} {unit} of {what}, "
        f"{' to '.join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))} seeds"
    )


def _mirrored(found: Interval) -> Interval:
    return Interval(-found.estimate, -found.high, -found.low)


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


def _beside(
    claim: Claim, compared: Sequence[Compared], selection: str, level: float
) -> tuple[str, dict[str, Any]]:
    """What qualifies an accuracy: the same contrast without noise, or on training images."""
    if len(compared) != 1:
        return "", {}
    weights = compared[0].weights
    rows: list[tuple[str, str, list[tuple[dict[int, float], float]]]] = []
    if claim.value in _UNDER:
        clean = [(row.values("accuracy", selection), w) for row, w in weights]
        added = [
            (
                {
                    seed: value - without[seed]
                    for seed, value in values_of(claim, row, selection).items()
                    if seed in without
                },
                w,
            )
            for (row, w), (without, _) in zip(weights, clean, strict=True)
        ]
        rows = [
            ("without perturbation the same contrast is", "without_perturbation", clean),
            ("so the perturbation itself adds", "added_by_perturbation", added),
        ]
        if claim.value in _ON_SOME_IMAGES:
            rows = [
                ("without perturbation, on all test images, it is", "without_perturbation", clean)
            ]
    elif claim.value == "accuracy" and claim.favoured == ZERO_STABLE:
        fits = [(row.training[selection], w) for row, w in weights]
        rows = [
            (
                "on the training images, as met in the last epoch, the same contrast is",
                "on_training_images",
                fits,
            )
        ]
    summary = ""
    details: dict[str, Any] = {}
    for text, name, some in rows:
        if not all(values for values, _ in some):
            continue
        found = contrast([values for values, _ in some], [w for _, w in some])
        if found is None:
            continue
        interval = found.estimate.interval(level)
        summary += f"; {text} {signed(interval.estimate)} {interval_text(interval, None)}"
        ends = [rounded(interval.low), rounded(interval.high)]
        details[name] = {"difference": rounded(interval.estimate), "interval": ends}
    equal = _at_equal_accuracy(claim, weights, selection)
    if equal is not None:
        interval = equal.estimate.interval(level)
        summary += (
            "; at equal accuracy without perturbation (within each seed, one slope for both kinds "
            f"of rows) it is {signed(interval.estimate)} {interval_text(interval, None)}"
        )
        ends = [rounded(interval.low), rounded(interval.high)]
        details["at_equal_accuracy"] = {"difference": rounded(interval.estimate), "interval": ends}
    return summary, details


def _at_equal_accuracy(claim: Claim, weights: Weights, selection: str) -> Contrast | None:
    """An accuracy under perturbation, adjusted for that without; of two plain families alone."""
    if claim.value not in _UNDER or claim.value in _ON_SOME_IMAGES:
        return None
    if len({weight for _, weight in weights}) != 2:
        return None
    sides = [
        [
            (values_of(claim, row, selection), row.values("accuracy", selection))
            for row, weight in weights
            if (weight > 0) is first
        ]
        for first in (True, False)
    ]
    return families_at_equal(*sides)


def by(claim: Claim, difference: float, who: str | None = None) -> str:
    """A difference in words: who has how much more or less of what."""
    unit, what = _UNITS[claim.value]
    # What should be small was counted with a minus: a positive difference means less of it.
    more = (difference >= 0) != (claim.value in LESS_IS_BETTER)
    word = "more" if more else "less"
    who = who or _favoured(claim)
    return f"{who} {abs(difference):.2f} {unit} {word} {what} on average"


#: Columns whose cells are names of rows.
_NAMES = ("row", "model")


def _favoured(claim: Claim) -> str:
    """Which rows are meant, for a sentence: by name where it is one or two."""
    if claim.favoured == ZERO_STABLE or claim.favoured == {"roots": "zero-stable"}:
        return "zero-stable rows have"
    if isinstance(claim.favoured, Mapping) and len(claim.favoured) == 1:
        ((column, texts),) = claim.favoured.items()
        names = [texts] if isinstance(texts, str) else texts
        if column in _NAMES and len(names) == 1:
            return f"{names[0]} has"
        if column in _NAMES and len(names) == 2:
            return f"{names[0]} and {names[1]} have"
    return "the favoured rows have"


def interval_text(found: Interval, level: float | None) -> str:
    """An interval for people, with its confidence in percent if a level is given."""
    ends = f"[{found.low:z.2f}, {found.high:z.2f}]" if math.isfinite(found.low) else "[no ends]"
    ends = ends.replace("-", "−")
    return ends if level is None else f"{100 * (1 - level):.3g} % interval {ends}"


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{value:+z.2f}".replace("-", "−")


def p_text(p: float) -> str:
    """A p-value for people, in four decimals."""
    least = 10.0**-DIGITS
    return f"< {least:.{DIGITS}f}" if p < least else f"{p:.{DIGITS}f}"


def points(value: float) -> str:
    """So many percentage points, for people."""
    return f"{value:g} point" + "s" * (value != 1)


def rounded(value: float) -> float | None:
    """As results hold it; ``None`` for what has no end."""
    return round(float(value), DIGITS) if math.isfinite(value) else None


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
        "the rows do not share two seeds, nor have two runs each: nothing is known of the spread",
    )
