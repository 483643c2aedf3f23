"""Lines that are named at their ends, and the picture of test accuracy after every epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.reporting.drawing import legend, line, svg, words

#: Methods that a reader looks for: coefficients → name.
_KNOWN = {method.label: method.name for method in (PRERESNET, ZEROSNET_OPT)}
#: Inches between two names, and the size of their letters in points.
_APART, _LETTERS = 0.13, 7.0
#: Inches: the least height of a panel, and what stands above and below it.
_INCHES, _AROUND = 3.0, 1.2
#: Part of a panel that is left to the names.
_ROOM = 0.42


def training_curves(evidence: Mapping[str, Any]) -> bytes:
    """The mean over the runs of each row, a panel for each data set and depth."""
    rows = [row for row in evidence["rows"] if row["curve"]]
    groups = _panels(rows)
    across = min(2, len(groups))
    down = ceil(len(groups) / across)
    # A panel is as high as the names beside it.
    panel_inches = max(_INCHES, _APART * (1 + max(map(len, groups.values()))))

    def draw() -> Any:
        figure, panels = plt.subplots(
            down,
            across,
            figsize=(max(7.0, 4.6 * across), (panel_inches + _AROUND) * down),
            squeeze=False,
            sharey=True,
        )
        for panel in panels.flat[len(groups) :]:
            panel.set_axis_off()
        for panel, group in zip(panels.flat, groups, strict=False):
            _panel(panel, groups[group])
            panel.set(title=words(group), xlabel="epoch")
        for panel, mine in zip(panels.flat, groups.values(), strict=False):
            ends = [(row, len(row["curve"]), float(row["curve"][-1])) for row in mine]
            name_the_ends(panel, ends, panel_inches)
        for first in panels[:, 0]:
            first.set_ylabel("test accuracy, %, mean over the runs")
        legend(figure, panels[0, 0], rows, look=look)
        return figure

    return svg(draw)


#: More names than this have no room beside a panel.
_MOST = 12


def _panels(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Title of a panel → its rows: those of one data set and depth, and, where these are many, of
    one condition.
    """
    several = len({row["data_set"] for row in rows}) > 1
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        title = f"{row['data_set']}, " if several else ""
        found.setdefault(f"{title}{row['layers']} layers", []).append(row)
    if max(map(len, found.values())) <= _MOST:
        return found
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for title, mine in found.items():
        for row in mine:
            condition = row["cells"].get("condition", "")
            name = condition if title in condition else ", ".join(filter(None, (condition, title)))
            # What the title of the panel says need not stand at every line.
            short = row["label"].removeprefix(condition).strip(", ") or row["label"]
            parts.setdefault(name, []).append({**row, "label": short})
    return parts


def look(row: Mapping[str, Any], known: bool = False) -> dict[str, Any]:
    """Lines without marks; a method that a reader looks for is a thick one."""
    return {**line(row), "marker": "", "linewidth": 2.2 if known else 1}


def known_among(rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Which rows are of a method that a reader looks for; none where most of them are."""
    known = [row["method"] in _KNOWN for row in rows]
    return known if 2 * sum(known) <= len(known) else [False] * len(known)


def _panel(panel: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    epochs = max(len(row["curve"]) for row in rows)
    for row, known in zip(rows, known_among(rows), strict=True):
        panel.plot(range(1, len(row["curve"]) + 1), row["curve"], **look(row, known))
    leave_room(panel, 1, epochs)
    step = max(1, epochs // 4)
    panel.set_xticks(range(step, epochs + 1, step))


def leave_room(panel: Any, low: float, high: float) -> None:
    """Let an axis go from ``low`` to ``high``, with room for names beyond."""
    panel.set_xlim(low, low + (high - low) / (1 - _ROOM) + 0.01 * (high == low))


def name_the_ends(
    panel: Any, ends: Sequence[tuple[Mapping[str, Any], float, float]], inches: float
) -> None:
    """Names beside the last points of lines, pushed apart where they would cover each other.

    Args:
        ends: row, and where its line ends.
        inches: height of the panel.
    """
    low, high = panel.get_ylim()
    left, right = panel.get_xlim()
    ordered = sorted(ends, key=lambda end: end[2])
    apart = (high - low) * _APART / inches
    places = inside(spread([y for _, _, y in ordered], apart), apart, low, high)
    at = max(x for _, x, _ in ends) + 0.03 * (right - left)
    bold = known_among([row for row, _, _ in ordered])
    for (row, x, y), place, known in zip(ordered, places, bold, strict=True):
        name = _KNOWN.get(row["method"]) if row["label"] == row["method"] else None
        panel.plot([x, at], [y, place], color="#999999", linewidth=0.5)
        panel.text(
            at + 0.005 * (right - left),
            place,
            words(name or row["label"]),
            fontsize=_LETTERS,
            fontweight="bold" if known else "normal",
            color=line(row)["color"],
            va="center",
        )
    panel.set_ylim(low, high)


def spread(heights: Sequence[float], apart: float) -> list[float]:
    """Places near rising heights, each at least ``apart`` above the one before.

    >>> spread([1.0, 1.0, 5.0], 2.0)
    [0.0, 2.0, 5.0]
    """
    groups: list[tuple[float, int]] = []  # middle of a group of names, how many
    for height in heights:
        groups.append((height, 1))
        while len(groups) > 1:
            (low, n), (high, m) = groups[-2:]
            if high - low >= apart * (n + m) / 2 - 1e-9:
                break
            groups[-2:] = [((low * n + high * m) / (n + m), n + m)]
    return [middle + apart * (i - (n - 1) / 2) for middle, n in groups for i in range(n)]


def inside(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Rising places pushed into a panel from below, and from above where all have room in it.

    >>> inside([0.0, 2.0, 9.5], 2.0, 0.0, 10.0)
    [1.0, 3.0, 9.0]
    """
    lowest, highest = low + apart / 2, high - apart / 2
    up = accumulate(places[1:], lambda a, b: max(b, a + apart), initial=max(places[0], lowest))
    places = list(up)
    if apart * len(places) > high - low:
        return places
    downwards = places[::-1]
    return list(
        accumulate(downwards[1:], lambda a, b: min(b, a - apart), initial=min(places[-1], highest))
    )[::-1]
