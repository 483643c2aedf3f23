"""Exchanged labels: what a method's one value is, and how many methods it takes."""

from __future__ import annotations

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.judge import judge


def methods(depth, level, count=10):
    """So many methods at a depth, the first six zero-stable and 12 points ahead."""
    return [
        row(
            f"{number} at {depth}",
            number < 6,
            [level + 12 * (number < 6) + d for d in NOISE[number % len(NOISE)]],
            method=f"({number}, 1; 1)",
            layers=depth,
            cells={"n_layers": str(depth)},
        )
        for number in range(count)
    ]


def labels_of(rows):
    verdict = judge(claim("order", balanced_over="n_layers"), table(rows))
    return verdict.details.get("labels")


def test_a_method_that_a_depth_lacks_is_not_taken_for_better_or_worse():
    """Depths differ by 20 points, methods of one label by none."""
    rows = [made for n, depth in enumerate((32, 44, 56)) for made in methods(depth, 20.0 * n)]
    all_there, without_one = labels_of(rows), labels_of([*rows[:20], *rows[21:]])
    assert all_there["zero-stable"]["difference"] == pytest.approx(12, abs=0.1)
    assert without_one["zero-stable"]["difference"] == pytest.approx(12, abs=0.5)


def test_fewer_than_eight_methods_have_too_few_labellings():
    assert labels_of(methods(32, 60.0, count=7)) is None
    assert labels_of(methods(32, 60.0, count=8))["zero-stable"]["labellings"] == 28
