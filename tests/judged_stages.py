"""Results of judged stages made up: what pages and the summary read, without a run."""

from __future__ import annotations

import itertools

from evidence_at_hand import claim

from zerosnet.judging.verdict import Outcome
from zerosnet.reporting.what_it_follows import (
    ALIKE,
    CLAIMS,
    DESIGN,
    DRAWN_CLAIMS,
    GAIN,
    LOSS,
    MOVED,
    MOVED_CLAIMS,
    PAIRS,
    SHARPENING,
)

SEEDS = range(3)
MADE = {
    **{name: claim("alike") for name in (PAIRS, ALIKE)},
    **{name: claim("order", at_least_by=3, reason="a test") for name in (GAIN, LOSS)},
    **{name: claim("order", at_least_by=1, reason="a test") for name in MOVED_CLAIMS},
    SHARPENING: claim("order"),
    **{name: claim("predicts") for name in DRAWN_CLAIMS},
}
#: The verdicts on the design that say that it is the weight of the blocks.
WEIGHT = dict.fromkeys((PAIRS, ALIKE), Outcome.EQUIVALENT) | dict.fromkeys(
    (GAIN, LOSS), Outcome.ORDER_HOLDS
)


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
        "diverged": [],
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


def first(name="table1_first_order", **by_alpha):
    """Table 1, or its other reading: α in hundredths → accuracies."""
    rows = [
        row(values, int(a[1:]) <= 100, alpha=str(int(a[1:]) / 100))
        for a, values in by_alpha.items()
    ]
    return {name: stage(name, rows)}


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


def moved(outcome, runs=3, **details):
    """The stage that moves a root, with one verdict on all of its claims."""
    found = {"difference": 1.5, "interval": [-0.5, 3.5], "interval_level": 0.05} | details
    verdicts = [
        {"claim": name, "outcome": outcome, "summary": "a summary", "details": found}
        for name in MOVED_CLAIMS
    ]
    return {MOVED: stage(MOVED, [row((57, 58, 59)[:runs], True)], verdicts)}
