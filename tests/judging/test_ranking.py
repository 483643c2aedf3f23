"""One row against all others: better than all of them, or than most."""

from __future__ import annotations

from dataclasses import replace

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


def test_two_depths_of_the_paper_that_are_run_at_one_depth_both_count():
    made = [
        replace(
            row(name, True, [level - 0.2, level, level + 0.1 * wide]),
            cells={"alpha": name, "n_layers": depth},
        )
        for depth, lead in (("44", 10), ("164", -10))
        for name, level, wide in (("a", 70 + lead, 1), ("b", 70, 2))
    ]
    for rows in (made, made[2:] + made[:2]):
        verdict = judge(claim("best", against="all"), table(rows))
        assert verdict.outcome is Outcome.ORDER_REVERSED
        assert len(verdict.details["pairs"]) == 2
        assert "worse than 1 (paired t-tests over seeds, two-sided level 5 %" in verdict.summary


def test_pairs_without_common_seeds_are_not_called_paired():
    ours = replace(row("a", True, [70.0, 70.1]), diverged=(2, 3))
    theirs = row("b", True, [60.0, 60.2], diverged=(0, 1))
    for selection in theirs.measured.values():
        selection["test"] = {2: 60.0, 3: 60.2}
    theirs.keys.clear()
    theirs.keys.update({2: "key2", 3: "key3"})
    verdict = judge(claim("best"), table([ours, theirs], seeds=4))
    assert "(paired t-tests, where seeds are shared over seeds" not in verdict.summary
    assert "(t-tests over seeds, paired where these are shared, two-sided" in verdict.summary
