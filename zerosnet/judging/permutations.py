"""Every way of exchanging the labels of rows, counted (Fisher 1935).

A p-value only where labels were assigned at random or rows drawn; else it describes the rows.
``scipy.stats.permutation_test`` counts the same, but takes differences that are equal but for
rounding for unequal: of accuracies with one or two decimals it finds shares that are too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Permutation:
    """How two families of rows differ, beside all other ways to label them.

    Attributes:
        difference: mean of the first family minus mean of the second.
        p_greater: share of all labellings with a difference at least as large.
        labellings: their number; 1/labellings is the smallest p there can be.
    """

    difference: float
    p_greater: float
    labellings: int


def permutation(first: Sequence[float], second: Sequence[float]) -> Permutation:
    """Exchange the labels of rows in every possible way; one value a row."""
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
        count,
    )
