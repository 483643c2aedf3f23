"""Tests and intervals for a handful of seeds: equivalence, contrasts, orders, rankings, power.

scipy and statsmodels do the arithmetic.  All values are percent or percentage points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from scipy import stats

#: One-sided level of every test; intervals are two-sided at 1 − 2·LEVEL.
LEVEL = 0.05
#: Below this p-value (Levene's test around the median) standard deviations count as different.
HOMOGENEITY_LEVEL = 0.01
#: Power that a number of seeds must have to be called enough.
ENOUGH_POWER = 0.8
_MOST_SEEDS = 1000
#: Midpoints of equal shares of a distribution: averages over it, by quadrature.
_QUANTILES = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Spread:
    """A standard deviation and how well it is known.

    Args:
        sd: standard deviation of one run.
        df: its degrees of freedom.
    """

    sd: float
    df: float


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided 90 % interval."""

    estimate: float
    low: float
    high: float

    def inside(self, margin: float) -> bool:
        """Whether all of it lies within ±margin."""
        return -margin < self.low and self.high < margin

    def outside(self, margin: float) -> bool:
        """Whether all of it lies beyond +margin or all of it below −margin."""
        return self.low > margin or self.high < -margin


def pooled_spread(groups: Sequence[Sequence[float]]) -> Spread | None:
    """The standard deviation within groups, pooled; ``None`` where no group has two values."""
    several = [group for group in groups if len(group) > 1]
    df = sum(len(group) - 1 for group in several)
    if df == 0:
        return None
    squares = sum((len(group) - 1) * stdev(group) ** 2 for group in several)
    return Spread(math.sqrt(squares / df), df)


def own_spread(group: Sequence[float]) -> Spread | None:
    """The standard deviation of one group; ``None`` of fewer than two values."""
    return Spread(stdev(group), len(group) - 1) if len(group) > 1 else None


def are_alike(groups: Sequence[Sequence[float]]) -> bool:
    """Whether the groups' standard deviations may be pooled (Brown & Forsythe 1974).

    With three values a group the test sees only gross differences; it is a check, not a proof.
    """
    several = [group for group in groups if len(group) > 2 and stdev(group) > 0]
    if len(several) < 2:
        return True
    return bool(stats.levene(*several, center="median").pvalue >= HOMOGENEITY_LEVEL)


def standard_error(weights: Sequence[float], counts: Sequence[int], spread: Spread) -> float:
    """Of Σ wᵢ·meanᵢ, each mean taken over ``counts[i]`` runs."""
    return spread.sd * math.sqrt(sum(w * w / n for w, n in zip(weights, counts, strict=True)))


def interval(estimate: float, error: float, df: float) -> Interval:
    """The two-sided 90 % interval of an estimate with a standard error."""
    half = float(stats.t.ppf(1 - LEVEL, df)) * error
    return Interval(estimate, estimate - half, estimate + half)


def p_greater(estimate: float, error: float, df: float) -> float:
    """One-sided p-value against "not above zero"."""
    if error == 0:
        return 0.0 if estimate > 0 else 1.0
    return float(stats.t.sf(estimate / error, df))


def prediction_interval(ours: Sequence[float], runs: int, spread: Spread) -> Interval:
    """Where the mean of ``runs`` further runs falls, by ours: two-sided, 90 %."""
    middle = fmean(ours)
    error = standard_error((1.0, -1.0), (len(ours), runs), spread)
    return interval(middle, error, spread.df)


def difference_from_reported(
    ours: Sequence[float], reported: float, reported_runs: int, spread: Spread
) -> Interval:
    """Our mean minus a reported mean that is itself a draw of ``reported_runs`` runs.

    The reported runs are taken to vary as ours do; their printed standard deviation of three runs
    would add more noise than knowledge.  TOST at the level is: this interval inside ±margin
    (Schuirmann 1987).
    """
    # The reported mean is as good as a further one of ours, if nothing differs.
    found = prediction_interval(ours, reported_runs, spread)
    return Interval(found.estimate - reported, found.low - reported, found.high - reported)


def paired_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Interval:
    """How many times as large the first are, pair by pair: from the mean of the logarithm.

    The interval is two-sided, 90 %, and without an upper end where there is one pair.

    Raises:
        ValueError: there are not as many of either.
    """
    logs = [math.log(a / b) for a, b in zip(numerators, denominators, strict=True)]
    middle, spread = fmean(logs), own_spread(logs)
    if spread is None:
        return Interval(math.exp(middle), 0.0, math.inf)
    found = interval(middle, spread.sd / math.sqrt(len(logs)), spread.df)
    return Interval(*(math.exp(x) for x in (found.estimate, found.low, found.high)))


def tost_power(margin: float, runs: int, reported_runs: int, spread: Spread) -> float:
    """The chance that TOST accepts a cell where the true difference is zero.

    Averaged over the distribution of the estimated standard deviation (a scaled chi distribution
    with ``spread.df`` degrees of freedom around the true ``spread.sd``).
    """
    error = standard_error((1.0, -1.0), (runs, reported_runs), spread)
    if error == 0:
        return 1.0
    estimated = error * np.sqrt(stats.chi2.ppf(_QUANTILES, spread.df) / spread.df)
    slack = margin - float(stats.t.ppf(1 - LEVEL, spread.df)) * estimated
    accepted = np.where(slack > 0, 2 * stats.norm.cdf(slack / error) - 1, 0.0)
    return float(accepted.mean())


def seeds_for_tost(margin: float, reported_runs: int, rows: int, sd: float) -> int | None:
    """The least seeds a row with enough power, pooled over the rows; ``None`` where none suffices.

    The reported mean stays a draw of few runs: no number of our own seeds makes up for that.
    """

    def power(seeds: int) -> float:
        return tost_power(margin, seeds, reported_runs, Spread(sd, rows * (seeds - 1)))

    return _least(lambda seeds: power(seeds) >= ENOUGH_POWER)


@dataclass(frozen=True)
class Contrast:
    """Mean of one family of rows minus mean of the other, the rows taken as they are.

    Attributes:
        interval: of the difference.
        p_greater: one-sided, against a difference of minus the margin or less.
        spread: of one run.
    """

    interval: Interval
    p_greater: float
    spread: Spread


def contrast(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]], margin: float = 0.0
) -> Contrast:
    """Compare two families of rows by their seeds: t-test of a linear contrast of row means.

    Every row counts alike, whatever its number of seeds.

    Args:
        first, second: rows of values.
        margin: the first family may be lower by this much: a test of noninferiority.

    Raises:
        ValueError: no row has two values, so nothing is known of the spread.
    """
    groups = [*first, *second]
    spread = pooled_spread(groups)
    if spread is None:
        raise ValueError("no row has two runs: the spread is unknown")
    weights = [1 / len(first)] * len(first) + [-1 / len(second)] * len(second)
    estimate = sum(w * fmean(group) for w, group in zip(weights, groups, strict=True))
    counts = [len(group) for group in groups]
    error = standard_error(weights, counts, spread)
    p_value = p_greater(estimate + margin, error, spread.df)
    return Contrast(interval(estimate, error, spread.df), p_value, spread)


def seeds_for_contrast(difference: float, first: int, second: int, sd: float) -> int | None:
    """The least seeds a row at which a contrast as large as this one is found with enough power.

    Args:
        difference: taken to be the true one.
        first, second: numbers of rows in the two families.
        sd: of one run.
    """
    weights = [1 / first] * first + [1 / second] * second

    def power(seeds: int) -> float:
        df = (first + second) * (seeds - 1)
        error = standard_error(weights, [seeds] * len(weights), Spread(sd, df))
        if error == 0:
            return 1.0
        # The t-test's power, by its noncentral distribution.
        return float(stats.nct.sf(stats.t.ppf(1 - LEVEL, df), df, abs(difference) / error))

    return _least(lambda seeds: power(seeds) >= ENOUGH_POWER)


def _least(enough: Callable[[int], bool]) -> int | None:
    """The least number of seeds that is enough, by bisection: power grows with the seeds."""
    if not enough(_MOST_SEEDS):
        return None
    low, high = 1, _MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@dataclass(frozen=True)
class Comparison:
    """One row against another, with p-values adjusted within the family (Holm 1979)."""

    interval: Interval
    p_better: float
    p_worse: float


def against_each(
    favoured: Sequence[float], others: Mapping[str, Sequence[float]]
) -> dict[str, Comparison]:
    """One row against each of the others; spread pooled over all of them where they are alike,
    else Welch's test for each pair.

    Raises:
        ValueError: no row has two values.
    """
    groups = [favoured, *others.values()]
    pooled = pooled_spread(groups)
    if pooled is None:
        raise ValueError("no row has two runs: the spread is unknown")
    alike = are_alike(groups)
    intervals, better, worse = {}, [], []
    for name, other in others.items():
        estimate = fmean(favoured) - fmean(other)
        error, df = _error_of_difference(favoured, other, pooled if alike else None)
        intervals[name] = interval(estimate, error, df)
        better.append(p_greater(estimate, error, df))
        worse.append(p_greater(-estimate, error, df))
    return {
        name: Comparison(found, p_better, p_worse)
        for (name, found), p_better, p_worse in zip(
            intervals.items(), holm(better), holm(worse), strict=True
        )
    }


def _error_of_difference(
    one: Sequence[float], other: Sequence[float], pooled: Spread | None
) -> tuple[float, float]:
    """Standard error and degrees of freedom, pooled or after Welch (1947)."""
    if pooled is not None or len(one) < 2 or len(other) < 2:
        spread = pooled or pooled_spread([one, other])
        if spread is None:
            raise ValueError("a row has a single run and nothing to pool it with")
        return spread.sd * math.sqrt(1 / len(one) + 1 / len(other)), spread.df
    first, second = stdev(one) ** 2 / len(one), stdev(other) ** 2 / len(other)
    error = math.sqrt(first + second)
    if error == 0:
        return 0.0, len(one) + len(other) - 2
    df = (first + second) ** 2 / (first**2 / (len(one) - 1) + second**2 / (len(other) - 1))
    return error, df


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values."""
    if not p_values:
        return []
    from statsmodels.stats.multitest import multipletests  # imports pandas

    return [float(p) for p in multipletests(p_values, method="holm")[1]]
