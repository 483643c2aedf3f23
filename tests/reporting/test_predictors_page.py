"""Rival predictors: by hand and by NumPy, from the paper's tables and from made-up runs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from zerosnet.experiments.rows import paper_tables
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.reporting import predictors_page as page
from zerosnet.theory.predictors import Blocks


def network(alpha, accuracy):
    blocks = Blocks(LinearMultistep((alpha,), 1), Fraction(1), 5)
    return page._Network(blocks, accuracy, 1)


def test_correlations_are_spearmans():
    accuracies = [90.0, 85.0, 91.0, 70.0, 60.0]
    alphas = ["1", "1/2", "9/10", "11/10", "6/5"]
    found = page.correlations([network(a, x) for a, x in zip(alphas, accuracies, strict=True)])
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
    # With two rows no correlation is said.
    few = {"medium": {"table1_first_order": {"evidence": {"rows": rows[:2]}}}}
    assert "Our runs" not in page.predictors_page(paper_tables(project), few)
    printed = [line for line in text.splitlines() if line.startswith("| Table 3, 56 layers")]
    assert len(printed) == 2
    assert " 10 | 3 |" in printed[0]  # three runs behind every printed mean
