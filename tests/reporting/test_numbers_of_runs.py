"""Tables and figures of stages that are measured in runs, from evidence made up."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from evidence_at_hand import row, table

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.files.storage import as_read
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.measuring.columns import COEFFICIENT_COLUMNS
from zerosnet.measuring.measurements import SHARPNESS_COLUMNS
from zerosnet.paper.columns import column_title
from zerosnet.reporting.numbers.of_runs import numbers_of_runs


def with_columns(label, values, stable=True, **fields):
    """A row with one run, a value a column."""
    measured = {column: {0: value} for column, value in values.items()}
    return replace(
        row(label, stable, [], **fields),
        measured={"last_epoch": measured, "best_on_test": measured},
        keys={0: "key0"},
    )


def numbers(rows, verdicts=()):
    """Names of the pictures, and the blocks as one text."""
    columns = tuple(rows[0].measured["last_epoch"])
    pictures, blocks = numbers_of_runs(as_read(asdict(table(rows, columns=columns))), verdicts)
    return [picture.name for picture in pictures], "\n\n".join(blocks)


def test_more_perturbations_than_rows_stand_below_each_other():
    values = {NOISE_FREE: 90.0, "shot_n100": 80.0, "fgsm_1/255": 70.0, "pgd20_2/255": 60.0}
    names, text = numbers([with_columns("a", values), with_columns("b", values)])
    assert names == ["perturbed"]
    assert "| perturbation             |     a |     b |" in text
    assert "| PGD of 20 steps, ε 2/255 | 60.00 | 60.00 |" in text


def test_fewer_stand_beside_each_other():
    values = {NOISE_FREE: 90.0, "pgd_1/255": 70.0}
    names, text = numbers([with_columns(name, values) for name in "abc"])
    assert names == ["strength"]
    assert "| row | stable | clean | ε 1/255 |" in text


def test_what_is_lost_stands_beside_what_is_left():
    values = {NOISE_FREE: 90.0, "gauss_sd0.04": 70.0, "const_mu0.3": 92.0}
    _, text = numbers([with_columns(name, values) for name in "abc"])
    lost = text.partition("### Lost to each perturbation, last_epoch")[2]
    assert "| row | stable | δ 0.04 |  +0.3 | mean |" in lost
    assert "| a   | yes    |  20.00 | −2.00 | 9.00 |" in lost


def test_attacks_on_some_images_are_not_subtracted_from_all():
    values = {NOISE_FREE: 90.0, "shot_n100": 80.0, "fgsm_1/255": 70.0}
    _, text = numbers([with_columns("a", values)])
    lost = text.partition("### Lost to each perturbation, last_epoch")[2].partition("###")[0]
    assert "shot 100" in lost
    assert "FGSM" not in lost


def test_without_a_clean_accuracy_nothing_is_lost():
    row_ = with_columns("a", {NOISE_FREE: 90.0, "pgd_1/255": 70.0})
    for columns in row_.measured.values():
        columns[NOISE_FREE].clear()
    assert "Lost" not in numbers([row_])[1]


def test_where_coefficients_end():
    values = dict(zip(COEFFICIENT_COLUMNS, (75.0, -0.25, 0.5, 1.25), strict=True))
    cells = {"method": "LM-ResNet"}
    names, text = numbers([with_columns("a", values, stable=None, cells=cells)])
    assert names == ["ends"]
    assert "| a   |     75.00 |  −0.25 | 0.50 |    1.25 |" in text
    empty = replace(
        row("a", None, [], cells=cells),
        measured={s: {c: {} for c in COEFFICIENT_COLUMNS} for s in ("last_epoch", "best_on_test")},
    )
    assert numbers([empty])[0] == []


def test_what_nobody_has_printed_has_no_column():
    values = dict(zip(SHARPNESS_COLUMNS, (60.0, 1.5), strict=True))
    names, text = numbers([with_columns("a", values)])
    assert names == ["accuracies"]
    assert "### Largest curvature of the plain loss, log10" in text
    assert "paper" not in text.partition("Accuracies in percent")[0]
    printed = replace(with_columns("a", values), reported={"test": (61.0, None)})
    assert "| paper |" in numbers([printed])[1]


def test_runs_stand_beside_what_is_printed_and_what_the_test_made_of_both():
    """Of 90 and 92 the deviation of a run is √2, whatever that of their mean."""
    made = row("a", True, [90.0, 92.0], best=[91.0, 93.0], reported=90.5)
    details = {
        "cells": {made.name: [0.5, -0.25, 1.25]},
        "cell_verdicts": {made.name: Outcome.INCONCLUSIVE},
    }
    text = numbers([made], [Verdict("C00", Outcome.INCONCLUSIVE, "", details)])[1]
    header, _rule, line = text.splitlines()[:3]
    names, cells = ([cell.strip() for cell in of.split("|")[1:-1]] for of in (header, line))
    assert dict(zip(names, cells, strict=True)) == {
        "row": "a",
        "stable": "yes",
        "paper": "90.50 ± 0.20",
        "last epoch": "91.00 ± 1.41",
        "best on test": "92.00 ± 1.41",
        "runs": "2",
        "difference": "+0.50 [−0.25, +1.25]",
        "cell": "INCONCLUSIVE",
    }


def test_rows_without_a_run_are_counted_and_not_listed():
    rows = [row("a", True, [90.0]), row("b", True, []), row("c", False, [])]
    text = numbers(rows)[1]
    assert "| a " in text
    assert "| b " not in text
    assert "2 more rows have no run yet." in text
    printed = [rows[0], row("b", True, [], reported=91.0)]
    assert "| b " in numbers(printed)[1]
    assert "more row" not in numbers(printed)[1]


def test_runs_that_are_not_measured_are_told_from_none():
    trained = replace(row("a", True, []), keys={0: "key0", 1: "key1"})
    assert (
        "2 runs of its 2 rows are on record, not yet measured."
        in numbers([trained, row("b", True, [])])[1]
    )
    assert "No run of its 1 row is on record." in numbers([row("b", True, [])])[1]


@pytest.mark.parametrize(
    ("column", "brief", "full"),
    [
        ("gauss_sd0.04", "δ 0.04", "Gaussian, δ 0.04"),
        ("pgd20_2/255", "ε 2/255", "PGD of 20 steps, ε 2/255"),
        ("pgd_2/255", "ε 2/255", "PGD, ε 2/255"),
        ("noise_free", "clean", "noise free"),
        ("uniform_m0.08_0", "U −0.08 0", "uniform −0.08 0"),
        ("const_mu0.3", "+0.3", "constant, +0.3"),
        ("shot_n100", "shot 100", "shot, photons 100"),
    ],
)
def test_perturbations_have_a_short_name_and_a_whole_one(column, brief, full):
    assert column_title(column) == brief
    assert column_title(column, full=True) == full
