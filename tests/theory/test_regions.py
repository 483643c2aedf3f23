"""Regions of parameters: every cell decided, unions written as people do."""

from __future__ import annotations

from fractions import Fraction

import pytest

from zerosnet.methods.families import EULER, LM, ZEROSNET, Family
from zerosnet.theory.one_step import stable_on_line
from zerosnet.theory.regions import Cell, cells_of_roots, pieces, region_text, zero_stability


def test_cells_follow_the_family():
    """The same coefficients with λ mirrored: the region is mirrored, too."""
    mirrored = Family(
        "mirrored",
        "λ",
        "mirrored ZeroSNet",
        "a test",
        lambda x: ZEROSNET.formula(-x),
        lambda _alphas: None,
        frozenset({Fraction(0)}),
    )
    cells, _ = cells_of_roots(mirrored, Fraction(1), zero_stability)
    assert region_text(cells) == "(−∞, −1/3) ∪ [1, +∞)"


@pytest.mark.parametrize(
    ("family", "region"),
    [(EULER, "[−1, 1]"), (LM, "(−1, 1]"), (ZEROSNET, "(−∞, −1] ∪ (1/3, +∞)")],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_family_has_its_region(family, region):
    cells, expressions = cells_of_roots(family, Fraction(1), zero_stability)
    assert region_text(cells) == region
    assert expressions


def test_families_of_a_higher_degree_are_refused():
    cubic = Family("cubic", "x", "cubic", "a test", lambda x: ((x, x, x), x), lambda _alphas: None)
    with pytest.raises(ValueError, match="degree 3 without ρ = 1, not 1 or 2"):
        cells_of_roots(cubic, Fraction(1), zero_stability)


def cell(low, high, holds=True):
    low, high = (None if end is None else Fraction(end) for end in (low, high))
    return Cell(low, high, Fraction(0), holds, "")


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([], "∅"),
        ([cell(None, 0, False)], "∅"),
        ([cell(1, 1)], "{1}"),
        ([cell(None, 0), cell(0, 0), cell(0, None)], "(−∞, +∞)"),
        ([cell(None, 0), cell(0, None)], "(−∞, 0) ∪ (0, +∞)"),
        ([cell(0, 0), cell(0, 1), cell(1, 1, False), cell(1, 2), cell(2, 2)], "[0, 1) ∪ (1, 2]"),
    ],
)
def test_regions_are_unions_of_cells(cells, text):
    assert region_text(cells) == text


def test_without_a_cut_the_line_is_one_piece():
    """|2 + s²| is above 1 for every s: no sample decides otherwise, and no edge is there."""
    assert pieces([]) == [(None, None, Fraction(0))]
    assert region_text(stable_on_line((Fraction(2), Fraction(0), Fraction(1)), (1, 0))) == "∅"
