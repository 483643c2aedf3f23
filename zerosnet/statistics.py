"""Tests and intervals for a handful of seeds: equivalence, contrasts, orders, rankings, power.

scipy and statsmodels do the arithmetic.  All values are percent or percentage points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats
from statsmodels.stats.multitest import multipletests

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
class Permutation:
    """An exact test of whether two families of rows differ.

    Attributes:
        difference: mean of the first family minus mean of the second.
        p_greater, p_less: share of all labellings with a difference at least as large (small).
        labellings: their number; 1/labellings is the smallest p there can be.
    """

    difference: float
    p_greater: float
    p_less: float
    labellings: int


def permutation(first: Sequence[float], second: Sequence[float]) -> Permutation:
    """Exchange the labels of rows in every possible way (Fisher 1935); one value a row.

    The rows are the sample: the result speaks of methods like these, not of these seeds.
    """
    values = [*first, *second]
    size, total = len(first), math.fsum(values)

    def difference(chosen: float) -> float:
        return chosen / size - (total - chosen) / (len(values) - size)

    observed = difference(math.fsum(first))
    tiny = 1e-9 * (1 + abs(observed))
    differences = [difference(math.fsum(some)) for some in combinations(values, size)]
    count = len(differences)
    return Permutation(
        observed,
        sum(d >= observed - tiny for d in differences) / count,
        sum(d <= observed + tiny for d in differences) / count,
        count,
    )


#: Values are compared as they stand in records: with four digits.
_UNITS_OF_ONE = 10_000
#: Most states of the count below: few groups of many runs, or a handful of small ones.
_MOST_STATES = 10_000


@dataclass(frozen=True)
class Stratified:
    """An exact test of whether runs follow an order within strata.

    Attributes:
        difference: mean of the first group minus mean of the last, averaged over the strata.
        p_greater, p_less: share of all arrangements that follow the order at least as well (badly).
        strata: how many strata have runs of more than one group.
        runs: in these.
    """

    difference: float
    p_greater: float
    p_less: float
    strata: int
    runs: int


def stratified(strata: Sequence[Mapping[int, Sequence[float]]]) -> Stratified:
    """Exchange runs between groups in every possible way, within each stratum (Fisher 1935).

    The statistic is the sum of score × value over all runs, the sum over strata the convolution of
    their exact distributions.  The runs are the sample: the result is about these rows.

    Args:
        strata: for each stratum (a depth of a data set), score → values; a higher score is
            expected to go with higher values.

    Raises:
        ValueError: no stratum has two groups, or there are too many groups to count.
    """
    several = [s for s in strata if sum(bool(values) for values in s.values()) > 1]
    if not several:
        raise ValueError("no stratum has runs of two groups")
    whole = [
        {score: [round(v * _UNITS_OF_ONE) for v in vs] for score, vs in s.items()} for s in several
    ]
    lowest = [min(v for values in s.values() for v in values) for s in whole]
    unit = math.gcd(
        *(v - low for s, low in zip(whole, lowest, strict=True) for vs in s.values() for v in vs)
    )
    observed = 0
    sums, shares = np.zeros(1, dtype=np.int64), np.ones(1)
    for stratum, low in zip(whole, lowest, strict=True):
        base = min(stratum)
        steps = {
            score - base: [(v - low) // (unit or 1) for v in values]
            for score, values in stratum.items()
        }
        observed += sum(score * sum(values) for score, values in steps.items())
        sums, shares = _convolved((sums, shares), _arrangements(steps))
    differences = [fmean(s[max(s)]) - fmean(s[min(s)]) for s in several]
    return Stratified(
        fmean(differences),
        min(1.0, float(shares[sums >= observed].sum())),
        min(1.0, float(shares[sums <= observed].sum())),
        len(several),
        sum(len(values) for s in several for values in s.values()),
    )


#: Sums that can come out, in order, and the share (or number) of arrangements that give each.
_Distribution = tuple[NDArray[np.int64], NDArray[np.float64]]
#: Above this many pairs of sums a convolution is taken on a grid instead of pair by pair.
_MOST_PAIRS = 5_000_000


def _arrangements(groups: Mapping[int, Sequence[int]]) -> _Distribution:
    """The distribution of Σ score × value when values fall into groups of these sizes at random.

    Args:
        groups: score (from 0) → values, whole and not negative.
    """
    scores = sorted(groups)
    sizes = tuple(len(groups[score]) for score in scores)
    if math.prod(size + 1 for size in sizes) > _MOST_STATES:
        raise ValueError(f"groups of {sizes} runs are too many to be arranged in every way")
    values = [value for group in groups.values() for value in group]
    # How many runs each group has taken → sums so far, number of ways to each.
    ways: dict[tuple[int, ...], _Distribution] = {
        (0,) * len(scores): (np.zeros(1, dtype=np.int64), np.ones(1))
    }
    for value in values:
        after: dict[tuple[int, ...], list[_Distribution]] = {}
        for taken, (sums, counts) in ways.items():
            for which, score in enumerate(scores):
                if taken[which] < sizes[which]:
                    state = (*taken[:which], taken[which] + 1, *taken[which + 1 :])
                    after.setdefault(state, []).append((sums + score * value, counts))
        ways = {state: _merged(found) for state, found in after.items()}
    ((sums, counts),) = ways.values()
    return sums, counts / counts.sum()


def _merged(parts: Sequence[_Distribution]) -> _Distribution:
    """One distribution from several, every sum once."""
    sums, where = np.unique(np.concatenate([sums for sums, _ in parts]), return_inverse=True)
    counts = np.bincount(where, np.concatenate([counts for _, counts in parts]))
    return sums, counts.astype(np.float64)


def _convolved(one: _Distribution, other: _Distribution) -> _Distribution:
    """The distribution of the sum of two independent ones."""
    if len(one[0]) * len(other[0]) <= _MOST_PAIRS:
        sums = np.add.outer(one[0], other[0]).ravel()
        return _merged([(sums, np.multiply.outer(one[1], other[1]).ravel())])
    grids = []
    for sums, shares in (one, other):
        grid = np.zeros(int(sums[-1] - sums[0]) + 1)
        grid[sums - sums[0]] = shares
        grids.append(grid)
    whole = np.maximum(signal.fftconvolve(*grids), 0.0)
    return np.arange(len(whole)) + one[0][0] + other[0][0], whole


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
    return [float(p) for p in multipletests(p_values, method="holm")[1]]
