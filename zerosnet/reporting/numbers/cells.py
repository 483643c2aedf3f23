"""What stands in a cell of a table of runs, and the note under such a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from zerosnet.training.selection import PRIMARY

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure of a page: the end of its file's name, what it shows, its SVG."""

    name: str
    caption: str
    svg: bytes


Numbers = tuple[list[Picture], list[str]]


def has_runs(evidence: Content) -> bool:
    """Whether any row has a measured value."""
    return any(values for row in evidence["rows"] for values in row["measured"][PRIMARY].values())


def scale_note(evidence: Content, roots: str = "") -> str:
    """What accuracies are, and how far they can be compared with the paper's.

    Args:
        roots: a sentence about the column of roots, with a space before it.
    """
    note = f"Accuracies in percent, mean ± standard deviation over the runs.{roots}"
    if evidence["profile"] != "paper":
        note += (
            " The scale differs from the paper's: compare the order of the rows, not their values."
        )
    return note


def is_rooted(evidence: Content) -> bool:
    """Whether the paper names the rows by the moduli of their roots."""
    return all("modulus_1" in row["cells"] for row in evidence["rows"])


def stable_text(row: Content) -> str:
    """Whether the row's method is zero-stable: yes, no, or its coefficients are trained."""
    return {True: "yes", False: "no", None: "trained"}[row["zero_stable"]]


def reported_text(row: Content, column: str) -> str:
    """What the paper reports, or a dash."""
    mean, sd = row["reported"].get(column, (None, None))
    if mean is None:
        return "–"
    return f"{mean:.2f}" if sd is None else f"{mean:.2f} ± {sd:.2f}"


def measured_text(row: Content, selection: str, column: str) -> str:
    """Mean ± standard deviation over the runs, "diverged", or a dash."""
    values = list(row["measured"][selection][column].values())
    if not values:
        return "diverged" if row["diverged"] else "–"
    mean = f"{fmean(values):.2f}".replace("-", "−")
    return mean + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def runs_text(row: Content, column: str) -> str:
    """How many runs have a value, and how many diverged."""
    count = len(row["measured"][PRIMARY][column])
    diverged = len(row["diverged"])
    return f"{count} (+{diverged} diverged)" if diverged else str(count)
