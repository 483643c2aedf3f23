"""Every kind of comparison on simulated truth: how often a verdict is given that is wrong.

Runs of one seed share an effect of the seed, larger than the noise of a row: paired data.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from evidence_at_hand import claim, row, table
from simulated import binomial_bounds

from zerosnet.judging.judge import judge
from zerosnet.judging.statistics import LEVEL
from zerosnet.judging.verdict import Outcome

SEEDS, SEED_SD, SD = 5, 1.5, 0.4
DRAWS = 300


def tables(means, draws=DRAWS, seed=0, cells=None, stable=None):
    """Tables of rows with these true means."""
    generator = np.random.default_rng(seed)
    shared = SEED_SD * generator.normal(size=(draws, 1, SEEDS))
    own = SD * generator.normal(size=(draws, len(means), SEEDS))
    for values in 50 + np.asarray(means)[:, None] + shared + own:
        rows = [
            row(
                "abcdefghijkl"[i],
                stable[i] if stable else i == 0,
                runs.tolist(),
                **({"cells": cells[i]} if cells else {}),
            )
            for i, runs in enumerate(values)
        ]
        yield table(rows, seeds=SEEDS)


def shares(claim_, *arguments, **choices):
    """Verdict → the share of tables that get it."""
    found = Counter(judge(claim_, one).outcome for one in tables(*arguments, **choices))
    return {outcome: found[outcome] / found.total() for outcome in Outcome}


def at_most(share, level=LEVEL, draws=DRAWS):
    return share <= binomial_bounds(level, draws)[1]


def test_an_order_of_rows_that_are_alike_is_decided_in_5_percent():
    found = shares(claim("order"), [0, 0, 0])
    assert at_most(found[Outcome.ORDER_HOLDS] + found[Outcome.ORDER_REVERSED])
    assert shares(claim("order"), [1.5, 0, 0])[Outcome.ORDER_HOLDS] > 0.9
    assert shares(claim("order"), [-1.5, 0, 0])[Outcome.ORDER_REVERSED] > 0.9


def test_an_effect_of_just_what_was_stated_is_not_said_to_be_more_or_less():
    stated = claim("order", at_least_by=3, reason="a test")
    found = shares(stated, [3, 0, 0], seed=1)
    assert at_most(found[Outcome.ORDER_HOLDS], LEVEL / 2)
    assert at_most(found[Outcome.DIFFERS], LEVEL / 2)
    assert found[Outcome.ORDER_REVERSED] == 0
    assert shares(stated, [5, 0, 0], seed=2)[Outcome.ORDER_HOLDS] > 0.9
    assert shares(stated, [1, 0, 0], seed=3)[Outcome.DIFFERS] > 0.9


def test_noninferiority_at_its_margin():
    as_good = claim("as_good", margin=1.0)
    found = shares(as_good, [-1, 0, 0], seed=4)
    assert at_most(found[Outcome.NOT_INFERIOR], LEVEL / 2)
    assert at_most(found[Outcome.INFERIOR], LEVEL / 2)
    assert shares(as_good, [0.5, 0, 0], seed=5)[Outcome.NOT_INFERIOR] > 0.9
    assert shares(as_good, [-3, 0, 0], seed=6)[Outcome.INFERIOR] > 0.9


def test_equivalence_at_its_margin():
    alike = claim("alike", margin=1.0)
    found = shares(alike, [1, 0, 0], seed=7)
    assert at_most(found[Outcome.EQUIVALENT])
    assert at_most(found[Outcome.DIFFERS])
    assert shares(alike, [0, 0, 0], seed=8)[Outcome.EQUIVALENT] > 0.7
    assert shares(alike, [3, 0, 0], seed=9)[Outcome.DIFFERS] > 0.9


PAIRED = [{"pair": str(i // 2), "roots": "in" if i % 2 == 0 else "out"} for i in range(12)]


def test_each_of_six_pairs():
    """Alike in all: in 5 % where one is at the margin.  Different in one: in 5 % where all are."""
    each = claim("alike", margin=1.0, favoured={"roots": "in"}, each="pair")
    one = [1, 0] + [0] * 10
    assert at_most(shares(each, one, seed=10, cells=PAIRED)[Outcome.EQUIVALENT])
    all_ = [1, 0] * 6
    assert at_most(shares(each, all_, seed=11, cells=PAIRED)[Outcome.DIFFERS])
    far = [4, 0] + [0] * 10
    assert shares(each, far, seed=12, cells=PAIRED)[Outcome.DIFFERS] > 0.9


def test_a_main_effect_balanced_over_pairs():
    """Pairs of very unlike level: what is compared is within them."""
    order = claim("order", favoured={"roots": "in"}, balanced_over="pair")
    levels = [5.0 * (i // 2) for i in range(12)]
    found = shares(order, levels, seed=13, cells=PAIRED)
    assert at_most(found[Outcome.ORDER_HOLDS] + found[Outcome.ORDER_REVERSED])
    ahead = [level + (0.6 if i % 2 == 0 else 0) for i, level in enumerate(levels)]
    assert shares(order, ahead, seed=14, cells=PAIRED)[Outcome.ORDER_HOLDS] > 0.9


ROWS = [{"alpha": name} for name in "abcdefghijkl"]


@pytest.mark.parametrize(("against", "true"), [("all", [0, 0, -3, -3, -3]), ("most", [0] * 5)])
def test_the_best_row_is_named_wrongly_in_5_percent(against, true):
    """Against all: one other is as good.  Against most: all others are."""
    best = claim("best", against=against)
    found = shares(best, true, seed=15, cells=ROWS)
    assert at_most(found[Outcome.ORDER_HOLDS], LEVEL / 2)
    assert at_most(found[Outcome.ORDER_REVERSED], LEVEL / 2)
    assert shares(best, [4, 0, 0, 0, 0], seed=16, cells=ROWS)[Outcome.ORDER_HOLDS] > 0.9


MODULI = [
    {"modulus_1": str(modulus), "modulus_2": "1.00", "modulus_3": "0.10"}
    for modulus in ("0.20", "0.40", "0.60", "0.80")
]


def test_a_trend_over_moduli():
    trend = claim("order", favoured="smaller_parasitic_modulus")
    flat = shares(trend, [0, 0, 0, 0], seed=17, cells=MODULI)
    assert at_most(flat[Outcome.ORDER_HOLDS] + flat[Outcome.ORDER_REVERSED])
    assert shares(trend, [1.5, 1, 0.5, 0], seed=18, cells=MODULI)[Outcome.ORDER_HOLDS] > 0.9
