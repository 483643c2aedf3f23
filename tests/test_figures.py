"""Figures: the same bytes for the same numbers, and all rows in them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, replace

import pytest
from evidence_at_hand import row, table

from zerosnet import figures
from zerosnet.evidence import NOISE_FREE

ROWS = [
    row("a", True, [90.0, 91.0], reported=93.0),
    row("b", False, [80.0, 81.0], reported=78.0),
    row("c", False, [], diverged=(0, 1)),
]


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
    "roots": lambda: figures.roots_in_the_disk(
        [{"method": "(1; 1)", "label": "yes", "roots": [[1.0, 0.0, 2]]}]
    ),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_the_same_numbers_give_the_same_bytes(draw):
    first = draw()
    assert first == draw()
    assert ElementTree.fromstring(first).tag.endswith("svg")
    assert b"<dc:date>" not in first


def test_other_numbers_give_another_figure():
    changed = [replace(ROWS[0], reported={"test": (94.0, 0.2)}), *ROWS[1:]]
    assert DRAWN["accuracies"]() != figures.accuracies(
        asdict(table(changed, seeds=2)), "last_epoch"
    )


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("noise_free", "noise free"),
        ("uniform_m0.08_0", "U −0.08 0"),
        ("uniform_0_p0.08", "U 0 0.08"),
        ("gauss_sd0.01", "gauss sd0.01"),
    ],
)
def test_noises_have_short_names(column, text):
    assert figures._noise(column) == text
