"""Rival predictors: by hand and by NumPy, from the paper's tables and from made-up runs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from zerosnet.experiments.rows import paper_tables
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.reporting import predictors_page as page


def network(alphas, beta, accuracy=0.0, growth=1, blocks=5):
    return page._Network(LinearMultistep(alphas, beta), Fraction(growth), blocks, accuracy, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("largest root", 2.0),
        ("Σ|α|", 4.0),
        ("Σα", 0.0),
        ("|β|", 0.5),
    ],
)
def test_predictors_by_hand(name, value):
    """(0, 4; −1/2) has the roots ±2."""
    one = network((0, 4), "-1/2") if name == "largest root" else network((2, -2), "-1/2")
    assert page.PREDICTORS[name](one) == pytest.approx(value)


def test_the_relative_branch_weight_is_what_a_gauge_leaves_alone():
    """(2; 1) and (1; 2⁻ⁿ) are one function: the last block counts as much beside the state."""
    branch = page.PREDICTORS["relative branch weight"]
    for blocks in (1, 4, 9):
        one = branch(network((2,), 1, blocks=blocks))
        other = branch(network((1,), 1, growth=Fraction(1, 2), blocks=blocks))
        assert one == pytest.approx(other) == pytest.approx(2.0**-blocks)
    assert branch(network((1,), "3/2")) == 1.5


def test_correlations_are_spearmans():
    accuracies = [90.0, 85.0, 91.0, 70.0, 60.0]
    alphas = ["1", "1/2", "9/10", "11/10", "6/5"]
    found = page.correlations(
        [network((a,), 1, x) for a, x in zip(alphas, accuracies, strict=True)]
    )
    ranks = [np.argsort(np.argsort(v)) for v in ([1, 0.5, 0.9, 1.1, 1.2], accuracies)]
    assert found["Σα"] == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-3)
    assert found["|β|"] is None


def test_the_page(project):
    rows = [
        {
            "method": f"({alpha}; 1)",
            "zero_stable": alpha == "1",
            "layers": 32,
            "cells": {},
            "measured": {"last_epoch": {"test": {"0": accuracy, "1": accuracy + 1}}},
        }
        for alpha, accuracy in (("1", 90.0), ("11/10", 80.0), ("6/5", 70.0), ("13/10", 60.0))
    ]
    rows.append({**rows[0], "measured": {"last_epoch": {"test": {}}}})  # nothing of it was run
    text = page.predictors_page(
        paper_tables(project), {"mini": {"table1_first_order": {"evidence": {"rows": rows}}}}
    )
    (ours,) = [line for line in text.splitlines() if "mini/table1_first_order.md" in line]
    assert "| all | 4 | 2 | −1.00 | −1.00 | −1.00 | – | +1.00 |" in ours
    printed = [line for line in text.splitlines() if line.startswith("| Table 3, 56 layers")]
    assert len(printed) == 2
    assert " 10 | 3 |" in printed[0]  # three runs behind every printed mean
