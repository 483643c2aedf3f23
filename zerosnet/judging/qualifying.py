"""What qualifies a contrast of accuracies, so that nobody takes it for more than it is.

Who is more accurate under perturbation may be as much more accurate without.  Who is more accurate
on test images may have fitted the training images better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zerosnet.judging.contrasts import BySeed, Contrast, contrast, families_at_equal
from zerosnet.judging.weights import Compared, Weights, values_of
from zerosnet.judging.wording import rounded, with_interval
from zerosnet.paper.claims import ZERO_STABLE, Claim

#: Of these only the first images may be attacked, so that nothing can be subtracted.
_ON_SOME_IMAGES = ("under_fgsm", "under_pgd")
#: Accuracies that a loss of accuracy qualifies: who is more accurate without has more to lose.
_UNDER = ("noisy_accuracy", "under_noise", *_ON_SOME_IMAGES)
#: What is said of a contrast, its name in a result, and the contrast, if there are values.
_Said = tuple[str, str, Contrast | None]


def qualify(
    claim: Claim, one: Compared, selection: str, level: float
) -> tuple[str, dict[str, Any]]:
    """What qualifies a contrast of accuracies: the same contrast of other values.

    Args:
        claim: whose contrast it is.
        one: the contrast.  One of other values than accuracies is qualified by nothing.
        selection: of the epoch.
        level: two-sided, of the intervals.

    Returns:
        Clauses for the summary, and name → difference and interval for the result.
    """
    summary = ""
    details: dict[str, Any] = {}
    for text, name, found in _qualifying(claim, one.weights, selection):
        if found is None:
            continue
        interval = found.estimate.interval(level)
        summary += f"; {text} {with_interval(interval)}"
        details[name] = {
            "difference": rounded(interval.estimate),
            "interval": [rounded(interval.low), rounded(interval.high)],
        }
    return summary, details


def _qualifying(claim: Claim, weights: Weights, selection: str) -> list[_Said]:
    if claim.value == "accuracy" and claim.favoured == ZERO_STABLE:
        text = "in training accuracy, the running mean of the last epoch, the same contrast is"
        fits = [row.training[selection] for row, _ in weights]
        return [(text, "on_training_images", _contrast(fits, weights))]
    if claim.value not in _UNDER:
        return []
    clean = [row.values("accuracy", selection) for row, _ in weights]
    without = _contrast(clean, weights)
    if claim.value in _ON_SOME_IMAGES:
        text = "without perturbation, on all test images, it is"
        return [(text, "without_perturbation", without)]
    perturbed = [values_of(claim, row, selection) for row, _ in weights]
    added = [
        {seed: value - before[seed] for seed, value in after.items() if seed in before}
        for before, after in zip(clean, perturbed, strict=True)
    ]
    return [
        ("without perturbation the same contrast is", "without_perturbation", without),
        ("so the perturbation itself adds", "added_by_perturbation", _contrast(added, weights)),
        (
            "at equal accuracy without perturbation (within each seed, one slope for both kinds "
            "of rows) it is",
            "at_equal_accuracy",
            _at_equal_accuracy(perturbed, clean, weights),
        ),
    ]


def _contrast(values: Sequence[BySeed], weights: Weights) -> Contrast | None:
    """The contrast of other values of the same rows; ``None`` where a row has none of them."""
    return contrast(values, [weight for _, weight in weights]) if all(values) else None


def _at_equal_accuracy(
    perturbed: Sequence[BySeed], clean: Sequence[BySeed], weights: Weights
) -> Contrast | None:
    """Accuracies under perturbation, adjusted for those without; of two plain families alone."""
    if len({weight for _, weight in weights}) != 2:
        return None
    pairs = [*zip(perturbed, clean, strict=True)]
    first, second = (
        [pair for pair, (_, weight) in zip(pairs, weights, strict=True) if (weight > 0) is side]
        for side in (True, False)
    )
    return families_at_equal(first, second)
