"""Tests and intervals for a handful of seeds: equivalence with reported means, spreads, power.

scipy does the arithmetic.  All values are percent or percentage points.  Rows of our
own are compared by :mod:`zerosnet.judging.contrasts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from scipy import special

from zerosnet.judging.satterthwaite import degrees_of_freedom

#: Level of every claim that declares no other: two-sided for orders, each side of a TOST.
LEVEL = 0.05
#: Two-sided level of an interval inside which both sides of a TOST accept at LEVEL: 90 %.
TOST_LEVEL = 2 * LEVEL
#: Power that a number of seeds must have to be called enough.
ENOUGH_POWER = 0.8
#: Seeds a row beyond which nobody looks for enough.
MOST_SEEDS = 1000
#: Below this, in points, a spread is that of rounding: records hold four digits.
NO_SPREAD = 1e-6
#: Significant digits that results keep of a p-value.
P_DIGITS = 4
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
    """An estimate with a two-sided interval; without ends where nothing is known of the spread."""

    estimate: float
    low: float
    high: float

    def inside(self, margin: float) -> bool:
        """Whether all of it lies within ±margin."""
        return -margin < self.low and self.high < margin


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


def standard_error(weights: Sequence[float], counts: Sequence[int], spread: Spread) -> float:
    """Of Σ wᵢ·meanᵢ, each mean taken over ``counts[i]`` runs."""
    return spread.sd * math.sqrt(sum(w * w / n for w, n in zip(weights, counts, strict=True)))


@dataclass(frozen=True)
class Estimate:
    """An estimate, its standard error and degrees of freedom: all that tests and intervals need.

    An error of nothing decides nothing: intervals have no ends, p-values are 1.
    """

    value: float
    error: float
    df: float

    def interval(self, level: float = TOST_LEVEL) -> Interval:
        """Two-sided, at 1 − level."""
        if self.error < NO_SPREAD:
            return Interval(self.value, -math.inf, math.inf)
        half = float(special.stdtrit(self.df, 1 - level / 2)) * self.error
        return Interval(self.value, self.value - half, self.value + half)

    def p_above(self, bound: float) -> float:
        """One-sided p-value against "not above the bound"."""
        if self.error < NO_SPREAD:
            return 1.0
        return float(special.stdtr(self.df, (bound - self.value) / self.error))

    def p_below(self, bound: float) -> float:
        """One-sided p-value against "not below the bound"."""
        return Estimate(-self.value, self.error, self.df).p_above(-bound)

    def p_within(self, margin: float) -> float:
        """Against "beyond ±margin": the larger of TOST's two p-values (Schuirmann 1987)."""
        return max(self.p_above(-margin), self.p_below(margin))

    def p_beyond(self, margin: float) -> float:
        """Against "within ±margin"; see :meth:`p_outside`."""
        return self.p_outside(-margin, margin)

    def p_outside(self, low: float, high: float) -> float:
        """Against "between low and high"; near beside the error, both of them count."""
        near, far = sorted((self.p_above(high), self.p_below(low)))
        return near + (1 - far)


def difference_from_reported(
    ours: Sequence[float], reported: float, reported_runs: int, spread: Spread
) -> Estimate:
    """Our mean minus a reported mean that is itself a draw of ``reported_runs`` runs.

    The reported runs are taken to vary as ours do.
    """
    error = standard_error((1.0, -1.0), (len(ours), reported_runs), spread)
    return Estimate(fmean(ours) - reported, error, spread.df)


def paired_log_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """How many times as large the first are, pair by pair: the mean of the logarithm.

    One pair says nothing of the spread.

    Raises:
        ValueError: there are not as many of either.
    """
    logs = [math.log(a / b) for a, b in zip(numerators, denominators, strict=True)]
    spread = own_spread(logs)
    if spread is None:
        return Estimate(fmean(logs), 0.0, 1.0)
    return Estimate(fmean(logs), spread.sd / math.sqrt(len(logs)), spread.df)


def ratio_of(logarithm: Estimate) -> Interval:
    """The ratio itself, with its two-sided 90 % interval; without an upper end where no spread is
    known.
    """
    found = logarithm.interval()
    return Interval(*(math.exp(x) for x in (found.estimate, found.low, found.high)))


def paired_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Interval:
    """How many times as large the first are: :func:`ratio_of` :func:`paired_log_ratio`.

    Raises:
        ValueError: there are not as many of either.
    """
    return ratio_of(paired_log_ratio(numerators, denominators))


def independent_difference(one: Estimate, other: Estimate) -> Estimate:
    """One minus another of other draws and another spread (Satterthwaite 1946).

    Where the spread of either is unknown, so is that of the difference.
    """
    value = one.value - other.value
    if min(one.error, other.error) < NO_SPREAD:
        return Estimate(value, 0.0, 1.0)
    parts = [(found.error**2, found.df) for found in (one, other)]
    error = math.sqrt(sum(part for part, _ in parts))
    return Estimate(value, error, degrees_of_freedom(parts))


def tost_power(
    margin: float, runs: int, reported_runs: int, spread: Spread, level: float = LEVEL
) -> float:
    """The chance that TOST at ``level`` accepts a cell where the true difference is zero.

    Averaged over the distribution of the estimated standard deviation (a scaled chi distribution
    with ``spread.df`` degrees of freedom around the true ``spread.sd``).
    """
    error = standard_error((1.0, -1.0), (runs, reported_runs), spread)
    if error < NO_SPREAD:
        return 0.0  # no spread at all decides nothing
    estimated = error * np.sqrt(special.chdtri(spread.df, 1 - _QUANTILES) / spread.df)
    slack = margin - float(special.stdtrit(spread.df, 1 - level)) * estimated
    accepted = np.where(slack > 0, 2 * special.ndtr(slack / error) - 1, 0.0)
    return float(accepted.mean())


def seeds_for_tost(
    margin: float, cells: Sequence[tuple[int, float]], level: float = LEVEL
) -> int | None:
    """The least seeds with enough power for all of some cells; ``None`` where none suffices.

    Each cell is tested by the deviation of its own runs, ours and those reported.  The reported
    means stay draws of few runs: no number of our own seeds makes up for that.

    Args:
        cells: of each, how many runs its reported mean is of, and the deviation of one run.
    """

    def enough(seeds: int) -> bool:
        if seeds < 2:
            return False
        powers = (
            tost_power(margin, seeds, runs, Spread(sd, seeds + runs - 2), level)
            for runs, sd in cells
        )
        return math.prod(powers) >= ENOUGH_POWER

    return least_seeds(enough)


def least_seeds(enough: Callable[[int], bool]) -> int | None:
    """The least number of seeds that is enough, by bisection: power grows with the seeds."""
    if not enough(MOST_SEEDS):
        return None
    low, high = 1, MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def rounded_p(p_value: float) -> float:
    """A p-value as results hold it: to so many digits that count, however small it is.

    A correction multiplies small ones by many: four decimals would decide it by their rounding.
    """
    return float(f"{p_value:.{P_DIGITS}g}")


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values."""
    return corrected(p_values, "holm")


def corrected(p_values: Sequence[float], family: str) -> list[float]:
    """p-values adjusted over their family: ``holm`` (1979) or ``bonferroni``.

    By hand: statsmodels collects garbage at every call, which takes longer than all else here.
    """
    p = np.asarray(p_values, dtype=float)
    count = len(p)
    if family == "bonferroni":
        return [float(x) for x in np.minimum(1, p * count)]
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(count, 0, -1)))
    return [float(x) for x in adjusted]
