"""What divergence does to verdicts: what is left of a side must not win by what it lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.divergence import lost_by_divergence, sides
from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome
from zerosnet.paper.claims import SMALLER_MODULUS


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


def test_the_best_row_does_not_win_by_the_runs_that_it_lost():
    lucky = row("a", True, [62.0, 62.1], diverged=(2,))
    others = [row(name, True, noisy(60, i)) for i, name in enumerate("bc")]
    verdict = verdict_on("best", lucky, *others)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert [pair["p_better"] for pair in verdict.details["pairs"].values()] == [1, 1]
    # It may well lose by them.
    better = [row(name, True, noisy(80, i)) for i, name in enumerate("bc")]
    assert verdict_on("best", lucky, *better).outcome is Outcome.ORDER_REVERSED
    # And it is not beaten by what lost more of its own.
    spared = [row("b", True, [80.0, 80.2], diverged=(2,))]
    assert verdict_on("best", row("a", True, noisy(60)), *spared).outcome is Outcome.INCONCLUSIVE


def test_a_rival_that_only_diverged_is_beaten_and_counted():
    lost = row("b", True, [], diverged=(0, 1, 2))
    rows = [row("a", True, noisy(60)), lost, row("c", True, noisy(60, 1))]
    verdict = verdict_on("best", *rows, against="all")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.details["pairs"]["b, 32 layers"] == {
        "difference": None,
        "interval": [None, None],
        "p_better": 0,
        "p_worse": 1,
    }
    # Of three others two are most.
    more = [*rows, row("d", True, noisy(50, 2))]
    assert verdict_on("best", *more, against="most").outcome is Outcome.ORDER_HOLDS


def test_a_depth_at_which_the_best_row_only_diverged_counts():
    rows = [
        row("a", True, [], layers=32, diverged=(0, 1, 2)),
        row("b", True, noisy(60), layers=32),
        row("a", True, noisy(70), layers=44),
        row("b", True, noisy(60, 1), layers=44),
    ]
    verdict = verdict_on("best", *rows, against="all")
    assert verdict.outcome is Outcome.ORDER_REVERSED
    assert len(verdict.details["pairs"]) == 2


#: Of four seeds.
SEEDS = {True: (60.0, 60.2, 60.1, 60.3), False: (60.05, 60.22, 60.18, 60.31)}


def test_of_each_of_several_every_pair_is_held_against_what_it_lost():
    """Each side lost one run, but of different pairs: overall the shares are equal."""

    def verdict(losing):
        rows = []
        for name in ("first", "second"):
            for stable, runs in SEEDS.items():
                diverged = (3,) if losing.get(name) is stable else ()
                made = row(f"{name} {stable}", stable, runs[: 4 - len(diverged)], diverged=diverged)
                rows.append(replace(made, cells={"pair": name}))
        return judge(claim("alike", each="pair"), table(rows, seeds=4))

    assert verdict({}).outcome is Outcome.EQUIVALENT
    found = verdict({"first": True, "second": False})
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "1 of 4 runs of the favoured rows diverged and 0 of 4 of the others" in found.summary


def test_a_trend_does_not_rest_on_the_runs_that_one_end_lost():
    def verdict(diverged):
        rows = []
        for number, modulus in enumerate(("0.90", "0.60", "0.30")):
            lost = diverged if number == 2 else ()
            runs = [3 * number + run for run in SEEDS[number == 1]][: 4 - len(lost)]
            made = row(modulus, True, [run + 0.1 * (number == 2) * run % 1 for run in runs])
            cells = {"modulus_1": "1.00", "modulus_2": modulus, "modulus_3": "0.00"}
            rows.append(replace(made, cells=cells, diverged=lost))
        return judge(claim("order", favoured=SMALLER_MODULUS), table(rows, seeds=4))

    assert verdict(()).outcome is Outcome.ORDER_HOLDS
    found = verdict((3,))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "1 of 4 runs of rows with smaller moduli diverged and 0 of 4 of those" in found.summary
