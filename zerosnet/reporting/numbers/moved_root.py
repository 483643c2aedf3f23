"""A root moved over the edge of the unit disk, on a page: accuracy against its modulus |k|."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.judging.contrasts import Contrast, contrast, families
from zerosnet.judging.statistics import LEVEL
from zerosnet.judging.wording import with_interval
from zerosnet.reporting.drawing import STABLE, legend, marker, svg
from zerosnet.reporting.markdown import table
from zerosnet.reporting.numbers.cells import Content

#: Columns of such a table: what is held equal, where the root is, and the weights of a jump.
_FACTORS = ("condition", "side", "sign", "size", "jump")
_SIDES = ("inside", "edge", "outside")
_LINES = ("-", "--", ":")


def is_moved_root(evidence: Content) -> bool:
    """Whether the rows of a stage are such a design."""
    return all(set(_FACTORS) <= set(row["cells"]) for row in evidence["rows"])


def moved_root_table(evidence: Content, selection: str) -> str:
    """One line for each depth and sign of k: means over the runs, %, and differences, points."""
    lines = []
    for condition, rows in _by_condition(evidence).items():
        runs = {side: [_runs(r, selection) for r in rows if _is(r, side)] for side in _SIDES}
        means = [[fmean(values.values()) for values in runs[s] if values] for s in _SIDES]
        complete = all(_runs(row, selection) for row in rows)
        fall = families(runs["inside"], runs["outside"]) if complete else None
        lines.append(
            (
                condition,
                *(f"{fmean(some):.2f}" if some else "–" for some in means),
                _text(fall),
                _text(_jump(rows, selection) if complete else None),
                _text(_bend(rows, selection) if complete else None),
            )
        )
    header = ("depth and sign of k", *_SIDES, "difference", "jump", "bend")
    return "\n\n".join(
        (
            table(header, lines, right=range(1, len(header))),
            "Mean test accuracy in percent with the root −k inside the unit circle, on it and "
            "outside. *Difference*: inside minus outside. *Jump*: the gap at |k| = 1 between the "
            "lines through the two means of either side. *Bend*: the fall from 1.1 to 1.2 minus "
            "that from 0.8 to 0.9; no claim is about it. In points, with 95 % intervals over "
            "paired seeds, one depth and sign at a time, without correction.",
        )
    )


def moved_root_figure(evidence: Content, selection: str) -> bytes:
    """Accuracy against |k|, a panel for each sign of k, a line for each depth."""
    signs = list(dict.fromkeys(row["cells"]["sign"] for row in evidence["rows"]))
    depths = sorted({row["layers"] for row in evidence["rows"]})
    sizes = sorted({float(row["cells"]["size"]) for row in evidence["rows"]})

    def draw() -> Any:
        figure, panels = plt.subplots(1, len(signs), figsize=(8.6, 4.2), sharey=True, squeeze=False)
        for panel, sign in zip(panels[0], signs, strict=True):
            for depth, line in zip(depths, _LINES, strict=False):
                rows = [
                    row
                    for row in evidence["rows"]
                    if row["cells"]["sign"] == sign and row["layers"] == depth
                    if _runs(row, selection)
                ]
                rows.sort(key=lambda row: float(row["cells"]["size"]))
                at = [float(row["cells"]["size"]) for row in rows]
                means = [fmean(_runs(row, selection).values()) for row in rows]
                panel.plot(at, means, line, color=STABLE, linewidth=1, label=f"{depth} layers")
                for row, place, mean in zip(rows, at, means, strict=True):
                    runs = list(_runs(row, selection).values())
                    panel.plot([place] * len(runs), runs, "_", color="#999999", markersize=5)
                    panel.plot(place, mean, linestyle="", **marker(row))
            panel.axvline(1, color="#888888", linewidth=0.8, linestyle=":")
            panel.set_xticks(sizes)
            panel.set(title=f"{sign} k", xlabel="|k|, the modulus of the root that is moved")
        panels[0, 0].set_ylabel("test accuracy, %")
        legend(figure, panels[0, 0], evidence["rows"])
        return figure

    return svg(draw)


def _by_condition(evidence: Content) -> dict[str, list[Content]]:
    found: dict[str, list[Content]] = {}
    for row in evidence["rows"]:
        found.setdefault(row["cells"]["condition"], []).append(row)
    return found


def _is(row: Content, side: str) -> bool:
    return bool(row["cells"]["side"] == side)


def _runs(row: Content, selection: str) -> Mapping[int, float]:
    """Seed → accuracy."""
    found: Mapping[int, float] = row["measured"][selection]["test"]
    return found


def _jump(rows: list[Content], selection: str) -> Contrast | None:
    weighed = [row for row in rows if row["cells"]["jump"]]
    weights = [float(Fraction(row["cells"]["jump"])) for row in weighed]
    return contrast([_runs(row, selection) for row in weighed], weights)


def _bend(rows: list[Content], selection: str) -> Contrast | None:
    """The fall from the nearest to the farthest |k| outside, less that inside, as |k| grows."""
    by_size = sorted(
        (row for row in rows if row["cells"]["jump"]), key=lambda row: float(row["cells"]["size"])
    )
    first, *_, last = by_size
    inside = [row for row in by_size if _is(row, "inside")]
    outside = [row for row in by_size if _is(row, "outside")]
    ends = [first, inside[-1], outside[0], last]
    return contrast([_runs(row, selection) for row in ends], [-1, 1, 1, -1])


def _text(found: Contrast | None) -> str:
    return "–" if found is None else with_interval(found.estimate.interval(LEVEL))
