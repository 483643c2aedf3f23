"""A design whose runs are not all there: how many are, and what those of whole sets show."""

from __future__ import annotations

import copy
import re

from judged_stages import DESIGN, design

from zerosnet.reporting.design_so_far import rows_with_runs, runs_so_far, scale_of


def evidence(runs, *others):
    """The design with so many runs of its set, and of further sets."""
    found = design(runs)[DESIGN]["evidence"]
    for number, more in enumerate(others):
        rows = copy.deepcopy(design(more)[DESIGN]["evidence"]["rows"])
        for row in rows:
            row["cells"]["condition"] = f"set {number}"
        found["rows"] += rows
    return found


def test_a_seed_of_all_rows_shows_both_effects_without_a_test():
    said = runs_so_far(evidence(1))
    assert said == (
        "4 of 12 runs: in the one seed of all rows roots make +0.50 points, weight "
        "kept +12.00; not tested yet"
    )
    # Two seeds give an interval, too.
    said = runs_so_far(evidence(2))
    assert "8 of 12 runs: in the 2 seeds of all rows roots make +" in said
    assert re.search(r"make \+\d\.\d\d \[.*\] \(90 %\) points, weight kept \+1", said)


def test_sets_without_a_seed_of_all_their_rows_do_not_count():
    partly = evidence(3, 1)
    partly["rows"][-1]["measured"]["last_epoch"]["test"] = {}
    partly["rows"][-1]["keys"] = {}
    said = runs_so_far(partly)
    assert said.startswith("15 of 24 runs: in the 3 seeds of all rows of (2; 1) roots make ")
    assert "] (90 %) points, weight kept +12.00" in said


def test_two_sets_are_compared_over_the_seeds_that_both_have():
    assert runs_so_far(evidence(3, 1)).startswith(
        "16 of 24 runs: in the one seed of all rows roots "
    )


def test_without_a_seed_of_all_rows_only_the_count_is_said():
    partly = evidence(1)
    partly["rows"][0]["measured"]["last_epoch"]["test"] = {}
    assert runs_so_far(partly).endswith(" runs, no seed of all rows of a set of coefficients")
    apart = evidence(1, 1)
    for row in apart["rows"][4:]:
        row["measured"]["last_epoch"]["test"] = {"2": 50.0}
    assert runs_so_far(apart) == "8 of 24 runs, no seed of all of its rows"


def test_the_scale_is_that_of_the_rows_with_runs():
    partly = evidence(3, 0)
    partly["rows"][-1]["layers"] = 110
    assert rows_with_runs(partly) == 4
    assert scale_of(partly) == "32 layers, 12 epochs, 47 to 59 %"
