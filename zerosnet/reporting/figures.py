"""Figures of what was measured in runs; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import cycle, groupby, pairwise
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.methods.families import Trainable
from zerosnet.methods.stability import is_zero_stable
from zerosnet.paper.columns import column_title
from zerosnet.paper.tables import parasitic_modulus
from zerosnet.reporting.curves import known_among, leave_room, look, name_the_ends
from zerosnet.reporting.drawing import (
    STABLE,
    TRAINED,
    UNSTABLE,
    images_of,
    legend,
    marker,
    nothing_to_draw,
    svg,
    words,
)

_INCH_A_ROW = 0.3


def accuracies(evidence: Mapping[str, Any], selection: str, column: str = "test") -> bytes:
    """Reported means beside our runs, one dot a run, row by row; each panel with its own scale.

    In ``paper``, whose runs are held against the reported numbers, the two share one.  Data sets
    stand one above another: their accuracies have nothing in common.  Where nothing is reported,
    ours stand alone; where nothing has run, the panel says so.
    """
    rows = evidence["rows"]
    printed = any(row["reported"].get(column) for row in rows)
    groups = [[row for row in rows if row["data_set"] == name] for name in _data_sets(rows)]

    def draw() -> Any:
        figure, panels = plt.subplots(
            len(groups),
            1 + printed,
            figsize=(8.6, 1.0 + sum(0.5 + _INCH_A_ROW * len(group) for group in groups)),
            sharey="row",
            squeeze=False,
            height_ratios=[1 + len(group) for group in groups],
        )
        for (first, *_, ours), group in zip(
            ([*line_, line_[-1]] for line_ in panels), groups, strict=True
        ):
            for position, row in enumerate(group):
                reported = row["reported"].get(column)
                if reported:
                    mean, sd = reported
                    first.errorbar(mean, position, xerr=sd or 0, **marker(row), capsize=2)
                runs = list(row["measured"][selection][column].values())
                ours.plot(runs, [position] * len(runs), linestyle="", **marker(row))
                if row["diverged"]:
                    ours.annotate("diverged", (0.02, position), xycoords=("axes fraction", "data"))
            if not any(row["measured"][selection][column] or row["diverged"] for row in group):
                nothing_to_draw(ours, "no run on record")
                ours.set_xticks([])
            else:
                if printed and evidence["profile"] == "paper":
                    ours.sharex(first)
                    first.autoscale(axis="x")
                ours.locator_params(axis="x", nbins=6)
            first.set_yticks(range(len(group)), [_row_name(row, group) for row in group])
            first.set_ylim(len(group) - 0.4, -0.6)
            several = f", {words(group[0]['data_set'])}" if len(groups) > 1 else ""
            if printed:
                first.set(title=f"reported{several}")
                first.locator_params(axis="x", nbins=5)
            ours.set(title=f"{evidence['profile']}{several} ({images_of({'rows': group})})")
        if printed:
            panels[-1, 0].set(xlabel="test accuracy, % (mean ± SD)")
        panels[-1, -1].set(xlabel="test accuracy, % (one dot a run)")
        legend(figure, panels[0, -1], evidence["rows"])
        return figure

    return svg(draw)


def _data_sets(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["data_set"] for row in rows))


def noise_profiles(evidence: Mapping[str, Any], selection: str) -> bytes:
    """Accuracy of every row under every noise, a dot a row: the paper's left, ours right."""
    columns = evidence["columns"]

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.4, 4.0), sharey=True)
        for number, row in enumerate(evidence["rows"]):
            # Kinds of noise are no sequence: dots side by side, in the order of the rows.
            shift = 0.7 * (number / max(1, len(evidence["rows"]) - 1) - 0.5)
            places = [position + shift for position in range(len(columns))]
            style = {**marker(row), "linestyle": "", "markersize": 4}
            reported = [row["reported"].get(column, [None])[0] for column in columns]
            panels[0].plot(places, reported, **style)
            seeds = [row["measured"][selection][column].values() for column in columns]
            if all(seeds):
                panels[1].plot(places, [fmean(s) for s in seeds], **style)
        if not panels[1].lines:
            nothing_to_draw(panels[1], "no run under noise on record")
        for panel in panels:
            panel.set_xticks(range(len(columns)), [column_title(c) for c in columns], rotation=35)
            panel.grid(visible=False, axis="x")
        panels[0].set_ylabel("test accuracy, %")
        panels[0].set_title("reported")
        panels[1].set_title(f"{evidence['profile']} ({images_of(evidence)})")
        legend(figure, panels[1], evidence["rows"])
        return figure

    return svg(draw)


def growth_against_roots(
    evidence: Mapping[str, Any], selection: str, predicted: Sequence[float]
) -> bytes:
    """Growth of perturbations through the first stage: measured against what the roots say.

    Args:
        predicted: powers of ten for f = 0, row by row.
    """

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(6.4, 4.6))
        for row, expected in zip(evidence["rows"], predicted, strict=True):
            runs = list(row["measured"][selection]["stage_1"].values())
            panel.plot([expected] * len(runs), runs, linestyle="", **marker(row))
        low, high = min(predicted), max(predicted)
        panel.plot([low, high], [low, high], color="#888888", linewidth=0.8, linestyle=":")
        panel.set(
            xlabel="the roots alone (f = 0), powers of ten",
            ylabel="trained networks, powers of ten",
            title=f"{evidence['profile']} ({images_of(evidence)})",
        )
        legend(figure, panel)
        return figure

    return svg(draw)


def against_moduli(evidence: Mapping[str, Any], selection: str) -> bytes:
    """Accuracy on test images against the largest modulus of the roots; the zero-stable rows anew.

    Among these the largest parasitic modulus tells them apart: they all have none above 1.
    """
    rows = [row for row in evidence["rows"] if row["measured"][selection]["test"]]

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.4, 3.8), sharey=True)
        for row in rows:
            moduli = sorted(float(row["cells"][f"modulus_{i}"]) for i in (1, 2, 3))
            runs = list(row["measured"][selection]["test"].values())
            panels[0].plot([moduli[-1]] * len(runs), runs, linestyle="", **marker(row))
            if row["zero_stable"]:
                panels[1].plot([moduli[-2]] * len(runs), runs, linestyle="", **marker(row))
        panels[0].set_xscale("log")
        panels[0].axvline(1, color="#888888", linewidth=0.8, linestyle=":")
        ticks = [0.8, 1, 2, 4]
        panels[0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panels[0].minorticks_off()
        panels[0].set(xlabel="largest modulus of the roots", ylabel="test accuracy, %")
        panels[1].set(xlabel="second largest modulus, zero-stable rows only")
        if not panels[1].lines:
            nothing_to_draw(panels[1], "no run of a zero-stable row on record")
            panels[1].set_xticks([])
        legend(figure, panels[0])
        return figure

    return svg(draw)


def over_strength(
    evidence: Mapping[str, Any],
    selection: str,
    strengths: Sequence[tuple[str, float]],
    label: str,
) -> bytes:
    """Accuracy of every row against the strength of one kind of perturbation.

    Args:
        strengths: columns with what stands on the axis.
        label: of the axis.
    """

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(7.6, 4.6))
        ends = []
        for row, known in zip(evidence["rows"], known_among(evidence["rows"]), strict=True):
            points = [
                (strength, fmean(values))
                for column, strength in strengths
                if (values := row["measured"][selection][column].values())
            ]
            if points:
                panel.plot([x for x, _ in points], [y for _, y in points], **look(row, known))
                ends.append((row, *points[-1]))
        panel.set(
            xlabel=label,
            ylabel="test accuracy, %",
            title=f"{evidence['profile']} ({images_of(evidence)})",
        )
        if ends:
            amounts = [strength for _, strength in strengths]
            leave_room(panel, min(amounts), max(amounts))
            panel.set_xticks(amounts, [f"{amount:.2g}" for amount in amounts])
            name_the_ends(panel, ends, 3.4)
        legend(figure, panel, evidence["rows"], look=look)
        return figure

    return svg(draw)


def side_by_side(evidence: Mapping[str, Any], selection: str, titles: Sequence[str]) -> bytes:
    """A line a perturbation: the mean of every row, each with a marker of its own.

    Args:
        titles: of the columns.
    """
    columns = evidence["columns"]

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(7.6, 1.5 + 0.3 * len(columns)))
        for row, shape in zip(evidence["rows"], cycle("osD^v"), strict=False):
            points = [
                (fmean(values), position)
                for position, column in enumerate(columns)
                if (values := row["measured"][selection][column].values())
            ]
            style = {**marker(row), "marker": shape, "linestyle": "", "label": words(row["label"])}
            panel.plot([x for x, _ in points], [y for _, y in points], **style)
        panel.set_yticks(range(len(columns)), titles)
        panel.invert_yaxis()
        panel.set(
            xlabel="test accuracy, %, mean over the runs",
            title=f"{evidence['profile']} ({images_of(evidence)})",
        )
        figure.legend(loc="outside lower center", ncols=3)
        return figure

    return svg(draw)


def gap_against_depth(evidence: Mapping[str, Any], selection: str) -> bytes:
    """The gap against the depth, for each modulus: the paper's, ours, and what ours is made of."""
    moduli = sorted({parasitic_modulus(row["cells"]) for row in evidence["rows"]})

    def draw() -> Any:
        figure, panels = plt.subplots(1, 3, figsize=(9.4, 3.8))
        panels[1].sharey(panels[0])
        for modulus, shape in zip(moduli, ("-", "--", ":"), strict=False):
            mine = [r for r in evidence["rows"] if parasitic_modulus(r["cells"]) == modulus]
            style = {"color": STABLE, "linestyle": shape, "marker": "o", "markersize": 4}
            panels[0].plot(
                [int(row["cells"]["n_layers"]) for row in mine],
                [row["reported"]["gap"][0] for row in mine],
                label=f"{modulus:.2f}",
                **style,
            )
            ran = [row for row in mine if row["measured"][selection]["gap"]]
            layers = [row["layers"] for row in ran]
            for panel, column, face in (
                (panels[1], "gap", STABLE),
                (panels[2], "train", "white"),
                (panels[2], "test", STABLE),
            ):
                runs = [list(row["measured"][selection][column].values()) for row in ran]
                means = [fmean(values) for values in runs]
                panel.plot(layers, means, **style, markerfacecolor=face)
                for depth, values in zip(layers, runs, strict=True):
                    panel.plot([depth] * len(values), values, "_", color=STABLE)
        panels[0].set(title="reported (CIFAR-100)", xlabel="layers", ylabel="gap, points")
        panels[1].set(title=f"{evidence['profile']} ({images_of(evidence)})", xlabel="layers")
        panels[2].set(title="train (hollow), test (filled)", xlabel="layers", ylabel="accuracy, %")
        figure.legend(
            *panels[0].get_legend_handles_labels(),
            title="largest parasitic modulus",
            loc="outside lower center",
            ncols=3,
        )
        return figure

    return svg(draw)


def runtime_ratios(evidence: Mapping[str, Any]) -> bytes:
    """ZeroSNet-20's time over PreResNet-20's: the paper's and each device's, with its interval."""
    cells = list(evidence["reported"])

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(7.6, 3.2))
        paper = list(evidence["reported"].values())
        panel.plot(range(len(cells)), paper, "D", color=UNSTABLE, fillstyle="none", label="paper")
        for number, device in enumerate(evidence["devices"], start=1):
            ours = [device["ratios"].get(cell) for cell in cells]
            at = [i + 0.12 * number for i, found in enumerate(ours) if found]
            found = [found for found in ours if found]
            panel.errorbar(
                at,
                [middle for middle, _, _ in found],
                # One repeat has no interval.
                yerr=[
                    [0 if high is None else m - low for m, low, high in found],
                    [0 if high is None else high - m for m, _, high in found],
                ],
                fmt="o",
                color=STABLE,
                markersize=4,
                capsize=2,
                label=words(device["device"]),
            )
        panel.axhline(1, color="#888888", linewidth=0.8, linestyle=":")
        panel.set_xticks(range(len(cells)), [words(cell) for cell in cells], rotation=20)
        panel.set_ylabel("ratio of the times")
        figure.legend(loc="outside lower center", ncols=2)
        return figure

    return svg(draw)


def where_coefficients_end(
    evidence: Mapping[str, Any], selection: str, methods: Sequence[Trainable]
) -> bytes:
    """The range of each run's trained parameters, beside their start and the zero-stable region.

    Args:
        methods: of the rows.
    """
    low, high, cells = Fraction(-3, 2), Fraction(3), 180
    edges = [low + (high - low) * i / cells for i in range(cells + 1)]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(8.6, 1.3 + 0.75 * len(methods)))
        for position, (row, trained) in enumerate(zip(evidence["rows"], methods, strict=True)):
            inside = [is_zero_stable(trained.family.at(middle)) for middle in middles]
            for stable, part in groupby(range(cells), key=inside.__getitem__):
                if stable:
                    numbers = list(part)
                    a, b = float(edges[numbers[0]]), float(edges[numbers[-1] + 1])
                    panel.barh(position, b - a, 0.8, left=a, color="#dde8ef")
            middle, spread = float(trained.initial), float(trained.spread)
            start = [middle - spread, middle + spread]
            panel.plot(start, [position + 0.3] * 2, "|-", color=TRAINED, linewidth=4)
            found = row["measured"][selection]
            for number, seed in enumerate(found["mean"]):
                at = position + 0.1 - 0.16 * number
                ends = [found["lowest"][seed], found["highest"][seed]]
                panel.plot(ends, [at] * 2, color=STABLE, linewidth=1)
                panel.plot(found["mean"][seed], at, "o", color=STABLE, markersize=4)
        panel.set_yticks(
            range(len(methods)),
            [
                f"{words(row['label'])}: {trained.family.symbol}"
                for row, trained in zip(evidence["rows"], methods, strict=True)
            ],
        )
        panel.invert_yaxis()
        panel.set(
            xlim=(float(low), float(high)),
            xlabel="parameter of a block",
            title=f"{evidence['profile']} ({images_of(evidence)})",
        )
        return figure

    return svg(draw)


def two_ways(rows: Sequence[Mapping[str, Any]], names: tuple[str, str]) -> bytes:
    """Each row's mean accuracy trained one way against that trained another way.

    Args:
        rows: with ``zero_stable`` and the accuracies by seed ``first`` and ``second``.
        names: of the two ways.
    """

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(5.2, 4.6))
        for row in rows:
            means = [fmean(row[which].values()) for which in ("first", "second")]
            panel.plot(*means, linestyle="", **marker(row))
        ends = [fmean(row[which].values()) for row in rows for which in ("first", "second")]
        panel.plot([min(ends), max(ends)], [min(ends), max(ends)], ":", color="#888888", lw=0.8)
        panel.set(xlabel=f"{names[0]}, test accuracy, %", ylabel=f"{names[1]}, test accuracy, %")
        legend(figure, panel)
        return figure

    return svg(draw)


def _row_name(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    depths = {other["layers"] for other in rows}
    label, layers = words(row["label"]), f"{row['layers']} layers"
    return label if len(depths) == 1 or label.endswith(layers) else f"{label}, {layers}"
