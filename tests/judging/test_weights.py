"""Contrasts by weights that the rows name: a jump at an edge, beside a steady slope."""

from __future__ import annotations

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome

WEIGHTS = dict(zip("abcd", ("2", "-1", "-2", "1"), strict=True))
#: Of the runs of each row, seed by seed.
NOISES = (NOISE[0], NOISE[1], NOISE[1], NOISE[2])
JUMP = {"favoured": "", "weighted_by": "jump", "at_least_by": 1.0, "reason": "a test"}


def jump_of(*means, lost="", shaken="", **fields):
    """The verdict on a jump between two pairs of rows.

    Of the rows named as lost all runs diverged, of those named as shaken that of seed 0.
    """
    rows = []
    for (name, weight), mean, noises in zip(WEIGHTS.items(), means, NOISES, strict=True):
        runs = {seed: mean + noise for seed, noise in enumerate(noises)}
        diverged = (0, 1, 2) if name in lost else (0,) if name in shaken else ()
        made = row(name, None, [], cells={"alpha": name, "jump": weight}, diverged=diverged)
        for seed in set(runs) - set(diverged):
            made.keys[seed] = f"key{seed}"
            for columns in made.measured.values():
                columns["test"][seed] = runs[seed]
        rows.append(made)
    return judge(claim("order", **JUMP, **fields), table(rows))


def test_a_jump_is_what_is_left_beside_slopes_of_half_a_point_a_step():
    verdict = jump_of(61.5, 62, 58.5, 58)
    assert verdict.details["difference"] == pytest.approx(2 * 61.5 - 62 - 2 * 58.5 + 58, abs=0.5)
    assert verdict.summary.startswith("the jump is +2.")


def test_a_steady_slope_has_no_jump():
    assert jump_of(61, 62, 59, 58).details["difference"] == pytest.approx(0, abs=0.5)


def test_a_row_whose_runs_all_diverged_leaves_nothing_to_weigh():
    assert jump_of(61.5, 62, 58.5, 58, lost="a").outcome is Outcome.INSUFFICIENT_SEEDS


def test_rows_of_either_sign_that_are_lost_decide_nothing():
    for lost in ("ad", "bc"):
        assert jump_of(61.5, 62, 58.5, 58, lost=lost).outcome is Outcome.INSUFFICIENT_SEEDS


def test_a_jump_beside_runs_that_diverged_stays_open():
    means = (80, 60, 40, 60)
    assert jump_of(*means).outcome is Outcome.ORDER_HOLDS
    verdict = jump_of(*means, shaken="d")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "1 of 6 runs of rows with a weight above 0 diverged and 0 of 6" in verdict.summary


def test_rows_that_a_profile_leaves_out_are_not_weighed_without():
    # Weights of "a" and "c" alone add up to 0, too.
    everything = {"rows": {"alpha": list("abcde")}}
    verdict = jump_of(61.5, 62, 58.5, 58, **everything)
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert verdict.summary == "this profile has no row with alpha = e, which the claim compares"
    assert jump_of(61.5, 62, 58.5, 58, rows={"alpha": list("abcd")}).details["difference"]
