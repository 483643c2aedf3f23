"""The tables and the figure of methods drawn at random."""

from __future__ import annotations

from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.reporting.numbers.predicted import (
    by_kind_table,
    correlation_given,
    correlations_of,
    correlations_table,
    methods_figure,
    methods_table,
)

#: Label → (α₀ … β as a method, zero-stable, accuracies): parasitic roots −1/2 and 2.
METHODS = {
    "(3, -2; -1)": (False, [40.0, 42.0]),
    "(1/2, 1/2; 3/2)": (True, [55.0, 56.0]),
    "(1; 1)": (True, []),
}


DIVERGED = "(3, -2; -1)"


def evidence():
    return {
        "rows": [
            {
                "label": label,
                "method": label,
                "layers": 32,
                "zero_stable": stable,
                "cells": {"roots": ""},
                "diverged": [2] if label == DIVERGED else [],
                "measured": {"last_epoch": {"test": dict(enumerate(runs))}},
            }
            for label, (stable, runs) in METHODS.items()
        ]
    }


def cells(text):
    return [[c.strip() for c in line.strip("|").split(" | ")] for line in text.splitlines()[2:]]


def test_each_method_stands_with_what_could_predict_it_the_largest_weight_first():

    lines = cells(methods_table(evidence(), "last_epoch"))
    assert [line[0] for line in lines] == ["(1/2, 1/2; 3/2)", "(1; 1)", "(3, -2; -1)"]
    assert lines[0][1:] == ["yes", "0.500", "1.500", "55.50"]
    assert lines[1][1:] == ["yes", "0.000", "1.000", "–"]
    assert lines[2][1:3] == ["no", "2.000"]
    # One of its three runs diverged.
    assert lines[2][4] == "27.33"


def test_each_correlation_has_a_line():
    one = {"value": -0.5, "interval": [-0.8, 0.1], "p_value": 0.1}
    found = {"relative branch weight": one, "small parasitic roots": {**one, "value": 0.25}}
    verdicts = [
        Verdict("A", Outcome.INCONCLUSIVE, "", {"correlations": found}),
        Verdict("B", Outcome.NOT_RUN, ""),
    ]
    assert list(correlations_of(verdicts)) == ["A"]
    listed, _, note = correlations_table(verdicts).partition("\n\n")
    assert "diverged counts as 0 %" in note
    assert cells(listed) == [
        ["A", "relative branch weight", "−0.50", "[−0.80, +0.10]"],
        ["A", "small parasitic roots", "+0.25", "[−0.80, +0.10]"],
    ]


def test_each_kind_of_methods_has_its_own_correlations():
    made = evidence()
    made["rows"][2]["measured"] = {"last_epoch": {"test": {0: 54.0, 1: 54.5}}}
    stable, other = cells(by_kind_table(made, "last_epoch").partition("\n\n")[0])
    # The weights are 3/2 and 1, the largest parasitic roots 1/2 and 0; one method has no order.
    assert stable == ["zero-stable", "2", "54.88", "+1.00", "−1.00"]
    assert other == ["not zero-stable", "1", "27.33", "–", "–"]


def test_what_goes_with_accuracy_where_another_number_is_equal():
    made = evidence()
    made["rows"][2]["measured"] = {"last_epoch": {"test": {0: 54.0, 1: 54.5}}}
    note = by_kind_table(made, "last_epoch").partition("\n\n")[2]
    # Weights and accuracies have one order, so nothing of it is left for the label.
    assert "of accuracy with zero stability" not in note
    assert "accuracy with relative branch weight is +1.00 (partial;" in note
    made["rows"][2]["measured"] = {"last_epoch": {"test": {0: 58.0, 1: 58.0}}}
    said = by_kind_table(made, "last_epoch").partition("\n\n")[2]
    assert (
        "With relative branch weight held equal, the rank correlation of accuracy with zero "
        in said
    )
    assert "With zero stability held equal, the rank correlation of accuracy with relative " in said
    assert said.count("partial; taken once the runs were known") == 2
    assert correlation_given("zero stability", "zero stability", made, "last_epoch") is None
    for row in made["rows"]:
        row["measured"], row["diverged"] = {"last_epoch": {"test": {}}}, []
    assert correlation_given("zero stability", "relative branch weight", made, "last_epoch") is None


def test_the_figure_is_the_same_for_the_same_numbers():
    picture = methods_figure(evidence(), "last_epoch")
    assert picture.startswith(b"<?xml")
    assert picture == methods_figure(evidence(), "last_epoch")
