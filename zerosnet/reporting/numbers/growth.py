"""How far perturbations of the states grow, beside what the roots say."""

from __future__ import annotations

import math

from zerosnet.methods.multistep import labelled
from zerosnet.paper.columns import column_title
from zerosnet.reporting import figures
from zerosnet.reporting.markdown import table
from zerosnet.reporting.numbers.cells import (
    Content,
    Numbers,
    Picture,
    measured_text,
    stable_text,
)
from zerosnet.theory.responses import responses
from zerosnet.training.selection import PRIMARY, SELECTIONS


def growth(evidence: Content) -> Numbers:
    """Powers of ten by stage, and the figure that holds them against the roots."""
    columns = evidence["columns"]
    blocks = []
    for selection in SELECTIONS:
        rows = [
            [row["label"], stable_text(row), *(measured_text(row, selection, c) for c in columns)]
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
        "over the test images measured, mean ± standard deviation over the runs. For f = 0 the "
        "roots alone decide the growth through the first stage; the figure compares."
    )
    picture = figures.growth_against_roots(evidence, PRIMARY, _predicted(evidence))
    return [
        Picture(
            "growth",
            "Measured growth of perturbations through the first stage against what the roots say",
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
