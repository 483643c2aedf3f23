"""Counts of parameters: by formula, by use, and against the table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.networks.parameter_counts import MODELS, count, millions, table_8, zerosnet_is_close


def preresnet_by_hand(n, classes):
    """Convolutions 9·a·b, batch norms 2·a, projections 2·a + 1·a·b, one linear layer."""
    total = 9 * 3 * 16
    channels = 16
    for width in (16, 32, 64):
        for index in range(n):
            inputs = channels if index == 0 else width
            total += 2 * inputs + 9 * inputs * width + 2 * width + 9 * width * width
            total += 2 * inputs + inputs * width if inputs != width else 0
        channels = width
    return total + 2 * 64 + 64 * classes + classes


@pytest.mark.parametrize("classes", [10, 100])
@pytest.mark.parametrize("n", [3, 5, 18])
def test_preresnet_by_hand(n, classes):
    found = count(MODELS["preresnet"](6 * n + 2), classes)
    assert found == preresnet_by_hand(n, classes)


@pytest.mark.parametrize("depth", [20, 56])
def test_zerosnet_adds_two_projections_a_transition_and_has_no_norm_there(depth):
    extra = count(MODELS["zerosnet"](depth), 10) - count(MODELS["preresnet"](depth), 10)
    assert extra == 2 * (16 * 32 + 32 * 64) - 2 * (16 + 32) == 5024


def test_table_8_as_printed(claims, paper):
    decision = table_8(claims["C38"], paper)
    assert not decision.holds
    missed = [(r["model"], r["depth"]) for r in decision.data["rows"] if not r["obtained_with"]]
    assert missed == [("lm_resnet", 110)]
    assert decision.data["whole_column_fits_with"] == {
        "preresnet": ["100 classes, dead ones included"],
        "lm_resnet": [],
        "zerosnet": ["100 classes", "100 classes, dead ones included"],
    }


def test_without_dead_parameters_two_counts_more_are_missed(claims, paper):
    changed = replace(paper, released_code={**paper.released_code, "dead_parameters": {}})
    missed = [r for r in table_8(claims["C38"], changed).data["rows"] if not r["obtained_with"]]
    assert [(r["model"], r["depth"]) for r in missed] == [
        ("preresnet", 32), ("preresnet", 56), ("lm_resnet", 110)
    ]  # fmt: skip


def test_table_5_has_more_parameters_than_its_baseline(claims, paper):
    rows = zerosnet_is_close(claims["C39"], paper).data["imagenet"]
    extra = {r["depth"]: 100 * (r["zerosnet"] / r["preresnet"] - 1) for r in rows}
    assert extra == pytest.approx({18: 2.94, 34: 1.58, 50: 21.55}, abs=0.005)


def test_a_table_of_the_true_counts_would_hold(claims, paper):
    table = paper.tables["table08_parameters"]
    rows = tuple(
        {
            "n_layers": row["n_layers"],
            **{
                f"{model}_params_million": millions(count(build(int(row["n_layers"])), 10))
                for model, build in MODELS.items()
            },
        }
        for row in table.rows
    )
    decision = table_8(
        claims["C38"], replace(paper, tables={table.name: replace(table, rows=rows)})
    )
    assert decision.holds
    assert "15 of 15" in decision.summary


@pytest.mark.parametrize(("margin", "holds"), [(2, True), (1, False)])
def test_zerosnet_is_close_at_every_depth(claims, paper, margin, holds):
    claim = replace(claims["C39"], margin=margin)
    assert zerosnet_is_close(claim, paper).holds == holds
