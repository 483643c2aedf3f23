"""Rows of our own against each other: contrasts of rows, seed by seed.

Runs of one seed share the order of the images and the augmentation, and, where they keep equally
many states, their initial weights: they are pairs.  A contrast is taken within every seed; its
spread over the seeds is all that a test needs, however unlike the rows vary and however they go
together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from scipy import stats

from zerosnet.judging.satterthwaite import degrees_of_freedom
from zerosnet.judging.statistics import (
    ENOUGH_POWER,
    NO_SPREAD,
    Estimate,
    least_seeds,
)

#: Seed → value, in percent or percentage points.
BySeed = Mapping[int, float]


@dataclass(frozen=True)
class Contrast:
    """Σ weight × mean of a row.

    Args:
        estimate: with its error, over seeds.
        by_seed: the contrast of the runs of each seed alone, where all rows have one.
        paired: whether the error is that of these; else the two sides count as independent.
    """

    estimate: Estimate
    by_seed: tuple[float, ...]
    paired: bool

    @property
    def decides(self) -> bool:
        """Whether there is any spread to judge by."""
        return self.estimate.error >= NO_SPREAD


def contrast(rows: Sequence[BySeed], weights: Sequence[float]) -> Contrast | None:
    """A linear contrast of rows, by the seeds that they share.

    Where they share fewer than two, those with a weight above 0 and those below are compared as
    independent samples of unequal variance (Satterthwaite 1946), each side by the seeds that its
    rows share: runs of one seed are no independent ones.

    Args:
        rows: seed → value; none is empty.
        weights: of the rows' means.

    Returns:
        ``None`` where nothing is known of the spread.
    """
    shared = sorted(set.intersection(*(set(row) for row in rows)))
    if len(shared) > 1:
        values = np.array([[row[seed] for seed in shared] for row in rows])
        each = np.asarray(weights) @ values
        spread = float(each.std(ddof=1))
        error = 0.0 if spread < NO_SPREAD else spread / math.sqrt(len(shared))
        found = Estimate(float(each.mean()), error, len(shared) - 1)
        return Contrast(found, tuple(map(float, each)), paired=True)
    independent: list[list[float]] = []
    for sign in (1, -1):
        side = [(row, w) for row, w in zip(rows, weights, strict=True) if sign * w > 0]
        samples = _samples(side)
        if samples is None:
            return None
        independent += samples
    estimate = sum(map(fmean, independent))
    parts = [(stdev(sample) ** 2 / len(sample), len(sample) - 1) for sample in independent]
    variance = sum(part for part, _ in parts)
    df = degrees_of_freedom(parts) if variance else 1.0
    return Contrast(Estimate(estimate, math.sqrt(variance), df), (), paired=False)


def _samples(side: Sequence[tuple[BySeed, float]]) -> list[list[float]] | None:
    """What is independent in some rows with weights: their sum by seed, or rows of other seeds.

    Returns:
        Samples of two or more values, whose means add up to that of the side; ``None`` where rows
        have seeds in common, but not two that all of them have, or a row has one run.
    """
    if not side:
        return []
    shared = sorted(set.intersection(*(set(row) for row, _ in side)))
    if len(shared) > 1:
        return [[sum(w * row[seed] for row, w in side) for seed in shared]]
    seeds = [seed for row, _ in side for seed in row]
    if len(set(seeds)) < len(seeds) or min(len(row) for row, _ in side) < 2:
        return None
    return [[w * value for value in row.values()] for row, w in side]


def families(first: Sequence[BySeed], second: Sequence[BySeed]) -> Contrast | None:
    """Mean of one family of rows minus mean of the other; every row counts alike."""
    weights = [1 / len(first)] * len(first) + [-1 / len(second)] * len(second)
    return contrast([*first, *second], weights)


def families_at_equal(
    first: Sequence[tuple[BySeed, BySeed]], second: Sequence[tuple[BySeed, BySeed]]
) -> Contrast | None:
    """What is left between two families of rows at an equal second value (analysis of covariance).

    Within every seed the rows' values are fit by two parallel lines over their second values, one
    for each family; the distance of the lines is that seed's contrast.

    Args:
        first, second: of every row the values, and what is held equal.

    Returns:
        ``None`` with fewer than two seeds, or where the lines are not determined: fewer than four
        rows, or no spread of the second values within the families.
    """
    rows = [*first, *second]
    shared = sorted(set.intersection(*(set(v) & set(held) for v, held in rows)))
    if len(shared) < 2 or len(rows) < 4:
        return None
    label = np.array([1.0] * len(first) + [0.0] * len(second))
    distances = {}
    for seed in shared:
        held = np.array([held[seed] for _, held in rows])
        within = held - np.where(label, held[label == 1].mean(), held[label == 0].mean())
        if np.abs(within).max() < NO_SPREAD:
            return None
        lines = np.column_stack((label, np.ones_like(label), held))
        values = np.array([values[seed] for values, _ in rows])
        distances[seed] = float(np.linalg.lstsq(lines, values, rcond=None)[0][0])
    return contrast([distances], [1.0])


def seeds_for_contrast(difference: float, sd: float, level: float) -> int | None:
    """The least seeds at which a contrast as large as this one is found with enough power.

    Args:
        difference: taken to be the true one.
        sd: of the contrast of one seed.
        level: two-sided.
    """
    if sd < NO_SPREAD:
        return None

    def power(seeds: int) -> float:
        # The t-test's power, by its noncentral distribution.
        df, shift = seeds - 1, abs(difference) / sd * math.sqrt(seeds)
        return float(stats.nct.sf(stats.t.ppf(1 - level / 2, df), df, shift)) if df else 0.0

    return least_seeds(lambda seeds: power(seeds) >= ENOUGH_POWER)


def seeds_for_equivalence(difference: float, sd: float, margin: float, level: float) -> int | None:
    """The least seeds at which TOST finds a contrast as large as this one with enough power.

    Args:
        difference: taken to be the true one, within the margin.
        sd: of the contrast of one seed.
        margin: on either side.
        level: of either one-sided test.
    """
    if sd < NO_SPREAD:
        return None

    def power(seeds: int) -> float:
        # By the noncentral t distributions of the two statistics; exact but where both may fail.
        df = seeds - 1
        if not df:
            return 0.0
        error, bound = sd / math.sqrt(seeds), float(stats.t.ppf(1 - level, df))
        below = float(stats.nct.cdf(-bound, df, (difference - margin) / error))
        above = float(stats.nct.cdf(bound, df, (difference + margin) / error))
        return max(0.0, below - above)

    return least_seeds(lambda seeds: power(seeds) >= ENOUGH_POWER)
