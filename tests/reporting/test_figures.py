"""Figures: the same bytes for the same numbers, and all rows in them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
from evidence_at_hand import row, table
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.methods.families import PRERESNET
from zerosnet.reporting import curves, figures, theory_figures

ROWS = [
    row("a", True, [90.0, 91.0], reported=93.0),
    row("b", False, [80.0, 81.0], reported=78.0),
    row("c", False, [], diverged=(0, 1)),
]


MODULI = {"modulus_1": "1.00", "modulus_2": "0.33", "modulus_3": "0.33", "n_layers": "44"}


def with_moduli():
    """Rows of a table by moduli, one of each kind."""
    unstable = {**MODULI, "modulus_1": "1.84"}
    rows = [
        row("a", True, [90.0, 91.0], reported=93.0, cells=MODULI),
        row("b", False, [80.0, 81.0], reported=78.0, cells=unstable),
        row("c", None, [85.0, 86.0], layers=56, cells=MODULI),
    ]
    return asdict(table(rows, seeds=2))


def with_gaps():
    measured = {"train": {0: 80.0, 1: 81.0}, "test": {0: 71.0, 1: 71.5}, "gap": {0: 9.0, 1: 9.5}}
    rows = [
        replace(
            row("a", True, [9.0, 9.5], reported=26.0, column="gap", deviation=None, cells=cells),
            measured={"last_epoch": measured, "best_on_test": measured},
        )
        for cells in (MODULI, {**MODULI, "modulus_2": "0.52", "modulus_3": "0.52"})
    ]
    return asdict(table(rows, seeds=2, columns=("train", "test", "gap")))


TIMES = {
    "reported": {"training, batch 128": 1.085, "test, batch 128": 1.06},
    "devices": [{"device": "cpu", "ratios": {"training, batch 128": [1.05, 1.04, 1.06]}}],
}


def noisy_rows():
    columns = {NOISE_FREE: {0: 90.0, 1: 91.0}, "uniform_m0.08_0": {0: 80.0, 1: 81.0}}
    return [
        replace(
            r,
            measured={"last_epoch": columns, "best_on_test": columns},
            reported=dict.fromkeys(columns, (90.0, 0.1)),
        )
        for r in ROWS[:2]
    ]


DRAWN = {
    "accuracies": lambda: figures.accuracies(asdict(table(ROWS, seeds=2)), "last_epoch"),
    "noise": lambda: figures.noise_profiles(
        asdict(table(noisy_rows(), columns=(NOISE_FREE, "uniform_m0.08_0"))), "last_epoch"
    ),
    "moduli": lambda: figures.against_moduli(with_moduli(), "last_epoch"),
    "curves": lambda: curves.training_curves(with_moduli()),
    "strength": lambda: figures.over_strength(
        asdict(table(noisy_rows(), columns=(NOISE_FREE, "uniform_m0.08_0"))),
        "last_epoch",
        [(NOISE_FREE, 0.0), ("uniform_m0.08_0", 0.08)],
        "strength",
    ),
    "gap": lambda: figures.gap_against_depth(with_gaps(), "last_epoch"),
    "runtime": lambda: figures.runtime_ratios(TIMES),
    "protocols": lambda: figures.two_ways(
        [
            {"zero_stable": s, "first": {0: 1.0, 1: 2.0}, "second": {0: 2.0, 1: 3.0}}
            for s in (True, False)
        ],
        ("one", "other"),
    ),
    "roots": lambda: theory_figures.roots_in_the_disk(
        [{"method": "(1; 1)", "label": "yes", "roots": [[1.0, 0.0, 2]]}]
    ),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_the_same_numbers_give_the_same_bytes(draw):
    first = draw()
    assert first == draw()
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert b"<dc:date>" not in first


def test_data_sets_and_panels_without_runs_stand_apart(monkeypatch):
    """Accuracies on two data sets share no axis, and an empty panel says that it is empty."""
    drawn = []
    monkeypatch.setattr(figures, "svg", lambda draw: drawn.append(draw()) or b"")
    rows = [row("a", True, [90.0], reported=93.0)]
    rows += [row("a", True, [], reported=70.0, data_set="CIFAR-100")]
    figures.accuracies(asdict(table(rows, seeds=1)), "last_epoch")
    said = [[text.get_text() for text in panel.texts] for panel in drawn[0].axes]
    assert said == [[], [], [], ["no run on record"]]
    titles = [panel.get_title() for panel in drawn[0].axes]
    assert ["CIFAR-100" in title for title in titles] == [False, False, True, True]


def test_a_panel_of_noise_or_moduli_without_runs_says_so(monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "svg", lambda draw: drawn.append(draw()) or b"")
    columns = (NOISE_FREE, "uniform_m0.08_0")
    empty = {column: {} for column in columns}
    bare = [replace(r, measured={"last_epoch": empty, "best_on_test": empty}) for r in noisy_rows()]
    for rows in (bare, noisy_rows()):
        figures.noise_profiles(asdict(table(rows, columns=columns)), "last_epoch")
    unstable = [row("b", False, [80.0, 81.0], cells={**MODULI, "modulus_1": "1.84"})]
    figures.against_moduli(asdict(table(unstable, seeds=2)), "last_epoch")
    figures.against_moduli(with_moduli(), "last_epoch")
    said = [[text.get_text() for text in figure.axes[1].texts] for figure in drawn]
    assert said == [
        ["no run under noise on record"],
        [],
        ["no run of a zero-stable row on record"],
        [],
    ]


@pytest.mark.parametrize("number", [1, 12, 24, 40])
def test_all_names_stand_inside_their_panel(monkeypatch, number):
    drawn = []
    monkeypatch.setattr(curves, "svg", lambda draw: drawn.append(draw()) or b"")
    rows = [row(f"row {i}", True, [90.0], curve=(10.0, 20.0)) for i in range(number)]
    curves.training_curves(asdict(table(rows, seeds=1)))
    (panel,) = drawn[0].axes
    low, high = panel.get_ylim()
    places = [text.get_position()[1] for text in panel.texts]
    assert len(places) == number
    assert all(low < place < high for place in places)


def test_every_curve_is_named_and_no_name_covers_another(monkeypatch):
    drawn = []
    monkeypatch.setattr(curves, "svg", lambda draw: drawn.append(draw()) or b"")
    rows = [row(name, True, [90.0], curve=(10.0, 20.0 + 0.01 * i)) for i, name in enumerate("abc")]
    curves.training_curves(asdict(table(rows, seeds=1)))
    (panel,) = drawn[0].axes
    names = sorted((text.get_position()[1], text.get_text()) for text in panel.texts)
    assert [name for _, name in names] == ["a", "b", "c"]
    assert all(high - low > 0.1 for (low, _), (high, _) in pairwise(names))


@given(
    heights=st.lists(st.floats(0, 100), min_size=1, max_size=12).map(sorted),
    apart=st.floats(0.01, 10),
)
def test_names_are_spread_near_their_lines(heights, apart):
    places = curves.spread(heights, apart)
    assert all(high - low >= apart - 1e-6 for low, high in pairwise(places))
    # Moved as little as needed: never farther than all names side by side reach.
    assert all(abs(a - b) <= apart * len(heights) for a, b in zip(places, heights, strict=True))


@given(
    places=st.lists(st.floats(-20, 120), min_size=1, max_size=12).map(sorted),
    apart=st.floats(0.01, 20),
)
def test_names_are_pushed_into_the_panel(places, apart):
    found = curves.inside(curves.spread(places, apart), apart, 0.0, 100.0)
    assert all(high - low >= apart - 1e-6 for low, high in pairwise(found))
    assert found[0] >= apart / 2 - 1e-6
    if apart * len(places) <= 100:
        assert found[-1] <= 100 - apart / 2 + 1e-6


def test_other_numbers_give_another_figure():
    changed = [replace(ROWS[0], reported={"test": (94.0, 0.2)}), *ROWS[1:]]
    assert DRAWN["accuracies"]() != figures.accuracies(
        asdict(table(changed, seeds=2)), "last_epoch"
    )


def curve(label, condition, layers=32):
    cells = {"condition": condition}
    return {"label": label, "layers": layers, "data_set": "CIFAR-10", "cells": cells}


def test_curves_have_a_panel_a_condition_where_names_have_no_room():
    few = [curve(f"row {i}", "(2; 1)") for i in range(12)]
    assert list(curves._panels(few)) == ["32 layers"]
    many = [curve(c + more, c) for c in ("(2; 1)", "(1; 1)") for more in ("", *map(str, range(7)))]
    panels = curves._panels(many)
    assert list(panels) == ["(2; 1), 32 layers", "(1; 1), 32 layers"]
    assert [row["label"] for row in panels["(1; 1), 32 layers"]][:3] == ["(1; 1)", "0", "1"]
    named = [curve(f"k = {i}", "32 layers, positive k") for i in range(13)]
    assert list(curves._panels(named)) == ["32 layers, positive k"]


def test_no_line_is_thick_where_most_are_of_known_methods():
    known, other = {"method": PRERESNET.label}, {"method": "(2; 1)"}
    assert curves.known_among([known, other, other]) == [True, False, False]
    assert curves.known_among([known, known, other]) == [False] * 3


@pytest.mark.parametrize("profile", ["paper", "mini"])
def test_what_is_held_against_reported_numbers_has_their_scale(monkeypatch, profile):
    monkeypatch.setattr(figures, "svg", lambda draw: draw())
    figure = figures.accuracies(asdict(table(ROWS, profile=profile, seeds=2)), "last_epoch")
    reported, ours = (panel.get_xlim() for panel in figure.axes)
    assert (reported == ours) == (profile == "paper")
    assert reported[0] < 78 < 93 < reported[1]
    assert ours[0] < 80 < 91 < ours[1]
    plt.close(figure)
    # Without reported numbers there is one panel.
    alone = [row("a", True, [90.0, 91.0])]
    figure = figures.accuracies(asdict(table(alone, profile=profile, seeds=2)), "last_epoch")
    assert len(figure.axes) == 1
    plt.close(figure)
