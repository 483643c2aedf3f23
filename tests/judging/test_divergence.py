"""What divergence does to verdicts: what is left of a side must not win by what it lost."""

from __future__ import annotations

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.divergence import lost_by_divergence, sides
from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome


def noisy(mean, number=0):
    return [mean + noise for noise in NOISE[number]]


def verdict_on(kind, *rows, **fields):
    return judge(claim(kind, **fields), table(rows))


@pytest.mark.parametrize(
    ("kind", "ours_lost", "others_lost"),
    [
        ("order", Outcome.ORDER_REVERSED, Outcome.ORDER_HOLDS),
        ("as_good", Outcome.INFERIOR, Outcome.NOT_INFERIOR),
        ("alike", Outcome.DIFFERS, Outcome.DIFFERS),
        ("best", Outcome.ORDER_REVERSED, Outcome.ORDER_HOLDS),
    ],
)
def test_a_side_of_which_nothing_is_left_has_lost(kind, ours_lost, others_lost):
    kept, lost = noisy(60), {"runs": [], "diverged": (0, 1, 2)}
    verdict = verdict_on(kind, row("a", True, **lost), row("b", False, kept))
    assert verdict.outcome is ours_lost
    assert verdict.summary.startswith("all 3 runs of the favoured rows diverged")
    assert "p_value" not in verdict.details
    assert verdict_on(kind, row("a", True, kept), row("b", False, **lost)).outcome is others_lost


def test_a_run_that_completed_without_a_value_has_not_diverged():
    unfitted = row("a", True, [], diverged=(2,), column="fitted")
    unfitted.keys.update({0: "key0", 1: "key1", 2: "key2"})
    fitted = row("b", False, noisy(60), column="fitted")
    assert [
        (side.diverged, side.completed) for side in sides(claim("order"), [unfitted, fitted])
    ] == [
        (1, 2),
        (0, 3),
    ]
    assert lost_by_divergence(claim("order", value="fitted"), [unfitted, fitted]) is None


def test_where_all_diverged_nothing_is_decided():
    lost = {"runs": [], "diverged": (0, 1, 2)}
    verdict = verdict_on("order", row("a", True, **lost), row("b", False, **lost))
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS


def test_a_side_does_not_win_by_the_rows_that_it_lost():
    rows = [row("a", True, noisy(62)), row("c", True, [], diverged=(0, 1, 2))]
    verdict = verdict_on("order", *rows, row("b", False, noisy(60, 1)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "3 of 6 runs of the favoured rows diverged and 0 of 3 of the others" in verdict.summary


def test_a_side_does_not_win_by_the_seeds_that_it_lost():
    lucky = row("a", True, [62.0, 62.1], diverged=(2,))
    verdict = verdict_on("order", lucky, row("b", False, [60.0, 60.2, 50.0]))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    # Without divergence the same runs decide.
    whole = table([row("a", True, [62.0, 62.1]), row("b", False, [60.0, 60.2])], seeds=2)
    assert judge(claim("order"), whole).outcome is Outcome.ORDER_HOLDS


def test_a_side_that_wins_in_spite_of_what_the_other_lost_has_won():
    lucky = row("b", False, [60.0, 60.2], diverged=(2,))
    verdict = verdict_on("order", row("a", True, [62.0, 62.1, 62.0]), lucky)
    assert verdict.outcome is Outcome.ORDER_HOLDS
    # And the other does not by what it lost itself.
    lucky = row("b", False, [64.0, 64.2], diverged=(2,))
    verdict = verdict_on("order", row("a", True, [62.0, 62.1, 62.0]), lucky)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_what_diverges_more_often_is_not_alike():
    lucky = row("b", False, [60.0, 60.2], diverged=(2,))
    verdict = verdict_on("alike", row("a", True, [60.0, 60.1, 60.0]), lucky)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    whole = table([row("a", True, [60.0, 60.1]), row("b", False, [60.0, 60.2])], seeds=2)
    assert judge(claim("alike"), whole).outcome is Outcome.EQUIVALENT
    # That they differ stands where the worse ones diverge more often, too.
    lucky = row("b", False, [50.0, 50.2], diverged=(2,))
    verdict = verdict_on("alike", row("a", True, [60.0, 60.1, 60.0]), lucky)
    assert verdict.outcome is Outcome.DIFFERS
