"""Exact permutation tests (Fisher 1935): every way of exchanging labels is counted.

Between rows, where the rows stand for all such methods; between runs within strata, where the
result is about these rows.  All values are percent or percentage points.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy import signal


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
