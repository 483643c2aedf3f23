"""The table and the figure of one root moved over the edge of the unit disk."""

from __future__ import annotations

from fractions import Fraction

from zerosnet.files.yaml_files import read_yaml
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.reporting.numbers.moved_root import (
    is_moved_root,
    moved_root_figure,
    moved_root_table,
)
from zerosnet.theory.gauge import gauge_partner

#: |k| → (side, weight in the jump).
SIZES = {
    "0.8": ("inside", "-1"),
    "0.9": ("inside", "2"),
    "1": ("edge", ""),
    "1.1": ("outside", "-2"),
    "1.2": ("outside", "1"),
}


def evidence(*accuracies, sign="positive", layers=20):
    """Rows from |k| = 0.8 to 1.2: the accuracies of each, seed by seed."""
    return {
        "rows": [
            {
                "layers": layers,
                "zero_stable": side != "outside",
                "cells": {
                    "condition": f"{layers} layers, {sign} k",
                    "side": side,
                    "sign": sign,
                    "size": size,
                    "jump": jump,
                },
                "measured": {"last_epoch": {"test": dict(enumerate(runs))}},
            }
            for (size, (side, jump)), runs in zip(SIZES.items(), accuracies, strict=True)
        ]
    }


def test_the_table_has_the_difference_and_what_two_lines_leave_of_it():
    # Seed by seed 2 · 58 − 59 − 2 · 53 + 52 = 3, and 4.
    found = moved_root_table(
        evidence([59, 60], [58, 59], [56, 57], [53, 54], [52, 54]), "last_epoch"
    )
    line = found.splitlines()[2].strip("| ").split(" | ")
    assert [text.strip() for text in line] == [
        "20 layers, positive k",
        *("59.00", "56.50", "53.25"),
        "+5.75 [2.57, 8.93]",
        "+3.50 [−2.85, 9.85]",
        # From 53 to 52 and from 54 to 54, less from 59 to 58 and from 60 to 59.
        "−0.50 [−6.85, 5.85]",
    ]


def test_a_row_without_runs_leaves_a_dash_and_no_difference():
    found = moved_root_table(evidence([59, 60], [58, 59], [], [], [52, 54]), "last_epoch")
    line = found.splitlines()[2].strip("| ").split(" | ")
    assert [text.strip() for text in line][1:] == ["59.00", "–", "53.00", "–", "–", "–"]


def test_one_seed_has_no_interval():
    found = moved_root_table(evidence([59], [58], [56], [53], [52]), "last_epoch")
    assert found.splitlines()[2].strip("| ").split(" | ")[-1].strip() == "–"


def test_the_figure_is_the_same_for_the_same_runs_and_needs_not_all():
    some = evidence([59, 60], [58], [], [53], [52])
    assert moved_root_figure(some, "last_epoch") == moved_root_figure(some, "last_epoch")
    other = evidence([59, 61], [58], [], [53], [52])
    assert moved_root_figure(some, "last_epoch") != moved_root_figure(other, "last_epoch")


def test_other_tables_are_no_such_design():
    assert is_moved_root(evidence([1], [1], [1], [1], [1]))
    assert not is_moved_root({"rows": [{"cells": {"condition": "x", "size": "1"}}]})


def test_what_the_page_says_of_ten_blocks_is_what_the_recurrence_gives(project):
    remark = " ".join(read_yaml(project / "claims/paper/remarks.yaml")["threshold"].split())

    def grown(k):
        before, state = Fraction(0), Fraction(1)
        for _ in range(10):
            before, state = state, (1 - k) * state + k * before
        return f"{float(state):.2g}"

    below = [grown(Fraction(k)) for k in ("-0.8", "-0.9", "-1.1", "-1.2")]
    above = [grown(Fraction(k)) for k in ("0.8", "0.9", "1.1", "1.2")]
    said = "has grown {}-fold at k = −0.8, {}-fold at −0.9, {}-fold at −1.1 and {}-fold at −1.2"
    assert said.format(*below) in remark
    assert "it is {}-fold, {}-fold, {}-fold and {}-fold".format(*above) in remark


def test_a_root_outside_is_its_inverse_inside_with_decaying_blocks():
    outside, inside = (LinearMultistep((1 - k, k), 1) for k in (Fraction(-6, 5), Fraction(-5, 6)))
    assert gauge_partner(outside, Fraction(6, 5)).alphas == inside.alphas
