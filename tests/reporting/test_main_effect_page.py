"""The effect of zero stability in every condition, from results made up."""

from __future__ import annotations

import copy

import pytest

from zerosnet.reporting.main_effect_page import (
    effects,
    level_text,
    main_effect_page,
    strongest_figure,
)


def result(stage, stable, unstable, condition=None):
    """A stage's content: rows of accuracies by seed."""
    rows = [
        {
            "cells": {"condition": condition} if condition else {},
            "zero_stable": is_stable,
            "label": f"row {number}",
            "method": f"({number + (0 if is_stable else 5)}; 1)",
            "images": "cifar10-jpeg",
            "keys": {"0": "k"},
            "measured": {
                name: {"test": {str(seed): v for seed, v in enumerate(values)}}
                for name in ("last_epoch", "best_on_test")
            },
        }
        for is_stable, family in ((True, stable), (False, unstable))
        for number, values in enumerate(family)
    ]
    return {"stage": stage, "evidence": {"rows": rows}}


THIRD = result("table3_third_order", [[90, 91], [92, 93.2]], [[80, 81], [84, 85]])


def test_every_row_counts_alike():
    last, best = effects({"table3_third_order": THIRD})
    assert last.interval.estimate == pytest.approx(9.05)
    assert last.by_seed == pytest.approx((9, 9.1))
    assert last.interval.low < 9 < last.interval.high
    assert last.pairs == 4
    assert best.condition == "table 3, the best epoch"


def test_the_interval_is_that_of_the_stages_own_level():
    once, twice = (
        effects({"table3_third_order": {**THIRD, "evidence": {**THIRD["evidence"], **more}}})[0]
        for more in ({"looks": 1}, {"looks": 2})
    )
    assert level_text(once).endswith("(95 %)")
    assert level_text(twice).endswith("(97.1 %)")
    assert twice.interval.low < once.interval.low
    assert twice.interval.estimate == once.interval.estimate
    assert twice.condition == once.condition


def test_table_1s_other_reading_is_told_where_it_has_runs():
    results = {"table1_bare_projections": result("table1_bare_projections", [[56, 57]], [[45, 44]])}
    results["table3_third_order"] = THIRD
    text = main_effect_page({"mini": results})["main_effect.md"].decode()
    assert "(mini/table1_bare_projections.md) the difference is +12.00 [" in text
    other = main_effect_page({"mini": {"table3_third_order": THIRD}})["main_effect.md"].decode()
    assert "bare projections" not in other


def test_conditions_of_one_stage_are_told_apart():
    both = result("main_effect", [[70, 71]], [[60, 61]], "20 layers")
    both["evidence"]["rows"] += result("main_effect", [[50, 51]], [[52, 53]], "Fashion-MNIST")[
        "evidence"
    ]["rows"]
    found = {e.condition: e.interval.estimate for e in effects({"main_effect": both})}
    assert found == pytest.approx(
        {"four rows, 20 layers": 10, "four rows, 20 layers, Fashion-MNIST": -2}
    )


@pytest.mark.parametrize("missing", ["the others", "a second seed", "the runs"])
def test_what_cannot_be_compared_is_left_out(missing):
    content = copy.deepcopy(THIRD)
    rows = content["evidence"]["rows"]
    if missing == "the others":
        content["evidence"]["rows"] = rows[:2]
    for row in rows:
        for columns in row["measured"].values():
            if missing == "a second seed":
                columns["test"].pop("1")
            if missing == "the runs":
                columns["test"].clear()
    assert effects({"table3_third_order": content}) == []


def test_trained_coefficients_are_neither():
    content = copy.deepcopy(THIRD)
    for row in content["evidence"]["rows"]:
        row["zero_stable"] = None
    assert effects({"table3_third_order": content}) == []


def test_the_page():
    results = {"mini": {"table3_third_order": THIRD}}
    files = main_effect_page(results)
    text = files["main_effect.md"].decode()
    assert "each counted once" in text
    assert "has table 3's very runs" in text
    assert "[third order (table 3)](mini/table3_third_order.md)" in text
    assert files["main_effect_mini.svg"] == main_effect_page(results)["main_effect_mini.svg"]
    assert strongest_figure(results) == "main_effect_mini.svg"


def test_without_runs_nothing_is_claimed():
    assert strongest_figure({"mini": {}}) == ""
    files = main_effect_page({"mini": {}})
    assert set(files) == {"main_effect.md"}
    assert b"No profile has runs of such conditions" in files["main_effect.md"]
