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
from zerosnet.paper.tables import parasitic_modulus
from zerosnet.reporting.drawing import (
    STABLE,
    TRAINED,
    UNSTABLE,
    images_of,
    legend,
    line,
    marker,
    svg,
    words,
)

_INCH_A_ROW = 0.3


def accuracies(evidence: Mapping[str, Any], selection: str, column: str = "test") -> bytes:
    """Reported means beside our runs, one dot a run, row by row; each panel with its own scale.

    Where nothing is reported, ours stand alone.
    """
    rows = evidence["rows"]
    printed = any(row["reported"].get(column) for row in rows)

    def draw() -> Any:
        figure, panels = plt.subplots(
            1,
            1 + printed,
            figsize=(8.6, 1.3 + _INCH_A_ROW * len(rows)),
            sharey=True,
            squeeze=False,
        )
        first, ours = panels[0, 0], panels[0, -1]
        for position, row in enumerate(rows):
            reported = row["reported"].get(column)
            if reported:
                mean, sd = reported
                first.errorbar(mean, position, xerr=sd or 0, **marker(row), capsize=2)
            runs = list(row["measured"][selection][column].values())
            ours.plot(runs, [position] * len(runs), linestyle="", **marker(row))
            if row["diverged"]:
                ours.annotate("diverged", (0.02, position), xycoords=("axes fraction", "data"))
        first.set_yticks(range(len(rows)), [_row_name(row, rows) for row in rows])
        first.invert_yaxis()
        if printed:
            first.set(title="paper", xlabel="test accuracy, % (mean ± SD)")
        ours.set(
            title=f"{evidence['profile']} ({images_of(evidence)})",
            xlabel="test accuracy, % (one dot a run)",
        )
        legend(figure, ours, evidence["rows"])
        return figure

    return svg(draw)


def noise_profiles(evidence: Mapping[str, Any], selection: str) -> bytes:
    """Accuracy of every row under every noise: the paper's left, ours right."""
    columns = evidence["columns"]

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.4, 4.0))
        for row in evidence["rows"]:
            reported = [row["reported"].get(column, [None])[0] for column in columns]
            panels[0].plot(range(len(columns)), reported, **line(row))
            seeds = [row["measured"][selection][column].values() for column in columns]
            if all(seeds):
                panels[1].plot(range(len(columns)), [fmean(s) for s in seeds], **line(row))
        for panel in panels:
            panel.set_xticks(range(len(columns)), [_noise(c) for c in columns], rotation=35)
            panel.set_ylabel("test accuracy, %")
        panels[0].set_title("paper")
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


def against_moduli(evidence: Mapping[str, Any], selection: str, column: str = "test") -> bytes:
    """Accuracy against the largest modulus of the roots; the zero-stable rows once more, alone.

    Among these the largest parasitic modulus tells them apart: they all have none above 1.
    """
    rows = [row for row in evidence["rows"] if row["measured"][selection][column]]

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.4, 3.8))
        for row in rows:
            moduli = sorted(float(row["cells"][f"modulus_{i}"]) for i in (1, 2, 3))
            runs = list(row["measured"][selection][column].values())
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
        legend(figure, panels[0])
        return figure

    return svg(draw)


def training_curves(evidence: Mapping[str, Any]) -> bytes:
    """Test accuracy after every epoch, the mean over the runs of each row."""
    rows = [row for row in evidence["rows"] if row["curve"]]
    groups = dict.fromkeys((row["data_set"], row["layers"]) for row in rows)

    def draw() -> Any:
        figure, panels = plt.subplots(
            1, len(groups), figsize=(max(6.4, 4.4 * len(groups)), 3.8), squeeze=False, sharey=True
        )
        for panel, group in zip(panels.flat, groups, strict=True):
            for row in rows:
                if (row["data_set"], row["layers"]) == group:
                    look = {**line(row), "marker": ""}
                    panel.plot(range(1, len(row["curve"]) + 1), row["curve"], **look)
            panel.set(title=f"{group[1]} layers", xlabel="epoch")
        panels[0, 0].set_ylabel("test accuracy, %, mean over the runs")
        legend(figure, panels[0, 0], rows)
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
        figure, panel = plt.subplots(figsize=(6.4, 4.2))
        for row in evidence["rows"]:
            points = [
                (strength, fmean(values))
                for column, strength in strengths
                if (values := row["measured"][selection][column].values())
            ]
            panel.plot([x for x, _ in points], [y for _, y in points], **line(row))
        panel.set(
            xlabel=label,
            ylabel="test accuracy, %",
            title=f"{evidence['profile']} ({images_of(evidence)})",
        )
        legend(figure, panel)
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
            look = {**marker(row), "marker": shape, "linestyle": "", "label": words(row["label"])}
            panel.plot([x for x, _ in points], [y for _, y in points], **look)
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
    """The generalization gap against the depth, for each modulus: the paper's left, ours right."""
    moduli = sorted({parasitic_modulus(row["cells"]) for row in evidence["rows"]})

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.0, 3.8))
        for modulus, shape in zip(moduli, ("-", "--", ":"), strict=False):
            mine = [r for r in evidence["rows"] if parasitic_modulus(r["cells"]) == modulus]
            look = {"color": STABLE, "linestyle": shape, "marker": "o", "markersize": 4}
            panels[0].plot(
                [int(row["cells"]["n_layers"]) for row in mine],
                [row["reported"]["gap"][0] for row in mine],
                label=f"{modulus:.2f}",
                **look,
            )
            ran = [row for row in mine if row["measured"][selection]["gap"]]
            panels[1].plot(
                [row["layers"] for row in ran],
                [fmean(row["measured"][selection]["gap"].values()) for row in ran],
                **look,
            )
            for row in ran:
                values = list(row["measured"][selection]["gap"].values())
                panels[1].plot([row["layers"]] * len(values), values, "_", color=STABLE)
        panels[0].set(title="paper (CIFAR-100)", xlabel="layers", ylabel="gap, points")
        panels[1].set(title=f"{evidence['profile']} ({images_of(evidence)})", xlabel="layers")
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
                yerr=[[m - low for m, low, _ in found], [high - m for m, _, high in found]],
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
    label = words(row["label"])
    return label if len(depths) == 1 else f"{label}, {row['layers']} layers"


def _noise(column: str) -> str:
    return (
        column.replace("uniform_m", "U −")
        .replace("uniform_", "U ")
        .replace("_p", " ")
        .replace("_", " ")
    )
