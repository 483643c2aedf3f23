"""Differences, intervals and p-values in words and digits, as verdicts and pages show them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from zerosnet.judging.equal_fits import FITTED
from zerosnet.judging.statistics import Interval
from zerosnet.judging.weights import Compared
from zerosnet.paper.claims import LESS_IS_BETTER, SMALLER_MODULUS, ZERO_STABLE, Claim

#: Digits kept of every number: enough for people, few enough to be the same on every machine.
DIGITS = 4
#: Value of a claim → (unit, what it is).
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
#: Columns whose cells are names of rows.
_NAMES = ("row", "model")


def steady(value: float) -> float:
    """A number without its last bits, in which the sums of different processors differ.

    So what lies between two roundings is rounded to the same one everywhere.
    """
    return round(float(value), 10)


def rounded(value: float) -> float | None:
    """A number as results hold it; ``None`` for what has no end."""
    return round(steady(value), DIGITS) if math.isfinite(value) else None


def signed(value: float) -> str:
    """A number with its sign and two decimals."""
    return f"{steady(value):+z.2f}".replace("-", "−")


def points(value: float) -> str:
    """So many percentage points."""
    return f"{value:g} point" + "s" * (value != 1)


def p_text(p: float) -> str:
    """A p-value in four decimals, or that it is below the least of these."""
    least = 10.0**-DIGITS
    return f"< {least:.{DIGITS}f}" if p < least else f"{p:.{DIGITS}f}"


def p_in_words(p: float) -> str:
    """A p-value in a sentence, with its sign of equality or the one below."""
    text = p_text(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def interval_text(found: Interval, level: float | None) -> str:
    """The ends of an interval, with its confidence in percent if a level is given."""
    low, high = steady(found.low), steady(found.high)
    ends = f"[{low:z.2f}, {high:z.2f}]" if math.isfinite(low) else "[no ends]"
    ends = ends.replace("-", "−")
    return ends if level is None else f"{100 * (1 - level):.3g} % interval {ends}"


def with_interval(found: Interval) -> str:
    """A difference with its sign and the ends of its interval."""
    return f"{signed(found.estimate)} {interval_text(found, None)}"


def what_is_compared(claim: Claim) -> str:
    """The value that a claim is about."""
    return _UNITS[claim.value][1]


def told(claim: Claim, one: Compared, level: float) -> str:
    """One contrast of a claim: who has how much more of what, the interval, the seeds, the margin.

    Args:
        level: two-sided, of the interval.
    """
    found = one.found.estimate.interval(level)
    text = f"{one.name}: " if one.name else ""
    if claim.weighted_by:
        unit, what = _UNITS[claim.value]
        text += f"the {claim.weighted_by} is {signed(found.estimate)} {unit} of {what} on average"
    else:
        text += _who_has_more(claim, found.estimate)
    if not one.found.decides:
        return f"{text}, the same to the digit in every seed: no spread, so nothing is decided"
    how = f"{len(one.found.by_seed)} seeds, paired" if one.found.paired else "seeds not paired"
    # The words say how much more there is of what is measured, even where less of it is better.
    shown = _mirrored(found) if claim.value in LESS_IS_BETTER else found
    text += f", {interval_text(shown, level)}, {how}"
    if claim.margin:
        text += f"; margin {'±' if claim.kind == 'alike' else ''}{claim.margin:g}"
    return text + (f"; stated: at least {claim.at_least_by:g}" if claim.at_least_by else "")


def told_of_each(claim: Claim, compared: Sequence[Compared], held: int) -> str:
    """Many contrasts of a claim in one sentence; a table of the page has them one by one.

    Args:
        held: how many of them are shown to be as stated.
    """
    values = [one.found.estimate.value for one in compared]
    unit, what = _UNITS[claim.value]
    seeds = sorted({len(one.found.by_seed) for one in compared})
    bound = f"within ±{claim.margin:g}" if claim.kind == "alike" else "as stated"
    return (
        f"{held} of {len(compared)} differences are shown to be {bound} by themselves; they are "
        f"from {signed(min(values))} to {signed(max(values))} {unit} of {what}, "
        f"{' to '.join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))} seeds"
    )


def _who_has_more(claim: Claim, difference: float) -> str:
    unit, what = _UNITS[claim.value]
    # What should be small was counted with a minus: a positive difference means less of it.
    more = (difference >= 0) != (claim.value in LESS_IS_BETTER)
    amount = f"{abs(difference):.2f} {unit} {'more' if more else 'less'} {what} on average"
    if claim.favoured == SMALLER_MODULUS:
        return f"the smallest modulus has {amount} than the largest"
    return f"{_favoured(claim)} {amount}"


def _favoured(claim: Claim) -> str:
    """The rows that a claim puts first, with their verb; by name where it is one or two."""
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


def _mirrored(found: Interval) -> Interval:
    return Interval(-found.estimate, -found.high, -found.low)
