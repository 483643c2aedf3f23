"""Accuracies row by row, the paper's beside ours, and the generalization gap."""

from __future__ import annotations

from collections.abc import Sequence

from zerosnet.judging.cells import cell_name
from zerosnet.judging.equal_fits import FITTED
from zerosnet.judging.evidence import row_name
from zerosnet.judging.verdict import Verdict
from zerosnet.judging.wording import signed
from zerosnet.measuring.columns import GAP_COLUMNS
from zerosnet.paper.tables import moduli_of
from zerosnet.reporting import figures
from zerosnet.reporting.markdown import ends_text, plain, table
from zerosnet.reporting.numbers.cells import (
    Content,
    Numbers,
    Picture,
    has_runs,
    is_rooted,
    measured_text,
    reported_text,
    runs_text,
    scale_note,
    stable_text,
)
from zerosnet.reporting.numbers.moved_root import (
    is_moved_root,
    moved_root_figure,
    moved_root_table,
)
from zerosnet.reporting.numbers.predicted import (
    by_kind_table,
    correlations_of,
    correlations_table,
    methods_figure,
    methods_table,
)
from zerosnet.reporting.numbers.two_by_two import (
    gains_table,
    is_two_by_two,
    two_by_two_figure,
    two_by_two_table,
)
from zerosnet.training.selection import PRIMARY, SELECTIONS


def accuracies(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    """One accuracy a row (or top-1 and top-5): paper, last epoch, best epoch, difference."""
    differences = _differences(verdicts)
    blocks, pictures = [], []
    rows = [row for row in evidence["rows"] if row["keys"] or row["reported"]]
    shown = {**evidence, "rows": rows}
    for column in evidence["columns"]:
        if len(evidence["columns"]) > 1:
            blocks.append(f"### {_COLUMN_TITLES.get(column, plain(column))}")
        blocks.append(_side_by_side(shown, column, differences))
    blocks.append(_note(evidence))
    if left := len(evidence["rows"]) - len(rows):
        blocks.append(f"{left} more {'row has' if left == 1 else 'rows have'} no run yet.")
    if is_two_by_two(evidence):
        blocks[:0] = [two_by_two_table(evidence, PRIMARY), gains_table(evidence, PRIMARY)]
        if has_runs(evidence):
            caption = "Accuracy by the weight of each block beside the state"
            pictures.append(Picture("cells", caption, two_by_two_figure(evidence, PRIMARY)))
    if is_moved_root(evidence):
        blocks.insert(0, moved_root_table(evidence, PRIMARY))
        if has_runs(evidence):
            caption = "Accuracy against the modulus of the root that is moved, a line a depth"
            pictures.append(Picture("moved_root", caption, moved_root_figure(evidence, PRIMARY)))
    if correlations_of(verdicts):
        blocks[:0] = [
            correlations_table(verdicts),
            by_kind_table(evidence, PRIMARY),
            methods_table(evidence, PRIMARY),
        ]
        caption = (
            "Accuracy against the largest parasitic root, and against the weight of the blocks"
        )
        pictures.append(Picture("predicted", caption, methods_figure(evidence, PRIMARY)))
    first = evidence["columns"][0]
    if has_runs(evidence) or any(row["reported"] for row in evidence["rows"]):
        picture = figures.accuracies(shown, PRIMARY, first)
        pictures.append(
            Picture(
                "accuracies",
                "Test accuracy row by row, one dot a run, hollow where it is not zero-stable",
                picture,
            )
        )
    if has_runs(evidence) and is_rooted(evidence):
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
    rooted = is_rooted(evidence)
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
        cells += [stable_text(row), *([reported_text(row, column)] if printed else [])]
        cells += [measured_text(row, selection, column) for selection in SELECTIONS]
        cells.append(runs_text(row, column))
        if differences:
            name = cell_name(row_name(row["label"], row["layers"]), column)
            found, outcome = differences.get(name, (None, "–"))
            cells += [
                "–" if found is None else f"{signed(found[0] or 0.0)} {ends_text(found[1:])}",
                outcome,
            ]
        rows.append(cells)
    return table(header, rows, right=range(first, len(header)))


def generalization_gap(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    """Training accuracy, test accuracy and their difference: a table of each."""
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


def _note(evidence: Content) -> str:
    return scale_note(
        evidence, " Roots: their moduli as the paper prints them." * is_rooted(evidence)
    )
