"""The table and the figure of a design of two by two."""

from __future__ import annotations

from zerosnet.reporting.numbers.two_by_two import (
    gains_table,
    is_two_by_two,
    two_by_two_figure,
    two_by_two_table,
)


def evidence(**runs):
    """Rows of one set of coefficients: cell → accuracies."""
    names = {"a": ("zero-stable", "constant"), "b": ("not zero-stable", "constant")}
    names |= {"c": ("zero-stable", "decaying"), "d": ("not zero-stable", "decaying")}
    return {
        "rows": [
            {
                "cells": {"condition": "(2; 1)", "roots": names[k][0], "branch": names[k][1]},
                "measured": {"last_epoch": {"test": dict(enumerate(values))}},
            }
            for k, values in runs.items()
        ]
    }


def test_every_cell_stands_in_its_column():
    found = two_by_two_table(evidence(a=[80, 82], b=[70.5], c=[60, 61], d=[]), "last_epoch")
    header, _rule, line = found.splitlines()[:3]
    columns = [text.strip() for text in header.split("|")[1:-1]]
    cells = [text.strip() for text in line.split("|")[1:-1]]
    assert dict(zip(columns, cells, strict=True)) == {
        "coefficients": "(2; 1)",
        "stable, constant": "81.00 (2)",
        "not, constant": "70.50 (1)",
        "stable, decaying": "60.50 (2)",
        "not, decaying": "–",
    }


def test_what_constant_weight_gains_is_said_for_each_kind_of_roots():
    runs = {"a": [80, 82, 84], "b": [70.5], "c": [60, 61, 65], "d": []}
    _header, _rule, line = gains_table(evidence(**runs), "last_epoch").splitlines()[:3]
    cells = [text.strip() for text in line.split("|")[1:-1]]
    # Seed by seed 20, 21 and 19: 20 ± 4.30 / √3.
    assert cells == ["(2; 1)", "+20.00 [17.52, 22.48]", "–"]


def test_the_figure_is_the_same_for_the_same_runs_and_needs_not_all():
    some = evidence(a=[80, 82], b=[70.5], d=[])
    assert two_by_two_figure(some, "last_epoch") == two_by_two_figure(some, "last_epoch")
    other = evidence(a=[80, 83], b=[70.5], d=[])
    assert two_by_two_figure(some, "last_epoch") != two_by_two_figure(other, "last_epoch")


def test_other_tables_are_no_such_design():
    assert is_two_by_two(evidence(a=[1]))
    assert not is_two_by_two({"rows": [{"cells": {"condition": "x", "alpha": "1"}}]})
