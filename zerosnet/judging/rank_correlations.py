"""Rank correlations over methods that were drawn at random, and tests of them.

The methods are the sample, not the seeds: what is found holds of the methods that were drawn from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

#: Orders drawn for a permutation test: the least p-value is 2/100,000.
ORDERS = 99_999
#: Fewer methods have so few orders that their share says nothing.
FEWEST = 8
#: The error of a transformed correlation is that of three methods less.
_FEWEST_FOR_ERRORS = 4
#: The largest correlation that there could be is below this where many methods share a number.
_FEW_TIES = 0.99
_ROUNDING = 1e-12


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation of two numbers over methods.

    Args:
        value: from −1 to 1.
        most: the largest there could be: less than 1 where methods share a number.
        count: of methods.
        p_value: two-sided, of no dependence: by orders drawn at random.
    """

    value: float
    most: float
    count: int
    p_value: float

    @property
    def is_of_a_label(self) -> bool:
        """Whether so many methods share a number that intervals for ranks do not hold."""
        return self.most < _FEW_TIES

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided, by Fisher's transform with the error of Bonett and Wright (2000)."""
        z = _fisher(self.value, self.count)
        error = math.sqrt((1 + self.value**2 / 2) / (self.count - 3))
        half = float(stats.norm.ppf(1 - level / 2)) * error
        return min(self.value, math.tanh(z - half)), max(self.value, math.tanh(z + half))


def rank_correlation(
    first: Sequence[float], second: Sequence[float], orders: int = ORDERS
) -> RankCorrelation | None:
    """The correlation and its test; ``None`` where either is the same for all.

    Args:
        first, second: one number a method, in the same order.
        orders: drawn for the test.

    Raises:
        ValueError: a number is none.
    """
    _check(first, second)
    if len(set(first)) < 2 or len(set(second)) < 2:
        return None
    ranks = [stats.rankdata(values) for values in (first, second)]
    x, y = (r - r.mean() for r in ranks)
    found = stats.permutation_test(
        (x,),
        # Scaled, this is the correlation; the scale is the same for every order.
        lambda order, axis: np.sum(order * y, axis=axis),
        permutation_type="pairings",
        vectorized=True,
        n_resamples=orders,
        rng=np.random.default_rng(0),
    )
    most = _correlation(np.sort(x), np.sort(y))
    return RankCorrelation(_correlation(x, y), most, len(x), float(found.pvalue))


def p_of_difference(
    first: Sequence[float], rival: Sequence[float], accuracies: Sequence[float]
) -> float:
    """Two-sided p-value of equal rank correlations of two numbers with a third.

    Over the same methods, so the numbers are correlated, too: Meng, Rosenthal and Rubin,
    "Comparing correlated correlation coefficients", Psychological Bulletin 111 (1992).

    Args:
        first, rival: each such that more should mean more accurate.
        accuracies: one a method, as the numbers.

    Raises:
        ValueError: a number is none, or there are fewer than four methods.
    """
    _check(first, rival, accuracies)
    if len(first) < _FEWEST_FOR_ERRORS:
        raise ValueError(f"{len(first)} methods: {_FEWEST_FOR_ERRORS} or more are expected")
    ranks = [stats.rankdata(values) for values in (first, rival, accuracies)]
    one, other, third = (r - r.mean() for r in ranks)
    ours, theirs = _correlation(one, third), _correlation(other, third)
    between = _correlation(one, other)
    count = len(one)
    if between >= 1 - _ROUNDING:
        return 1.0  # the same order twice
    squares = (ours**2 + theirs**2) / 2
    share = min(1.0, (1 - between) / (2 * (1 - squares))) if squares < 1 else 1.0
    spread = (1 - share * squares) / (1 - squares) if squares < 1 else 1.0
    # Ranks scatter more than the normal values of that test, by Bonett and Wright's factor.
    error = math.sqrt(2 * (1 - between) * spread * (1 + squares / 2) / (count - 3))
    z = (_fisher(ours, count) - _fisher(theirs, count)) / error
    return float(2 * stats.norm.sf(abs(z)))


def partial_rank_correlation(
    first: Sequence[float], second: Sequence[float], given: Sequence[float]
) -> float | None:
    """Spearman's rank correlation of two numbers over methods, a third one held equal.

    That is, of what is left of both ranks when straight lines in the third one's are taken off.

    Returns:
        ``None`` where a number is the same for all, or the third one leaves nothing of another.

    Raises:
        ValueError: a number is none.
    """
    _check(first, second, given)
    ranks = [stats.rankdata(values) for values in (first, second, given)]
    x, y, z = (r - r.mean() for r in ranks)
    if not z.any():
        return None
    left = [values - z * (np.sum(values * z) / np.sum(z * z)) for values in (x, y)]
    if any(np.abs(values).max() < _ROUNDING * len(values) for values in left):
        return None
    return _correlation(*left)


def _check(*numbers: Sequence[float]) -> None:
    if any(math.isnan(value) for values in numbers for value in values):
        raise ValueError("what is ranked must be numbers: one of them is not a number (NaN)")


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum(x * y) / math.sqrt(np.sum(x * x) * np.sum(y * y)))


def _largest(count: int) -> float:
    """The largest correlation below 1 of so many methods: two neighbours are exchanged."""
    return 1 - 12 / (count**3 - count)


def _fisher(value: float, count: int) -> float:
    """Fisher's transform, of a perfect order as of the next one to it."""
    most = _largest(count)
    return math.atanh(min(most, max(-most, value)))
