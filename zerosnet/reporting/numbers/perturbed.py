"""Accuracies under noise and under attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.measuring import attacks
from zerosnet.measuring.attacks import is_attack
from zerosnet.paper.columns import column_title
from zerosnet.reporting import figures
from zerosnet.reporting.markdown import table
from zerosnet.reporting.numbers.cells import (
    Content,
    Numbers,
    Picture,
    has_runs,
    measured_text,
    reported_text,
    scale_note,
    stable_text,
)
from zerosnet.training.selection import PRIMARY, SELECTIONS


def perturbed(evidence: Content) -> Numbers:
    """Accuracy under noise or attack: the paper's table where it has one, then ours."""
    columns = evidence["columns"]
    short = {c: column_title(c) for c in columns}
    blocks = []
    sources: list[tuple[str, Any]] = []
    # The networks under attack are those of table 6, whose noise-free accuracy is on its own page.
    printed = any(set(row["reported"]) - {NOISE_FREE} for row in evidence["rows"])
    if printed:
        sources.append(("Paper", reported_text))
    if has_runs(evidence):
        sources += [
            (f"Measured, {selection}", lambda row, c, s=selection: measured_text(row, s, c))
            for selection in SELECTIONS
        ]
    for title, cell in sources:
        blocks += [f"### {title}", _perturbed_table(evidence, cell, short)]
    if has_runs(evidence) and (lost := _lost_table(evidence)):
        blocks += [f"### Lost to each perturbation, {PRIMARY}", lost]
    blocks.append(scale_note(evidence))
    pictures = []
    strengths = _strengths(columns)
    if printed:
        picture = figures.noise_profiles(evidence, PRIMARY)
        pictures.append(
            Picture("profiles", "Test accuracy under each kind of noise, a dot a row", picture)
        )
    if has_runs(evidence) and len({is_attack(c) for c in columns if c != NOISE_FREE}) > 1:
        titles = [column_title(c, full=True) for c in columns]
        picture = figures.side_by_side(evidence, PRIMARY, titles)
        pictures.append(
            Picture("perturbed", "Test accuracy under each perturbation, a mark a row", picture)
        )
    elif has_runs(evidence) and strengths:
        label, points = strengths
        picture = figures.over_strength(evidence, PRIMARY, points, label)
        pictures.append(Picture("strength", f"Accuracy against {label}", picture))
    return pictures, blocks


#: Columns of means with their standard deviations that stand side by side on a page.
_FEW = 5


def _perturbed_table(
    evidence: Content, cell: Callable[[Content, str], str], short: Mapping[str, str]
) -> str:
    """A line a row of the table, or a line a perturbation where there are more of these."""
    columns, rows = evidence["columns"], evidence["rows"]
    if len(columns) > len(rows):
        lines = [[column_title(c, full=True), *(cell(row, c) for row in rows)] for c in columns]
        header = ["perturbation", *(row["label"] for row in rows)]
        return table(header, lines, right=range(1, 1 + len(rows)))
    lines = [[row["label"], stable_text(row), *(cell(row, c) for c in columns)] for row in rows]
    header = ["row", "stable", *(short[c] for c in columns)]
    if len(columns) <= _FEW:
        return table(header, lines, right=range(2, 2 + len(columns)))
    # Side by side, means and standard deviations would be wider than a page.
    split = [[text.partition(" ± ")[::2] for text in line[2:]] for line in lines]
    tables = [
        table(
            header,
            [
                [*line[:2], *(pair[part] or "–" for pair in pairs)]
                for line, pairs in zip(lines, split, strict=True)
            ],
            right=range(2, 2 + len(columns)),
        )
        for part in (0, 1)
    ]
    return f"{tables[0]}\n\nStandard deviations:\n\n{tables[1]}"


def _lost_table(evidence: Content) -> str:
    """Accuracy without perturbation minus that with it, in points: means over the runs.

    Attacks beside noise are left out: they may be made of the first images alone.
    """
    columns = [c for c in evidence["columns"] if c != NOISE_FREE]
    if len({is_attack(c) for c in columns}) > 1:
        columns = [c for c in columns if not is_attack(c)]
    rows = []
    for row in evidence["rows"]:
        values = row["measured"][PRIMARY]
        clean = values.get(NOISE_FREE, {})
        lost = {c: [clean[s] - v for s, v in values[c].items() if s in clean] for c in columns}
        if not any(lost.values()):
            continue
        every = [x for found in lost.values() for x in found]
        means = [fmean(found) if found else None for found in (*lost.values(), every)]
        cells = ["–" if x is None else f"{x:.2f}".replace("-", "−") for x in means]
        rows.append([row["label"], stable_text(row), *cells])
    if not rows:
        return ""
    header = ["row", "stable", *(column_title(c) for c in columns), "mean"]
    if len(columns) > len(rows):
        names = [*(column_title(c, full=True) for c in columns), "mean"]
        turned = [[name, *(row[2 + i] for row in rows)] for i, name in enumerate(names)]
        header = ["perturbation", *(row[0] for row in rows)]
        return table(header, turned, right=range(1, len(header)))
    return table(header, rows, right=range(2, len(header)))


def _strengths(columns: Sequence[str]) -> tuple[str, list[tuple[str, float]]] | None:
    """The columns of one kind of perturbation by strength, from none: (label, (column, x))."""
    for kind in (attacks.PGD, attacks.FGSM):
        found = [(a.name, float(a.epsilon)) for a in kind if a.name in columns]
        if found:
            return "ε, in units of the pixel range", [(NOISE_FREE, 0.0), *found]
    found = [(c, float(c.removeprefix("gauss_sd"))) for c in columns if c.startswith("gauss_sd")]
    return ("δ of Gaussian noise", [(NOISE_FREE, 0.0), *found]) if found else None
