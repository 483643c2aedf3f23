"""One row against all others: better than all of them, or than most."""

from __future__ import annotations

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome


@pytest.mark.parametrize(
    ("against", "others", "outcome"),
    [
        ("all", (80, 81, 82), Outcome.ORDER_HOLDS),
        ("all", (80, 81, 99), Outcome.ORDER_REVERSED),
        ("all", (80, 81, 90), Outcome.INCONCLUSIVE),
        ("most", (80, 81, 99), Outcome.ORDER_HOLDS),
        ("most", (98, 81, 99), Outcome.ORDER_REVERSED),
        ("most", (90, 81, 90), Outcome.INCONCLUSIVE),
    ],
)
def test_the_best_row(against, others, outcome):
    rows = [row("a", True, [89.7, 90.0, 90.35])]
    rows += [
        row(n, True, [v + d for d in NOISE[i]])
        for i, (n, v) in enumerate(zip("bcd", others, strict=True))
    ]
    verdict = judge(claim("best", against=against), table(rows))
    assert verdict.outcome is outcome
    assert len(verdict.details["pairs"]) == 3


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ((80, 81, 82, 99), Outcome.ORDER_HOLDS),
        # Two of four are enough: no more than two are left, and most would be three.
        ((80, 81, 98, 99), Outcome.ORDER_REVERSED),
        ((80, 81, 90, 99), Outcome.INCONCLUSIVE),
    ],
)
def test_better_than_most_of_an_even_number(others, outcome):
    rows = [row("a", True, [89.7, 90.0, 90.35])]
    rows += [
        row(name, True, [level + noise for noise in NOISE[number % 3]])
        for number, (name, level) in enumerate(zip("bcde", others, strict=True))
    ]
    assert judge(claim("best", against="most"), table(rows)).outcome is outcome


def test_the_best_row_is_compared_within_its_depth():
    rows = [
        row(name, True, [level - wide, level, level + 0.1], layers=depth)
        for depth, lift in ((32, 0), (56, 50))
        for name, level, wide in (("a", 32 + lift, 0.1), ("b", 29 + lift, 0.2))
    ]
    assert judge(claim("best"), table(rows)).outcome is Outcome.ORDER_HOLDS
