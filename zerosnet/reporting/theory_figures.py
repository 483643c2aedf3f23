"""Figures of what is decided without runs: moduli, growth, regions of stability, roots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.patches import Circle

from zerosnet.reporting.drawing import STABLE, UNSTABLE, legend, line, svg


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

    return svg(draw)


def growth_curves(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The largest response to a perturbation of the initial states against the number of steps."""

    def draw() -> Any:
        figure, panel = plt.subplots(figsize=(8.6, 4.2))
        ends: dict[float, list[str]] = {}
        for row in rows:
            panel.plot(range(1, len(row["responses"]) + 1), row["responses"], **line(row))
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
        legend(figure, panel)
        return figure

    return svg(draw)


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
        for row in panels:
            row[0].set_ylabel("Im z")
        for panel in panels[-1]:
            panel.set_xlabel("Re z")
        return figure

    return svg(draw)


def one_network_in_two_gauges(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The state of both gauges, and the weight of each block's branch beside it, by block."""

    def draw() -> Any:
        figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), sharex=True)
        blocks = range(1, len(rows[0]["states"]) + 1)
        # The hollow marks last: in the right panel they lie around the filled ones.
        for row in sorted(rows, key=lambda row: not row["zero_stable"]):
            around = {} if row["zero_stable"] else {"markersize": 9, "markerfacecolor": "none"}
            left.plot(blocks, row["states"], **line(row) | around)
            right.plot(blocks, row["weights"], **line(row) | around)
            left.annotate(
                row["method"],
                (len(blocks) - 6, row["states"][-7]),
                textcoords="offset points",
                xytext=(-8, 8),
                ha="right",
                fontsize=8,
            )
        for panel, title in (
            (left, "the state yₙ, from y₀ = 1, where f = 0"),
            (right, "weight of the block’s f beside the state: the same in both"),
        ):
            panel.set_yscale("log")
            panel.set_xlabel("block")
            panel.set_title(title, fontsize=9)
        legend(figure, left)
        return figure

    return svg(draw)


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
            panel.add_patch(Circle((0, 0), 1, fill=False, color="#888888", linewidth=0.8))
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

    return svg(draw)
