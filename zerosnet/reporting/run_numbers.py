"""Tables and figures on the pages of stages that are measured in runs: the paper's beside ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.experiments.comparisons import TRAINED
from zerosnet.judging.comparing import signed
from zerosnet.judging.equal_fits import FITTED
from zerosnet.judging.verdict import Verdict
from zerosnet.measuring import attacks
from zerosnet.measuring.attacks import is_attack
from zerosnet.measuring.columns import COEFFICIENT_COLUMNS, GAP_COLUMNS, GROWTH_COLUMNS
from zerosnet.methods.multistep import labelled
from zerosnet.paper.columns import column_title
from zerosnet.paper.tables import moduli_of
from zerosnet.reporting import figures
from zerosnet.reporting.curves import training_curves
from zerosnet.reporting.markdown import ends_text, link, plain, table
from zerosnet.reporting.two_by_two import (
    gains_table,
    is_two_by_two,
    two_by_two_figure,
    two_by_two_table,
)
from zerosnet.theory.responses import responses
from zerosnet.training.selection import PRIMARY, SELECTIONS

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure of a page: the end of its file's name, what it shows, its SVG."""

    name: str
    caption: str
    svg: bytes


Numbers = tuple[list[Picture], list[str]]


def numbers_of_runs(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    """The figures and the blocks of numbers of a stage that has runs."""
    if "devices" in evidence:
        return _runtime(evidence)
    if not _ran(evidence) and not any(row["reported"] for row in evidence["rows"]):
        count = len(evidence["rows"])
        return [], [f"No run of its {count} {'row' if count == 1 else 'rows'} is on record."]
    columns = tuple(evidence["columns"])
    if columns == GROWTH_COLUMNS:
        pictures, blocks = _growth(evidence)
    elif columns == COEFFICIENT_COLUMNS:
        pictures, blocks = _trained_coefficients(evidence)
    elif columns == GAP_COLUMNS:
        pictures, blocks = _gap(evidence, verdicts)
    elif NOISE_FREE in columns:
        pictures, blocks = _perturbed(evidence)
    else:
        pictures, blocks = _accuracies(evidence, verdicts)
    if any(row["curve"] for row in evidence["rows"]) and columns != GROWTH_COLUMNS:
        pictures.append(
            Picture(
                "curves",
                "Test accuracy after every epoch, a line a row, dashed where it is not zero-stable",
                training_curves(evidence),
            )
        )
    return pictures, blocks


def _ran(evidence: Content) -> bool:
    return any(values for row in evidence["rows"] for values in row["measured"][PRIMARY].values())


def _accuracies(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    """One accuracy a row (or top-1 and top-5): paper, last epoch, best epoch, difference."""
    differences = _differences(verdicts)
    blocks, pictures = [], []
    for column in evidence["columns"]:
        if len(evidence["columns"]) > 1:
            blocks.append(f"### {_COLUMN_TITLES.get(column, plain(column))}")
        blocks.append(_side_by_side(evidence, column, differences))
    blocks.append(_note(evidence))
    if is_two_by_two(evidence):
        blocks[:0] = [two_by_two_table(evidence, PRIMARY), gains_table(evidence, PRIMARY)]
        if _ran(evidence):
            caption = "Accuracy by the weight of each block beside the state"
            pictures.append(Picture("cells", caption, two_by_two_figure(evidence, PRIMARY)))
    first = evidence["columns"][0]
    if _ran(evidence) or any(row["reported"] for row in evidence["rows"]):
        picture = figures.accuracies(evidence, PRIMARY, first)
        pictures.append(
            Picture(
                "accuracies",
                "Test accuracy row by row, one dot a run, hollow where it is not zero-stable",
                picture,
            )
        )
    if _ran(evidence) and all("modulus_1" in row["cells"] for row in evidence["rows"]):
        picture = figures.against_moduli(evidence, PRIMARY)
        pictures.append(
            Picture(
                "moduli",
                "Test accuracy of every run against the largest modulus of its roots",
                picture,
            )
        )
    return pictures, blocks


_COLUMN_TITLES = {
    "test": "Test accuracy, %",
    "all_epochs": "Test accuracy, %, mean over the epochs",
    "sharpness": "Largest curvature of the plain loss, log10",
    "held_out": "Accuracy on held-out images, %",
    "fit_loss": "Loss of the training images, nats",
    "fitted": f"Test accuracy, %, where {FITTED:g} % of the training images are fit",
}


#: Cell → (ours minus the paper's with its interval, or ``None``; its verdict).
_Cells = dict[str, tuple[list[float | None] | None, str]]


def _differences(verdicts: Sequence[Verdict]) -> _Cells:
    """The reported numbers that were checked, or could have been."""
    details = next((v.details for v in verdicts if "cell_verdicts" in v.details), {})
    found = details.get("cells", {})
    return {
        name: (found.get(name), outcome)
        for name, outcome in details.get("cell_verdicts", {}).items()
    }


def _side_by_side(evidence: Content, column: str, differences: _Cells) -> str:
    depths = {row["layers"] for row in evidence["rows"]}
    printed = any(column in row["reported"] for row in evidence["rows"])
    rooted = _rooted(evidence)
    header = ["row", *(["roots"] if rooted else []), *(["layers"] if len(depths) > 1 else [])]
    header.append("stable")
    first = len(header)
    header += ["paper"] if printed else []
    header += [name.replace("_", " ") for name in SELECTIONS] + ["runs"]
    if differences:
        header += ["difference", "cell"]
    rows = []
    for row in evidence["rows"]:
        cells = [row["label"], *([", ".join(moduli_of(row["cells"]))] if rooted else [])]
        cells += [str(row["layers"])] if len(depths) > 1 else []
        cells += [_stable(row), *([reported_text(row, column)] if printed else [])]
        cells += [measured_text(row, selection, column) for selection in SELECTIONS]
        cells.append(_runs(row, column))
        if differences:
            name = f"{row['label']}, {row['layers']} layers"
            named = name if column == "test" else f"{name}, {column}"
            found, outcome = differences.get(named, (None, "–"))
            cells += [
                "–" if found is None else f"{signed(found[0] or 0.0)} {ends_text(found[1:])}",
                outcome,
            ]
        rows.append(cells)
    return table(header, rows, right=range(first, len(header)))


def _gap(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    differences = _differences(verdicts)
    blocks = []
    for column in GAP_COLUMNS:
        blocks += [f"### {column}", _side_by_side(evidence, column, differences)]
    blocks.append(
        "Training and test accuracy in percent with the same weights, in evaluation mode, and "
        "their difference in points; mean ± standard deviation over the runs."
    )
    picture = figures.gap_against_depth(evidence, PRIMARY)
    return [
        Picture(
            "gap", "Training and test accuracy, and the gap between them, against depth", picture
        )
    ], blocks


def _perturbed(evidence: Content) -> Numbers:
    """Accuracy under noise or attack: the paper's table where it has one, then ours."""
    columns = evidence["columns"]
    short = {c: column_title(c) for c in columns}
    blocks = []
    sources: list[tuple[str, Any]] = []
    # The networks under attack are those of table 6, whose noise-free accuracy is on its own page.
    printed = any(set(row["reported"]) - {NOISE_FREE} for row in evidence["rows"])
    if printed:
        sources.append(("Paper", reported_text))
    if _ran(evidence):
        sources += [
            (f"Measured, {selection}", lambda row, c, s=selection: measured_text(row, s, c))
            for selection in SELECTIONS
        ]
    for title, cell in sources:
        blocks += [f"### {title}", _perturbed_table(evidence, cell, short)]
    if _ran(evidence) and (lost := _lost_table(evidence)):
        blocks += [f"### Lost to each perturbation, {PRIMARY}", lost]
    blocks.append(_scale(evidence))
    pictures = []
    strengths = _strengths(columns)
    if printed:
        picture = figures.noise_profiles(evidence, PRIMARY)
        pictures.append(
            Picture("profiles", "Test accuracy under each kind of noise, a dot a row", picture)
        )
    if _ran(evidence) and len({is_attack(c) for c in columns if c != NOISE_FREE}) > 1:
        titles = [column_title(c, full=True) for c in columns]
        picture = figures.side_by_side(evidence, PRIMARY, titles)
        pictures.append(
            Picture("perturbed", "Test accuracy under each perturbation, a mark a row", picture)
        )
    elif _ran(evidence) and strengths:
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
    lines = [[row["label"], _stable(row), *(cell(row, c) for c in columns)] for row in rows]
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
        rows.append([row["label"], _stable(row), *cells])
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


def _growth(evidence: Content) -> Numbers:
    columns = evidence["columns"]
    blocks = []
    for selection in SELECTIONS:
        rows = [
            [row["label"], _stable(row), *(measured_text(row, selection, c) for c in columns)]
            for row in evidence["rows"]
        ]
        header = ["row", "zero-stable", *(column_title(c) for c in columns)]
        blocks += [
            f"### Measured, {selection}",
            table(header, rows, right=range(2, 2 + len(columns))),
        ]
    blocks.append(
        "Powers of ten by which a perturbation of the states has grown at the end of each stage "
        "(‖ŷ − y‖ over its initial value) and, relative to the states, at the last block; medians "
        "over test images, mean ± standard deviation over the runs. For f = 0 the roots alone "
        "decide the growth through the first stage; the figure compares."
    )
    picture = figures.growth_against_roots(evidence, PRIMARY, _predicted(evidence))
    return [
        Picture(
            "growth",
            "Measured growth of perturbations through the first stage against what the roots say",
            picture,
        )
    ], blocks


def _trained_coefficients(evidence: Content) -> Numbers:
    rows = [
        [
            row["label"],
            *(measured_text(row, PRIMARY, column) for column in evidence["columns"]),
        ]
        for row in evidence["rows"]
    ]
    blocks = [
        table(["row", "inside, %", *evidence["columns"][1:]], rows, right=range(1, 5)),
        "Where the parameters of the blocks end: the percentage of blocks whose coefficients, by "
        "themselves, are zero-stable; the lowest, mean and highest parameter of a run; mean ± "
        "standard deviation over the runs. In the figure a line is one run, from its lowest to "
        "its highest parameter, with its mean; grey is where the parameter starts, and where the "
        "method is zero-stable is shaded.",
    ]
    if not _ran(evidence):
        return [], blocks
    picture = figures.where_coefficients_end(
        evidence, PRIMARY, [TRAINED[row["cells"]["method"]] for row in evidence["rows"]]
    )
    return [
        Picture(
            "ends",
            "Ranges in which the trained parameters of each run end, zero-stable values shaded",
            picture,
        )
    ], blocks


def _predicted(evidence: Content) -> list[float]:
    """For each row, log10 of the largest response through the interior blocks of stage 1, f = 0."""
    predicted = []
    for row in evidence["rows"]:
        method = labelled(row["method"])
        blocks = (row["layers"] - 2) // 6 - (method.steps - 1)
        response = responses(method, blocks)[-1] if blocks > 0 else 1
        predicted.append(math.log10(response))
    return predicted


def _runtime(evidence: Content) -> Numbers:
    """Table 9: ratios of times, a column a device."""
    rows = []
    for cell, reported in evidence["reported"].items():
        ratios = [device["ratios"].get(cell) for device in evidence["devices"]]
        ours = [_ratio_text(found) if found else "–" for found in ratios]
        rows.append([cell, f"{reported:.3f}", *ours])
    header = ["", "paper", *(device["device"] for device in evidence["devices"])]
    blocks = [
        "The time of ZeroSNet-20 over that of PreResNet-20, with its 90 % interval: each by "
        "itself. What speaks against a claim is corrected over the ratios of a device (Holm).",
        table(header, rows, right=range(1, len(header))),
    ]
    if evidence["devices"]:
        records = [
            (
                d["device"],
                link(d["record"], f"../../results/{d['record']}"),
                d["commit"],
                d["torch"],
            )
            for d in evidence["devices"]
        ]
        blocks.append(table(("device", "record", "commit", "torch"), records))
    picture = figures.runtime_ratios(evidence)
    return [
        Picture("ratios", "ZeroSNet-20’s time over PreResNet-20’s, the paper’s and ours", picture)
    ], blocks


def _ratio_text(found: Sequence[float | None]) -> str:
    """A ratio with its interval; one repeat has none."""
    ratio, low, high = found
    return f"{ratio:.3f} " + ("[no ends]" if high is None else f"[{low:.3f}, {high:.3f}]")


def _note(evidence: Content) -> str:
    return _scale(evidence, " Roots: their moduli as the paper prints them." * _rooted(evidence))


def _scale(evidence: Content, roots: str = "") -> str:
    note = f"Accuracies in percent, mean ± standard deviation over the runs.{roots}"
    if evidence["profile"] != "paper":
        note += (
            " The scale differs from the paper's: compare the order of the rows, not their values."
        )
    return note


def _rooted(evidence: Content) -> bool:
    """Whether the paper names the rows by the moduli of their roots."""
    return all("modulus_1" in row["cells"] for row in evidence["rows"])


def _stable(row: Content) -> str:
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


def _runs(row: Content, column: str) -> str:
    count = len(row["measured"][PRIMARY][column])
    diverged = len(row["diverged"])
    return f"{count} (+{diverged} diverged)" if diverged else str(count)
