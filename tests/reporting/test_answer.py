"""The summary's first sentences follow the verdicts, whatever they turn out to be."""

from __future__ import annotations

import itertools

import pytest
from evidence_at_hand import claim

from zerosnet.judging.verdict import Outcome
from zerosnet.paper.claims import load_claims
from zerosnet.reporting.answer import (
    ALIKE,
    CLAIMS,
    DESIGN,
    GAIN,
    LOSS,
    MOVED,
    MOVED_CLAIMS,
    PAIRS,
    SHARPENING,
    answer,
)
from zerosnet.reporting.summary import PLACE

SEEDS = range(3)
HOLDS, EQUAL = Outcome.ORDER_HOLDS, Outcome.EQUIVALENT
MADE = {
    **{name: claim("alike") for name in (PAIRS, ALIKE)},
    **{name: claim("order", at_least_by=3, reason="a test") for name in (GAIN, LOSS)},
    **{name: claim("order", at_least_by=1, reason="a test") for name in MOVED_CLAIMS},
    SHARPENING: claim("order"),
}


def row(values, stable, training=None, **cells):
    by_seed = {str(seed): value for seed, value in zip(SEEDS, values, strict=False)}
    fits = {str(seed): value for seed, value in zip(SEEDS, training or (), strict=False)}
    return {
        "cells": cells,
        "zero_stable": stable,
        "label": "a row",
        "method": "(1; 1)" if stable else "(2; 1)",
        "images": "cifar10-jpeg",
        "layers": 32,
        "keys": dict.fromkeys(by_seed, "k"),
        "measured": {name: {"test": by_seed} for name in ("last_epoch", "best_on_test")},
        "training": {"last_epoch": fits},
    }


def stage(name, rows, verdicts=()):
    data = {"name": "cifar10-jpeg", "size": 16, "train": 10000, "test": 5000}
    setup = {"data": data, "recipe": {"epochs": 12}}
    evidence = {"rows": rows, "setups": {"CIFAR-10": setup}, "seeds_planned": len(SEEDS)}
    content = {"stage": name, "profile": "mini", "evidence": evidence}
    return {**content, "verdicts": list(verdicts)}


def third(training=(40.0, 30.0)):
    """Table 3 with one row of each kind: 8 points apart."""
    good, bad = training
    rows = [
        row((58, 58.4, 57.9), True, (good, good + 0.2, good - 0.1)),
        row((50, 50.1, 50.2), False, (bad, bad + 0.1, bad)),
    ]
    return {"table3_third_order": stage("table3_third_order", rows)}


def design(runs, outcomes=None):
    """The design of two by two with so many runs a row, and verdicts on it."""
    rows = []
    for roots, branch in itertools.product(
        ("zero-stable", "not zero-stable"), ("constant", "decaying")
    ):
        level = (57 if branch == "constant" else 45) + (0.5 if roots == "zero-stable" else 0)
        values = [level + 0.1 * seed * (seed + len(roots)) for seed in SEEDS][:runs]
        cells = {"condition": "(2; 1)", "roots": roots, "branch": branch}
        rows.append(row(values, roots == "zero-stable", **cells))
    outcomes = outcomes or dict.fromkeys(CLAIMS, Outcome.INSUFFICIENT_SEEDS)
    verdicts = [
        {
            "claim": name,
            "outcome": outcome,
            "summary": "a summary",
            "details": {
                "difference": 7.25,
                "interval": [6.5, 8.0],
                "interval_level": 0.1,
                "each": {"one": {"holds": True}, "other": {"holds": False}},
            },
        }
        for name, outcome in outcomes.items()
    ]
    return {DESIGN: stage(DESIGN, rows, verdicts)}


def told(*stages, profile="mini"):
    merged = {name: content for one in stages for name, content in one.items()}
    return answer({profile: merged}, MADE).splitlines()


def test_scale_and_what_holds_come_from_the_runs():
    scale, holds, follows = told(third())
    assert "Networks of 32 layers (those of the pairs below), trained for 12 epochs on " in scale
    assert "10,000 images of 16×16 pixels" in scale
    assert "reach 50 to 58 % on test images (profile `mini`)" in scale
    assert "third order (table 3): 1 of 1." in holds
    assert "difference is +8.00 points [" in holds
    assert (
        "on training images as met in the last epoch: what is shown at this scale is that they fit"
        in holds
    )
    assert "No run of such an experiment is on record." in follows


def test_speed_is_not_named_where_test_images_gain_more():
    assert "fit their training images faster" not in told(third((40.0, 39.0)))[1]


def first(name="table1_first_order", **by_alpha):
    """Table 1, or its other reading: α in hundredths → accuracies."""
    rows = [
        row(values, int(a[1:]) <= 100, alpha=str(int(a[1:]) / 100))
        for a, values in by_alpha.items()
    ]
    return {name: stage(name, rows)}


LEFT, MOST, NEXT = (50, 50.1, 50.2), (56, 56.2, 56.1), (57.5, 57.6, 57.8)


def test_both_readings_of_table_1_are_counted():
    both = first(a100=MOST, a200=NEXT) | first("table1_bare_projections", a100=MOST, a200=LEFT)
    holds = told(both)[1]
    assert "first order (table 1): 0 of 1 (the other way round in 1) with PreResNet's own" in holds
    assert "1 of 1 with bare ones (the paper does not say which it has)" in holds
    assert "bare ones" not in told(first(a100=MOST, a200=NEXT))[1]
    # Without table 1 its other reading is nobody's.
    assert (
        "bare ones" not in told(third(), first("table1_bare_projections", a100=MOST, a200=LEFT))[1]
    )


@pytest.mark.parametrize(
    ("half", "double", "said"),
    [
        (LEFT, LEFT, ("count more and more (α = 0.5) make −6.00 points [",)),
        (NEXT, NEXT, ("that lose weight make +1.53 points [1.15, 1.91] (95 %) at α = 2, against",)),
        (LEFT, NEXT, ("count more and more (α = 0.5) make −6", " and blocks that lose weight")),
        (MOST, MOST, ()),
    ],
)
def test_what_else_table_1_shows_of_the_weight_of_blocks_is_said(half, double, said):
    decided = dict.fromkeys((PAIRS, ALIKE), EQUAL) | dict.fromkeys((GAIN, LOSS), HOLDS)
    follows = told(third(), first(a50=half, a100=MOST, a200=double), design(3, decided))[2]
    assert all(text in follows for text in said)
    assert ("Nor is it all" in follows) is bool(said)
    assert follows.count("blocks that ") == len(said)


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ({"zero-stable": -1.5, "Σ|α| < 3": 3.2}, True),
        ({"zero-stable": 1.5, "Σ|α| < 3": 3.2}, False),
        ({"zero-stable": -1.5, "Σ|α| < 3": -0.2}, False),
        ({}, False),
    ],
)
def test_a_rival_that_separates_the_rows_is_named_where_the_roots_do_not(gaps, said):
    content = third()
    labels = {name: {"gap": gap} for name, gap in gaps.items()}
    details = {"labels": labels} if labels else {}
    content["table3_third_order"]["verdicts"] = [{"claim": "C23", "details": details}]
    assert ("Σ|α| < 3 does, a threshold found afterwards" in told(content)[1]) is said


def test_without_runs_nothing_is_said():
    assert answer({}, MADE) == answer({"mini": {}}, MADE) == ""


def test_too_few_seeds_are_named_and_nothing_is_decided():
    follows = told(third(), design(1))[2]
    assert "**not decided yet**" in follows
    assert f"({PLACE}mini/{DESIGN}.md) has 4 of 12 runs" in follows
    assert "In the one seed" in follows
    assert "zero-stable minus not is +0.50 points" in follows
    assert "decaying weight is +12.00 points" in follows
    assert "In the 2 seeds" in told(third(), design(2))[2]
    assert "has 0 of" not in told(third(), design(0))[2]


@pytest.mark.parametrize(
    ("alike", "gain", "loss", "sentence"),
    [
        (
            EQUAL,
            HOLDS,
            HOLDS,
            "**With bare projections, mostly how fast the blocks lose weight beside the state**",
        ),
        (EQUAL, HOLDS, Outcome.INCONCLUSIVE, "**Not the roots**"),
        (EQUAL, Outcome.DIFFERS, HOLDS, "**Not the roots**"),
        (Outcome.DIFFERS, HOLDS, HOLDS, "**Both the roots and the relative weight"),
        (Outcome.DIFFERS, Outcome.ORDER_REVERSED, HOLDS, "**The roots**"),
        (Outcome.INCONCLUSIVE, HOLDS, HOLDS, "**The relative weight of the blocks**; whether"),
        (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, HOLDS, "**Not decided**"),
    ],
)
def test_what_it_follows_is_what_the_verdicts_say(alike, gain, loss, sentence):
    outcomes = {PAIRS: Outcome.INCONCLUSIVE, ALIKE: alike, GAIN: gain, LOSS: loss}
    follows = told(third(), design(3, outcomes))[2]
    assert follows.startswith(f"- **What it follows.** {sentence}")
    assert f"(90 %; {ALIKE}, stated: within ±1 point: {alike})" in follows
    assert f"(90 %; {GAIN}, stated: at least 3 points: {gain})" in follows
    assert "+7.25 points [+6.50, +8.00] (90 %;" in follows
    # Each kind of roots has the same twelve points in its one set.
    assert ", on average (from +12.00 to +12.00 by set of coefficients)" in follows
    assert "Of 2 pairs that are one function with other roots, 1 are shown to be alike" in follows
    assert "(G10: INCONCLUSIVE)." in follows


def test_a_verdict_that_does_not_outlive_the_correction_says_so():
    outcomes = dict.fromkeys((PAIRS, ALIKE), EQUAL) | dict.fromkeys((GAIN, LOSS), HOLDS)
    results = {"mini": {**third(), **design(3, outcomes)}}
    (follows,) = [x for x in answer(results, MADE, {ALIKE}).splitlines() if "follows" in x]
    assert follows.count("but not after the correction over all measured claims") == 1
    assert f"{ALIKE}, stated: within ±1 point: {EQUAL}, but not after" in follows
    assert "but not after" not in answer(results, MADE, {"C23"})


def test_a_verdict_without_evidence_leaves_it_undecided():
    outcomes = {PAIRS: EQUAL, ALIKE: EQUAL, GAIN: HOLDS, LOSS: Outcome.INSUFFICIENT_SEEDS}
    assert "**not decided yet**" in told(third(), design(3, outcomes))[2]


def test_a_stronger_profile_that_decides_counts_and_one_that_does_not_is_passed_over():
    decided = dict.fromkeys((PAIRS, ALIKE), EQUAL) | dict.fromkeys((GAIN, LOSS), HOLDS)
    both = {
        "mini": {**third(), **design(3, decided)},
        "medium": design(1),
    }
    assert f"{PLACE}mini/{DESIGN}.md" in answer(both, MADE)
    both["medium"] = design(3, decided)
    text = answer(both, MADE)
    assert f"{PLACE}medium/{DESIGN}.md" in text
    assert "(profile `mini`)" in text


def moved(outcome, runs=3, **details):
    """The stage that moves a root, with one verdict on all of its claims."""
    found = {"difference": 1.5, "interval": [-0.5, 3.5], "interval_level": 0.05} | details
    verdicts = [
        {"claim": name, "outcome": outcome, "summary": "a summary", "details": found}
        for name in MOVED_CLAIMS
    ]
    return {MOVED: stage(MOVED, [row((57, 58, 59)[:runs], True)], verdicts)}


def test_what_a_moved_root_makes_is_said_once_runs_decide_it():
    decided = dict.fromkeys((PAIRS, ALIKE), EQUAL) | dict.fromkeys((GAIN, LOSS), HOLDS)
    follows = told(third(), design(3, decided), moved(Outcome.INCONCLUSIVE))[2]
    shown = "+1.50 points [−0.50, +3.50] (95 %; "
    assert f"/{MOVED}.md), |k| < 1 instead of |k| > 1 makes {shown}G20, stated: at least" in follows
    assert f"{shown}{SHARPENING}, INCONCLUSIVE) more at 62 layers than at 20" in follows
    for some in (moved(Outcome.INSUFFICIENT_SEEDS), moved(HOLDS, runs=0)):
        assert MOVED not in told(third(), design(3, decided), some)[2]


def test_a_difference_without_ends_or_of_runs_that_diverged_is_said_as_what_it_is():
    decided = dict.fromkeys((PAIRS, ALIKE), EQUAL) | dict.fromkeys((GAIN, LOSS), HOLDS)
    unbounded = moved(Outcome.INCONCLUSIVE, interval=[None, None])
    assert f"+1.50 points ({SHARPENING}, " in told(third(), design(3, decided), unbounded)[2]
    diverged = moved(HOLDS)
    for verdict in diverged[MOVED]["verdicts"]:
        verdict["details"] = {}
    follows = told(third(), design(3, decided), diverged)[2]
    assert f"no difference that could be measured ({SHARPENING}, {HOLDS}) more" in follows


def test_the_claims_that_it_reads_are_those_of_the_stages(project):
    every = load_claims(project / "claims/paper/claims.yaml")
    mine = [c for c in every if c.stage == DESIGN and c.decided_from == "mini"]
    assert tuple(c.id for c in mine) == CLAIMS
    assert [c.kind for c in mine] == ["alike", "alike", "order", "order"]
    about_one_root = {
        c.id for c in load_claims(project / "claims/paper/claims.yaml") if c.stage == MOVED
    }
    assert about_one_root == set(MOVED_CLAIMS)
