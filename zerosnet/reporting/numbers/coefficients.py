"""Where trained coefficients end."""

from __future__ import annotations

from zerosnet.experiments.comparisons import TRAINED
from zerosnet.reporting import figures
from zerosnet.reporting.markdown import table
from zerosnet.reporting.numbers.cells import (
    Content,
    Numbers,
    Picture,
    has_runs,
    measured_text,
)
from zerosnet.training.selection import PRIMARY


def trained_coefficients(evidence: Content) -> Numbers:
    """The parameters at the end of every run, and the values that are zero-stable."""
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
    if not has_runs(evidence):
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
