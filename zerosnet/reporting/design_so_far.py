"""A design of two by two whose runs are not all there: how many are, and what they show so far."""

from __future__ import annotations

import math
from statistics import fmean

from zerosnet.judging.contrasts import BySeed, families
from zerosnet.judging.statistics import LEVEL, TOST_LEVEL
from zerosnet.judging.wording import signed, with_interval
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.numbers.two_by_two import BRANCHES, ROOTS
from zerosnet.training.selection import PRIMARY


def rows_with_runs(evidence: Content) -> int:
    """How many rows have a run on record."""
    return sum(bool(row["keys"]) for row in evidence["rows"])


def scale_of(evidence: Content) -> str:
    """Layers, epochs and mean test accuracies of the rows that have runs."""
    rows = [row for row in evidence["rows"] if row["keys"]]
    layers = " or ".join(map(str, sorted({row["layers"] for row in rows})))
    setups = evidence["setups"].values()
    epochs = " or ".join(dict.fromkeys(str(setup["recipe"]["epochs"]) for setup in setups))
    means = [fmean(values.values()) for row in rows if (values := _accuracies(row))]
    ends = [f"{end(means):.0f}" for end in (min, max)] if means else []
    reached = f", {' to '.join(dict.fromkeys(ends))} %" if ends else ""
    return f"{layers} layers, {epochs} epochs{reached}"


def runs_so_far(evidence: Content) -> str:
    """How many runs there are of those planned, and both main effects: numbers, no test.

    The effects are of the sets of coefficients all of whose rows share seeds, over the seeds that
    they share; with intervals where there are two or more, at the levels of the claims.
    """
    rows = evidence["rows"]
    planned = len(rows) * evidence["seeds_planned"]
    have = sum(len(row["keys"]) for row in rows)
    counted = f"{have} of {planned} runs"
    by_set: dict[str, list[Content]] = {}
    for row in rows:
        by_set.setdefault(row["cells"]["condition"], []).append(row)
    whole = {name: mine for name, mine in by_set.items() if _shared(mine)}
    if not whole:
        return f"{counted}, no seed of all rows of a set of coefficients"
    mine = [row for of_set in whole.values() for row in of_set]
    # Sets may have other seeds; what is compared is compared within a seed.
    shared = _shared(mine)
    if not shared:
        return f"{counted}, no seed of all of its rows"
    seeds = f"the {len(shared)} seeds" if len(shared) > 1 else "the one seed"
    which = "all rows" if len(whole) == len(by_set) else f"all rows of {' and '.join(whole)}"
    # Alike or not is asked of the roots, by TOST; better or not of the weight.
    roots, weight = (
        _effect(mine, shared, column, first, level)
        for column, first, level in (
            ("roots", ROOTS[0], TOST_LEVEL),
            ("branch", BRANCHES[0], LEVEL),
        )
    )
    return (
        f"{counted}: in {seeds} of {which} roots make {roots} points, weight kept {weight}; not "
        "tested yet"
    )


def _accuracies(row: Content) -> BySeed:
    values: BySeed = row["measured"][PRIMARY]["test"]
    return values


def _shared(rows: list[Content]) -> set[int]:
    """The seeds that all rows have."""
    return set.intersection(*(set(_accuracies(row)) for row in rows))


def _effect(rows: list[Content], shared: set[int], column: str, first: str, level: float) -> str:
    """Rows of one kind minus the others, with its interval where the seeds give one."""
    sides: dict[bool, list[BySeed]] = {True: [], False: []}
    for row in rows:
        values = _accuracies(row)
        sides[row["cells"][column] == first].append({seed: values[seed] for seed in shared})
    found = families(sides[True], sides[False])
    if found is None:
        means = (fmean(fmean(values.values()) for values in sides[kind]) for kind in (True, False))
        ours, others = means
        return signed(ours - others)
    interval = found.estimate.interval(level)
    ends = f" ({100 * (1 - level):.3g} %)" if math.isfinite(interval.high) else ""
    return with_interval(interval) + ends
