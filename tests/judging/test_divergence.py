"""What divergence does to verdicts: what is left of a side must not win by what it lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.divergence import lost_by_divergence, sides
from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome
from zerosnet.paper.claims import SMALLER_MODULUS

#: Accuracies of one row.
SIX = (60.0, 60.2, 60.1, 60.3, 59.8, 60.4)


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
    kept, lost = list(SIX[:4]), {"runs": [], "diverged": (0, 1, 2, 3)}

    def verdict(ours, others):
        rows = row("a", True, **ours), row("b", False, **others)
        return judge(claim(kind), table(rows, seeds=4))

    found = verdict(lost, {"runs": kept})
    assert found.outcome is ours_lost
    # One of the 70 ways in which four of eight runs can be lost; two-sided.
    assert found.details["p_value"] == pytest.approx(2 / 70, abs=1e-4)
    if kind != "best":
        said = "all 4 runs of the favoured rows diverged and 0 of 4 of the rest"
        assert found.summary.startswith(said)
    assert verdict({"runs": kept}, lost).outcome is others_lost


@pytest.mark.parametrize("kind", ["order", "as_good", "alike", "best"])
@pytest.mark.parametrize(
    ("ours", "others"),
    [((3, 0), (0, 3)), ((1, 0), (0, 1)), ((4, 0), (3, 1)), ((0, 3), (3, 0))],
    ids=["three and none of three", "one and none of one", "four and three of four", "the others"],
)
def test_what_is_lost_by_chance_decides_nothing(kind, ours, others):
    """Of so few runs all of a side may diverge as those of the other side do."""

    def made(name, stable, diverged, completed):
        lost = tuple(range(completed, completed + diverged))
        return row(name, stable, list(SIX[:completed]), diverged=lost)

    rows = made("a", True, *ours), made("b", False, *others)
    verdict = judge(claim(kind), table(rows, seeds=max(sum(ours), sum(others))))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    # One of the tests that a correction over claims counts.
    assert verdict.details["p_value"] > 0.05
    if kind != "best":
        assert "so few runs may do so by chance (Fisher's exact test, p = " in verdict.summary


def test_a_rival_that_lost_everything_does_not_make_up_for_those_that_did_not():
    """Of nine rivals eight lost all of their runs, as the favoured row did: one is better."""
    lost = {"runs": [], "diverged": (0, 1, 2, 3)}
    rivals = [row(f"r{n}", True, **lost) for n in range(8)]
    rows = [row("a", True, **lost), *rivals, row("b", True, list(SIX[:4]))]
    verdict = judge(claim("best", against="most"), table(rows, seeds=4))
    assert verdict.outcome is Outcome.INCONCLUSIVE


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
    assert lost_by_divergence(claim("order", value="fitted"), [unfitted, fitted], 0.05) is None


def test_where_all_diverged_nothing_is_decided():
    lost = {"runs": [], "diverged": (0, 1, 2)}
    verdict = verdict_on("order", row("a", True, **lost), row("b", False, **lost))
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS


def test_a_side_does_not_win_by_the_rows_that_it_lost():
    rows = [row("a", True, noisy(62)), row("c", True, [], diverged=(0, 1, 2))]
    verdict = verdict_on("order", *rows, row("b", False, noisy(60, 1)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "3 of 6 runs of the favoured rows diverged and 0 of 3 of the others" in verdict.summary
    # What those that are left say is no evidence, for a correction over claims either.
    assert verdict.details["p_value"] == 1


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
    lost = row("b", True, [], diverged=range(6))
    rows = [row("a", True, SIX), lost, row("c", True, [run + 0.1 for run in reversed(SIX)])]

    def verdict(against, *more):
        return judge(claim("best", against=against), table([*rows, *more], seeds=6))

    found = verdict("all")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.details["pairs"]["b, 32 layers"] == {
        "difference": None,
        "interval": [None, None],
        # Of 924 ways to lose six of twelve; Holm over two.
        "p_better": pytest.approx(2 / 924, abs=1e-4),
        "p_worse": 1,
    }
    # Of three others two are most.
    worse = row("d", True, [run - 10 + 0.1 * (run % 1) for run in SIX])
    assert verdict("most", worse).outcome is Outcome.ORDER_HOLDS


def test_a_depth_at_which_the_best_row_only_diverged_counts():
    rows = [
        row("a", True, [], layers=32, diverged=range(6)),
        row("b", True, SIX, layers=32),
        row("a", True, [run + 10 for run in SIX], layers=44),
        row("b", True, SIX, layers=44),
    ]
    verdict = judge(claim("best", against="all"), table(rows, seeds=6))
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


def test_of_each_of_several_one_that_lost_nothing_fails_by_itself():
    """What another comparison lost does not leave it open."""
    worse = {True: SEEDS[True], False: tuple(run + 10 for run in SEEDS[False])}
    rows = []
    for name, by_side, diverged in (("first", worse, ()), ("second", SEEDS, (3,))):
        for stable, runs in by_side.items():
            lost = () if stable else diverged
            made = row(f"{name} {stable}", stable, runs[: 4 - len(lost)], diverged=lost)
            rows.append(replace(made, cells={"pair": name}))

    def verdict(kind):
        return judge(claim(kind, each="pair"), table(rows, seeds=4))

    for kind, against in (
        ("alike", Outcome.DIFFERS),
        ("order", Outcome.ORDER_REVERSED),
        ("as_good", Outcome.INFERIOR),
    ):
        found = verdict(kind)
        assert found.outcome is against
        assert found.details["p_value"] < 0.01
        assert "diverged and" not in found.summary
    # One that lost runs fails by nothing.
    rows[1] = replace(rows[1], diverged=(4,))
    assert verdict("alike").outcome is Outcome.INCONCLUSIVE
    assert verdict("alike").details["p_value"] == 1


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
