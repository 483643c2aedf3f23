"""A design of two by two on a page: roots crossed with the relative weight of the branch."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from zerosnet.judging.contrasts import families
from zerosnet.judging.statistics import LEVEL, Interval
from zerosnet.judging.wording import with_interval
from zerosnet.reporting.drawing import STABLE, UNSTABLE, svg, words
from zerosnet.reporting.markdown import table
from zerosnet.reporting.numbers.cells import Content

#: Columns of such a table: what is held equal, and the two factors.
FACTORS = ("condition", "roots", "branch")
ROOTS = ("zero-stable", "not zero-stable")
BRANCHES = ("constant", "decaying")
_LOOK: Mapping[str, dict[str, Any]] = {
    "zero-stable": {"color": STABLE, "marker": "o", "markerfacecolor": STABLE},
    "not zero-stable": {"color": UNSTABLE, "marker": "^", "markerfacecolor": "white"},
}


def is_two_by_two(evidence: Content) -> bool:
    """Whether the rows of a stage are such a design."""
    return all(set(FACTORS) <= set(row["cells"]) for row in evidence["rows"])


def two_by_two_table(evidence: Content, selection: str) -> str:
    """One line for each set of coefficients, one column for each cell: means over the runs, %."""
    header = ["coefficients"]
    header += [f"{head}, {branch}" for branch in BRANCHES for head in ("stable", "not")]
    lines = []
    for condition, cells in _by_condition(evidence, selection).items():
        lines.append([condition])
        for branch in BRANCHES:
            for roots in ROOTS:
                runs = list(cells.get((roots, branch), {}).values())
                lines[-1].append(f"{fmean(runs):.2f} ({len(runs)})" if runs else "–")
    return "\n\n".join(
        (
            table(header, lines, right=range(1, 5)),
            "Mean test accuracy in percent, and how many runs; zero-stable or not. *Constant*: "
            "every block weighs as much as the one before, but for the first ones; *decaying*: "
            "less and less. (The *weight* of a block is |β| divided by the largest value that the "
            "sum beside it can have with f switched off, from any states of size at most 1.) "
            "Two networks side by side under one word are gauge partners: the same function, other "
            "roots.",
        )
    )


def gains_table(evidence: Content, selection: str) -> str:
    """What constant instead of decaying weight gains for each set of coefficients, in points."""
    lines = [
        (condition, *("–" if gain is None else with_interval(gain) for gain in gains))
        for condition, gains in gains_of(evidence, selection).items()
    ]
    return "\n\n".join(
        (
            table(("coefficients", *ROOTS), lines, right=(1, 2)),
            "What constant instead of decaying weight gains, in points, with its 95 % interval "
            "over paired seeds; one set of coefficients at a time, without correction.",
        )
    )


def gains_of(evidence: Content, selection: str) -> dict[str, list[Interval | None]]:
    """Condition → what constant weight gains for each of ``ROOTS``, 95 %; ``None`` without runs."""
    found: dict[str, list[Interval | None]] = {}
    for condition, cells in _by_condition(evidence, selection).items():
        for roots in ROOTS:
            both = [cells.get((roots, branch), {}) for branch in BRANCHES]
            gain = families([both[0]], [both[1]]) if all(both) else None
            gains = found.setdefault(condition, [])
            gains.append(None if gain is None else gain.estimate.interval(LEVEL))
    return found


def two_by_two_figure(evidence: Content, selection: str) -> bytes:
    """Accuracy by the weight of the branch; a line joins the means of one kind of roots."""

    def draw() -> Any:
        found = _by_condition(evidence, selection)
        columns = min(3, len(found))
        lines = -(-len(found) // columns)
        figure, panels = plt.subplots(
            lines,
            columns,
            figsize=(8.6, 2.5 * lines + 0.5),
            sharex=True,
            sharey=True,
            squeeze=False,
        )
        for panel, (condition, cells) in zip(panels.flat, found.items(), strict=False):
            for roots, shift in zip(ROOTS, (-0.06, 0.06), strict=True):
                runs = [list(cells.get((roots, b), {}).values()) for b in BRANCHES]
                for place, values in enumerate(runs):
                    places = [place + shift] * len(values)
                    panel.plot(places, values, linestyle="", markersize=4, **_LOOK[roots])
                if all(runs):
                    means = [fmean(values) for values in runs]
                    panel.plot((shift, 1 + shift), means, linewidth=1, color=_LOOK[roots]["color"])
            panel.set_title(words(condition), fontsize=9)
            panel.set_xticks((0, 1), BRANCHES)
            panel.set_xlim(-0.4, 1.4)
        for panel in panels.flat[len(found) :]:
            panel.set_visible(False)
        for row in panels:
            row[0].set_ylabel("test accuracy, %")
        for panel in panels[-1]:
            panel.set_xlabel("weight of each block")
        handles = [Line2D([], [], linestyle="", label=r, **_LOOK[r]) for r in ROOTS]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        return figure

    return svg(draw)


def _by_condition(
    evidence: Content, selection: str
) -> dict[str, dict[tuple[str, str], Mapping[int, float]]]:
    """Condition → (roots, branch) → seed → accuracy."""
    found: dict[str, dict[tuple[str, str], Mapping[int, float]]] = {}
    for row in evidence["rows"]:
        cells = row["cells"]
        place = found.setdefault(cells["condition"], {})
        place[cells["roots"], cells["branch"]] = row["measured"][selection]["test"]
    return found
