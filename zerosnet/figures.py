"""Figures of the reports, as SVG: the same bytes for the same numbers.

Zero-stable rows are filled and dark, the others hollow and light, so that grey print tells them
apart.  Nothing here decides anything.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

import matplotlib as mpl
import matplotlib.patches

mpl.use("svg")

from matplotlib import pyplot as plt

STABLE, UNSTABLE = "#0b3c5d", "#d1603d"
_STYLE: Any = {
    "svg.hashsalt": "zerosnet",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "figure.constrained_layout.use": True,
}
_INCH_A_ROW = 0.3


def _svg(draw: Callable[[], Any]) -> bytes:
    with mpl.rc_context(_STYLE):
        figure = draw()
        buffer = io.BytesIO()
        # Without date and version the bytes depend on the numbers alone.
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return buffer.getvalue()


def accuracies(evidence: Mapping[str, Any], selection: str) -> bytes:
    """Reported means beside our runs, one dot a run, row by row; each panel with its own scale."""
    rows = evidence["rows"]

    def draw() -> Any:
        figure, panels = plt.subplots(
            1, 2, figsize=(8.6, 1.3 + _INCH_A_ROW * len(rows)), sharey=True
        )
        for position, row in enumerate(rows):
            reported = row["reported"].get("test")
            if reported:
                mean, sd = reported
                panels[0].errorbar(mean, position, xerr=sd or 0, **_marker(row), capsize=2)
            runs = list(row["measured"][selection]["test"].values())
            panels[1].plot(runs, [position] * len(runs), linestyle="", **_marker(row))
            if row["diverged"]:
                panels[1].annotate("diverged", (0.02, position), xycoords=("axes fraction", "data"))
        panels[0].set_yticks(range(len(rows)), [_row_name(row, rows) for row in rows])
        panels[0].invert_yaxis()
        panels[0].set(title="paper", xlabel="test accuracy, % (mean ± SD)")
        panels[1].set(
            title=f"{evidence['profile']} ({', '.join(evidence['data_sets'])})",
            xlabel="test accuracy, % (one dot a run)",
        )
        _legend(figure, panels[1])
        return figure

    return _svg(draw)


def noise_profiles(evidence: Mapping[str, Any], selection: str) -> bytes:
    """Accuracy of every row under every noise: the paper's left, ours right."""
    columns = evidence["columns"]

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(9.4, 4.0))
        for row in evidence["rows"]:
            reported = [row["reported"].get(column, [None])[0] for column in columns]
            panels[0].plot(range(len(columns)), reported, **_line(row))
            seeds = [row["measured"][selection][column].values() for column in columns]
            if all(seeds):
                panels[1].plot(range(len(columns)), [fmean(s) for s in seeds], **_line(row))
        for panel in panels:
            panel.set_xticks(range(len(columns)), [_noise(c) for c in columns], rotation=35)
            panel.set_ylabel("test accuracy, %")
        panels[0].set_title("paper")
        panels[1].set_title(f"{evidence['profile']} ({', '.join(evidence['data_sets'])})")
        _legend(figure, panels[1])
        return figure

    return _svg(draw)


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
            panel.plot([expected] * len(runs), runs, linestyle="", **_marker(row))
        low, high = min(predicted), max(predicted)
        panel.plot([low, high], [low, high], color="#888888", linewidth=0.8, linestyle=":")
        panel.set(
            xlabel="the roots alone (f = 0), powers of ten",
            ylabel="trained networks, powers of ten",
            title=f"{evidence['profile']} ({', '.join(evidence['data_sets'])})",
        )
        _legend(figure, panel)
        return figure

    return _svg(draw)


def moduli_along(
    curve: Sequence[Mapping[str, Any]], region: Sequence[tuple[float, float]], optimum: float
) -> bytes:
    """Moduli of the parasitic roots against λ, the zero-stable region shaded, the optimum marked.

    Args:
        curve: points with ``parameter`` and ``moduli``, in pieces that a ``None`` separates.
        region: closed intervals to shade.
        optimum: the parameter with the smallest largest modulus.
    """

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(8.6, 3.4))
        for low, high in region:
            panel.axvspan(low, high, color="#d9e4ec", linewidth=0)
        pieces: list[list[Mapping[str, Any]]] = [[]]
        for point in curve:
            if point["moduli"]:
                pieces[-1].append(point)
            else:
                pieces.append([])
        for piece in pieces:
            for which, style in ((0, "-"), (1, "--")):
                panel.plot(
                    [p["parameter"] for p in piece],
                    [p["moduli"][which] for p in piece],
                    style,
                    color=STABLE if which == 0 else "#5f7f95",
                    linewidth=1.3,
                )
        panel.axhline(1, color=UNSTABLE, linewidth=0.8)
        panel.axvline(optimum, color="#444444", linewidth=0.8, linestyle=":")
        panel.annotate(f"λ = {optimum:g}", (optimum, 0.06), ha="right", fontsize=8)
        panel.set(xlim=(-6, 4), ylim=(0, 3), xlabel="λ", ylabel="moduli of the parasitic roots")
        panel.set_title("shaded: zero-stable; solid: the larger modulus", fontsize=9)
        return figure

    return _svg(draw)


def growth_curves(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The largest response to a perturbation of the initial states against the number of steps."""

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(8.6, 4.2))
        ends: dict[float, list[str]] = {}
        for row in rows:
            panel.plot(range(1, len(row["responses"]) + 1), row["responses"], **_line(row))
            ends.setdefault(row["responses"][-1], []).append(row["method"])
        for end, methods in ends.items():
            panel.annotate(
                "\n".join(methods),
                (len(rows[0]["responses"]), end),
                textcoords="offset points",
                xytext=(6, 0),
                va="center" if len(methods) == 1 else "top",
                fontsize=6.5,
                annotation_clip=False,
            )
        panel.set_yscale("log")
        panel.set_ylim(bottom=0.02)
        panel.set(xlabel="blocks", ylabel="largest response to a unit perturbation, f = 0")
        panel.set_xlim(0, len(rows[0]["responses"]) * 1.25)
        _legend(figure, panel)
        return figure

    return _svg(draw)


def stability_regions(grids: Sequence[Mapping[str, Any]]) -> bytes:
    """Absolute stability: where in the plane of z = hλ the method's solutions of y′ = λy decay.

    Args:
        grids: each with ``title``, ``x``, ``y`` (axes) and ``stable`` (a boolean for each point).
    """

    def draw() -> Any:
        columns = 5
        lines = -(-len(grids) // columns)
        figure, panels = plt.subplots(
            lines, columns, figsize=(9.4, 2.3 * lines), sharex=True, sharey=True, squeeze=False
        )
        for panel, grid in zip(panels.flat, grids, strict=True):
            panel.contourf(
                grid["x"],
                grid["y"],
                grid["stable"].astype(float),
                levels=[0.5, 1],
                colors=["#b8cddb"],
            )
            panel.axhline(0, color="#888888", linewidth=0.6)
            panel.axvline(0, color="#888888", linewidth=0.6)
            panel.set_title(grid["title"], fontsize=8)
            panel.set_aspect("equal")
        for line in panels:
            line[0].set_ylabel("Im z")
        for panel in panels[-1]:
            panel.set_xlabel("Re z")
        return figure

    return _svg(draw)


def roots_in_the_disk(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Roots of every row of table 10 in the complex plane, with the unit circle."""

    def draw() -> Any:
        columns = 5
        lines = -(-len(rows) // columns)
        figure, panels = plt.subplots(
            lines, columns, figsize=(9.4, 1.3 * lines), squeeze=False, sharex=True, sharey=True
        )
        for panel, row in zip(panels.flat, rows, strict=False):
            stable = row["label"] == "yes"
            panel.add_patch(
                mpl.patches.Circle((0, 0), 1, fill=False, color="#888888", linewidth=0.8)
            )
            for real, imaginary, multiplicity in row["roots"]:
                panel.plot(
                    real,
                    imaginary,
                    marker="o" if stable else "^",
                    color=STABLE if stable else UNSTABLE,
                    markerfacecolor=STABLE if stable else "white",
                    markersize=5,
                )
                if multiplicity > 1:
                    panel.annotate(
                        f"×{multiplicity}",
                        (real, imaginary),
                        textcoords="offset points",
                        xytext=(4, 4),
                        fontsize=8,
                    )
            panel.set_title(row["method"], fontsize=6.5)
            panel.set_aspect("equal")
            panel.set(xlim=(-4.5, 2.5), ylim=(-1.6, 1.6))
        return figure

    return _svg(draw)


def _marker(row: Mapping[str, Any]) -> dict[str, Any]:
    stable = row["zero_stable"]
    return {
        "marker": "o" if stable else "^",
        "color": STABLE if stable else UNSTABLE,
        "markerfacecolor": STABLE if stable else "white",
        "markersize": 5,
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**_marker(row), "linestyle": "-" if row["zero_stable"] else "--", "linewidth": 1}


def _legend(figure: Any, panel: Any) -> None:
    for stable, label in ((True, "zero-stable"), (False, "not zero-stable")):
        panel.plot([], [], linestyle="", label=label, **_marker({"zero_stable": stable}))
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def _row_name(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    depths = {other["layers"] for other in rows}
    return row["label"] if len(depths) == 1 else f"{row['label']}, {row['layers']} layers"


def _noise(column: str) -> str:
    return (
        column.replace("uniform_m", "U −")
        .replace("uniform_", "U ")
        .replace("_p", " ")
        .replace("_", " ")
    )
