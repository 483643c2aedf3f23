"""What all figures share: style, markers, and SVG that is the same for the same numbers.

Zero-stable rows are filled and dark, the others hollow and light, rows whose coefficients are
trained grey squares, so that grey print tells them apart.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

STABLE, UNSTABLE, TRAINED = "#0b3c5d", "#d1603d", "#777777"
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


def svg(draw: Callable[[], Any]) -> bytes:
    """What a function draws, as SVG."""
    with mpl.rc_context(_STYLE):
        figure = draw()
        buffer = io.BytesIO()
        # Without date and version the bytes depend on the numbers alone.
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return buffer.getvalue()


def words(text: str) -> str:
    """A text from a file as a label: a dollar sign in it begins no formula."""
    return text.replace("$", r"\$")


def marker(row: Mapping[str, Any]) -> dict[str, Any]:
    """How the dots of a row look."""
    shape, color, face = {
        True: ("o", STABLE, STABLE),
        False: ("^", UNSTABLE, "white"),
        None: ("s", TRAINED, TRAINED),
    }[row["zero_stable"]]
    return {"marker": shape, "color": color, "markerfacecolor": face, "markersize": 5}


def line(row: Mapping[str, Any]) -> dict[str, Any]:
    """How the line of a row looks."""
    return {
        **marker(row),
        "linestyle": "--" if row["zero_stable"] is False else "-",
        "linewidth": 1,
    }


def legend(
    figure: Any,
    panel: Any,
    rows: Sequence[Mapping[str, Any]] = (),
    look: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
) -> None:
    """Below the figure: what filled and hollow mean, and grey where a row is drawn so.

    Args:
        rows: that are drawn; kinds that none of them is of are left out.
        look: of what is drawn; dots if left out.
    """
    kinds: dict[bool | None, str] = {True: "zero-stable", False: "not zero-stable"}
    if rows:
        kinds[None] = "trained coefficients"
        drawn = {row["zero_stable"] for row in rows}
        kinds = {stable: label for stable, label in kinds.items() if stable in drawn}
    for stable, label in kinds.items():
        kind = {"zero_stable": stable}
        panel.plot([], [], label=label, **(look(kind) if look else {**marker(kind), "ls": ""}))
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def nothing_to_draw(panel: Any, why: str) -> None:
    """Say in an empty panel why it is empty."""
    panel.annotate(why, (0.5, 0.5), xycoords="axes fraction", ha="center")


def images_of(evidence: Mapping[str, Any]) -> str:
    """The data sets that the runs of a stage used."""
    ran = [row for row in evidence["rows"] if row["keys"]]
    return words(", ".join(dict.fromkeys(row["images"] for row in ran or evidence["rows"])))
