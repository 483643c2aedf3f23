"""Labels that could be exchanged between methods: descriptive, never a test.

The methods of a table were picked by hand: nobody drew them, and nobody assigned the label
"zero-stable" at random.  So the share of labellings that separate the values as well describes
these methods and is no p-value; what another label would separate stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from statistics import fmean
from typing import Any

from zerosnet.judging.evidence import RowEvidence, TableEvidence
from zerosnet.judging.permutations import permutation
from zerosnet.judging.weights import values_of
from zerosnet.methods.multistep import labelled
from zerosnet.paper.claims import ZERO_STABLE, Claim

#: Fewer methods have so few labellings that their share says nothing.
_FEWEST = 8
#: Where the coefficients of table 3 fall into two groups by their size.
_LARGE_SUM = 3


def _sum_is_small(row: RowEvidence) -> bool:
    return sum(map(abs, labelled(row.method).alphas), Fraction(0)) < _LARGE_SUM


_LABELS: dict[str, Callable[[RowEvidence], bool]] = {
    "zero-stable": lambda row: bool(row.zero_stable),
    f"Σ|α| < {_LARGE_SUM}": _sum_is_small,
}


def labellings(claim: Claim, table: TableEvidence, selection: str) -> dict[str, Any]:
    """``labels``: label → difference of means, share of labellings that separate as well, gap.

    A method's value is its mean deviation from its depth, so that it counts once.  Nothing for
    claims that are not about zero stability, or about too few methods.
    """
    if claim.favoured != ZERO_STABLE:
        return {}
    by_depth: dict[int, list[tuple[RowEvidence, float]]] = {}
    for row in table.rows:
        values = values_of(claim, row, selection)
        if values and row.zero_stable is not None:
            by_depth.setdefault(row.layers, []).append((row, fmean(values.values())))
    deviations: dict[str, list[float]] = {}
    methods: dict[str, RowEvidence] = {}
    for rows in by_depth.values():
        middle = fmean(mean for _, mean in rows)
        for row, mean in rows:
            deviations.setdefault(row.method, []).append(mean - middle)
            methods[row.method] = row
    if len(methods) < _FEWEST:
        return {}
    found = {}
    for name, label in _LABELS.items():
        first = [fmean(d) for method, d in deviations.items() if label(methods[method])]
        second = [fmean(d) for method, d in deviations.items() if not label(methods[method])]
        if not first or not second:
            continue
        all_ways = permutation(first, second)
        found[name] = {
            "difference": round(all_ways.difference, 4),
            "share": round(all_ways.p_greater, 4),
            "labellings": all_ways.labellings,
            "gap": round(min(first) - max(second), 4),
        }
    return {"labels": found}
