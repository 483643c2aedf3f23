"""The judges: on evidence that must hold, must fail, and must leave it open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evidence_at_hand import NOISE, claim, row, table
from scipy import stats

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.judging.judge import _JUDGES, judge
from zerosnet.judging.verdict import Outcome
from zerosnet.judging.weights import is_favoured


def ten_rows(stable, unstable):
    """Six stable rows and four others, around two levels."""
    names = "abcdefghij"
    return [
        row(
            names[i],
            i < 6,
            [(stable if i < 6 else unstable) + 0.1 * i + d for d in NOISE[i % len(NOISE)]],
            method=f"({i}, 1; 1)",
        )
        for i in range(10)
    ]


@pytest.mark.parametrize(
    ("stable", "unstable", "outcome"),
    [
        (92, 80, Outcome.ORDER_HOLDS),
        (80, 92, Outcome.ORDER_REVERSED),
        # The rows' drift of 0.1 a row puts the last four ahead by 0.5 on average.
        (90.5, 90, Outcome.INCONCLUSIVE),
    ],
)
def test_orders(stable, unstable, outcome):
    verdict = judge(claim("order"), table(ten_rows(stable, unstable), profile="mini"))
    assert verdict.outcome is outcome
    assert verdict.details["sensitivity"] == {"best_on_test": outcome}
    assert (verdict.details["p_value"] <= 0.05) == (outcome is not Outcome.INCONCLUSIVE)
    assert "95 % interval" in verdict.summary
    assert "3 seeds, paired" in verdict.summary


@pytest.mark.parametrize(
    ("stable", "outcome"),
    [
        (84.0, Outcome.ORDER_HOLDS),
        (81.5, Outcome.DIFFERS),
        (83.5, Outcome.INCONCLUSIVE),
        (78.0, Outcome.ORDER_REVERSED),
    ],
)
def test_better_by_at_least_so_much(stable, outcome):
    """Better, but by less than stated, is not reversed: it differs."""
    by_three = claim("order", at_least_by=3.0, reason="a test")
    verdict = judge(by_three, table(ten_rows(stable, 80)))
    assert verdict.outcome is outcome
    assert "stated: at least 3" in verdict.summary


@pytest.mark.parametrize(
    ("difference", "margin", "outcome"),
    [(0.1, 1.0, Outcome.EQUIVALENT), (3.0, 1.0, Outcome.DIFFERS), (1.0, 1.0, Outcome.INCONCLUSIVE)],
)
def test_two_families_within_a_margin(difference, margin, outcome):
    verdict = judge(claim("alike", margin=margin), table(ten_rows(80.5 + difference, 80)))
    assert verdict.outcome is outcome
    assert "90 % interval" in verdict.summary
    assert "margin ±1" in verdict.summary


def pairs(differences):
    """Pairs of a zero-stable row and another, so far apart."""
    return [
        row(f"{name}{pair}", name == "a", [80 + 5 * pair + shift + d for d in NOISE[which]])
        for pair, difference in enumerate(differences)
        for which, (name, shift) in enumerate((("a", difference), ("b", 0.0)))
    ]


@pytest.mark.parametrize(
    ("differences", "outcome"),
    [
        ((0.1, -0.1), Outcome.EQUIVALENT),
        # On average these pairs are alike; pair by pair they are not.
        ((4.0, -4.0), Outcome.DIFFERS),
        ((0.1, 1.0), Outcome.INCONCLUSIVE),
    ],
)
def test_each_pair_must_be_alike(differences, outcome):
    rows = [replace(r, cells={"pair": r.label[1:]}) for r in pairs(differences)]
    verdict = judge(claim("alike", each="pair"), table(rows))
    assert verdict.outcome is outcome
    assert [pair["holds"] for pair in verdict.details["each"].values()] == [
        abs(difference) < 0.5 for difference in differences
    ]
    held = sum(abs(difference) < 0.5 for difference in differences)
    assert f"{held} of 2 differences are shown to be within ±" in verdict.summary
    averaged = judge(claim("alike"), table(rows))
    if outcome is Outcome.DIFFERS:
        assert averaged.outcome is Outcome.EQUIVALENT


@pytest.mark.parametrize("lost", [(0,), (0, 1)])
def test_a_pair_that_lost_all_runs_of_a_side_is_not_forgotten(lost):
    rows = [replace(r, cells={"pair": r.label[1:]}) for r in pairs([0.0, 0.0])]
    for n in [n for n, r in enumerate(rows) if r.cells == rows[0].cells][: len(lost)]:
        seeds = tuple(rows[n].measured["last_epoch"]["test"])
        empty = {name: {"test": {}} for name in rows[n].measured}
        rows[n] = replace(rows[n], measured=empty, diverged=seeds)
    found = judge(claim("alike", each="pair"), table(rows))
    assert found.outcome is Outcome.INSUFFICIENT_SEEDS


def test_a_main_effect_is_taken_at_equal_weights():
    """Unbalanced cells: without balancing, the effect of the weights would pass for the roots'."""
    jitter = np.random.default_rng(1).normal(0, 0.1, (5, 3)).tolist()
    cells = [(True, "even"), (True, "even"), (False, "even"), (True, "falling"), (False, "falling")]
    rows = [
        row(
            f"r{i}",
            stable,
            [(90 if weights == "even" else 80) + d for d in jitter[i]],
            cells={"weights": weights},
        )
        for i, (stable, weights) in enumerate(cells)
    ]
    main = judge(claim("alike", balanced_over="weights"), table(rows))
    assert main.outcome is Outcome.EQUIVALENT
    assert main.details["difference"] == pytest.approx(0, abs=0.2)
    assert judge(claim("alike"), table(rows)).details["difference"] > 1


def test_an_inconclusive_contrast_says_how_many_seeds_would_decide():
    rows = [row("a", True, [90.0, 91.2, 92.0]), row("b", False, [89.5, 91.5, 91.5])]
    verdict = judge(claim("order"), table(rows))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "seeds a row would decide" in verdict.summary


def test_labels_are_descriptive_and_stand_beside_a_rival():
    """Ten methods at three depths stay ten: 210 labellings, not C(30, 18)."""
    rows = [
        replace(r, layers=depth, cells={"n_layers": str(depth)})
        for depth in (32, 44, 56)
        for r in ten_rows(92 + depth, 80 + depth)
    ]
    labels = judge(claim("order", balanced_over="n_layers"), table(rows)).details["labels"]
    assert labels["zero-stable"]["labellings"] == 210
    assert labels["zero-stable"]["share"] == pytest.approx(1 / 210, abs=1e-4)
    assert labels["zero-stable"]["difference"] == pytest.approx(12 - 0.5, abs=0.1)
    # α₀ = 0 and 1 of the ten: two of the six stable rows, so the label separates less.
    assert labels["Σ|α| < 3"]["gap"] < 0 < labels["zero-stable"]["gap"]
    few = judge(claim("order"), table(ten_rows(92, 80)[4:8]))
    assert "labels" not in few.details


def test_no_spread_is_no_certainty():
    rows = [row("a", True, [81.21, 81.21]), row("b", False, [81.2, 81.2])]
    verdict = judge(claim("order"), table(rows, seeds=2))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "no spread, so nothing is decided" in verdict.summary
    assert verdict.details["interval"] == [None, None]


def test_the_selection_can_flip_a_verdict_and_the_verdict_says_so():
    rows = [
        replace(r, measured={**r.measured, "best_on_test": {"test": {0: 50.0, 1: 51.0, 2: 52.0}}})
        for r in ten_rows(92, 80)
    ]
    verdict = judge(claim("order"), table(rows))
    assert verdict.outcome is Outcome.ORDER_HOLDS
    assert verdict.details["sensitivity"] == {"best_on_test": Outcome.INCONCLUSIVE}


def noisy(name, stable, clean, under_noise, jitter=0.1):
    columns = {
        NOISE_FREE: {seed: clean + 0.2 * seed for seed in range(3)},
        "gauss_sd0.01": {seed: under_noise + jitter * seed for seed in range(3)},
    }
    made = row(name, stable, [clean] * 3)
    return replace(made, measured={"last_epoch": columns, "best_on_test": columns})


def under_noise(stable, other):
    rows = [noisy(n, True, *stable) for n in "abc"] + [noisy(n, False, *other) for n in "de"]
    return table(rows, columns=(NOISE_FREE, "gauss_sd0.01"))


def test_a_drop_counts_against_a_row():
    evidence = under_noise((90, 88, 0.1), (80, 70, 0.3))
    smaller = judge(claim("order", value="drop"), evidence)
    assert smaller.outcome is Outcome.ORDER_HOLDS
    assert "7.80 points less loss under perturbation" in smaller.summary
    assert "[−8.30, −7.30]" in smaller.summary  # the interval has the sign of the words
    # The same rows, with the drops exchanged: more accurate under noise, yet losing more.
    evidence = under_noise((90, 80, 0.1), (72, 70, 0.3))
    assert judge(claim("order", value="drop"), evidence).outcome is Outcome.ORDER_REVERSED
    accurate = judge(claim("order", value="noisy_accuracy"), evidence)
    assert accurate.outcome is Outcome.ORDER_HOLDS
    # What would pass for robustness is said to be there without noise, and more so.
    assert "without perturbation the same contrast is +18.00" in accurate.summary
    assert "so the perturbation itself adds −8.20" in accurate.summary


def test_training_accuracy_stands_beside_what_is_said_of_test_images():
    fits = {s: {0: 70.0, 1: 71.0, 2: 72.5} for s in ("last_epoch", "best_on_test")}
    less = {s: {0: 60.0, 1: 61.5, 2: 62.0} for s in fits}
    rows = [replace(r, training=fits if r.zero_stable else less) for r in ten_rows(92, 80)]
    verdict = judge(claim("order"), table(rows))
    assert (
        "in training accuracy, the running mean of the last epoch, the same contrast is +10.00"
        in verdict.summary
    )


EVERY_KIND = [
    claim("order"),
    claim("alike"),
    claim("as_good"),
    claim("best"),
    claim("best", against="most"),
    claim("order", each="alpha"),
    claim("order", favoured="smaller_parasitic_modulus"),
    claim("equivalence"),
    claim("every_run", at_least=0.0, value="inside"),
    claim("predicts", predictor="relative branch weight", rival="small parasitic roots"),
]


def test_no_judge_is_left_out_below():
    assert {about.kind for about in EVERY_KIND} == set(_JUDGES)


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize(
    "about",
    EVERY_KIND,
    ids=lambda about: f"{about.kind}{about.each}{about.against}{'' if about.favoured else '-'}",
)
def test_every_judge_survives_few_runs(about, count):
    """One run a row, or the one that a divergence leaves, is too few seeds, never a traceback."""
    column = "inside" if about.kind == "every_run" else "test"
    moduli = {"modulus_1": "1.00", "modulus_2": "0.33", "modulus_3": "0.33"}
    rows = [
        row(
            name,
            name == "a",
            [90.0 + i + 0.3 * s * (i + 1) for s in range(count)],
            reported=90.0,
            column=column,
            cells={"alpha": name, **moduli, "modulus_2": f"0.{i + 1}"},
            method=f"({9 - i}/10, {i + 1}/10; 1)",
        )
        for i, name in enumerate("abcdefgh")
    ]
    for planned in (count, 3):
        diverged = tuple(range(count, planned))
        some = [replace(r, diverged=diverged) for r in rows]
        verdict = judge(about, table(some, seeds=planned, columns=(column,)))
        # Neither asks for a spread over the seeds.
        if about.kind not in ("every_run", "predicts") and count < 2:
            assert verdict.outcome in (Outcome.INSUFFICIENT_SEEDS, Outcome.NOT_RUN)
        assert verdict.summary


@pytest.mark.parametrize(
    ("shift", "outcome"),
    [(0.0, Outcome.REPRODUCED), (2.0, Outcome.DIFFERS), (0.6, Outcome.INCONCLUSIVE)],
)
def test_equivalence(shift, outcome):
    rows = [
        row(name, True, [90 + shift - 0.1, 90 + shift, 90 + shift + 0.1], reported=90.0)
        for name in "abcde"
    ]
    verdict = judge(claim("equivalence", margin=0.7 if shift else 0.75), table(rows))
    if shift == 0.6:
        assert verdict.details["cells"]["a, 32 layers"][0] == pytest.approx(0.6)
    assert verdict.outcome is outcome
    assert set(verdict.details["sensitivity"]) == {
        "half margin",
        "double margin",
        "reported SD dividing by n − 1",
        "our SD, pooled",
        "best_on_test",
    }
    assert 0 <= verdict.details["power"] <= 1


def test_noise_is_not_rewarded():
    """Six published runs of one network with a standard deviation of 0.5: they do not 'confirm' a
    reported 93.39 that they miss by a point."""
    published = [92.6, 92.71, 92.6, 93.11, 91.58, 92.05]
    rows = [row("a", True, published, reported=93.39)]
    verdict = judge(claim("equivalence", margin=0.5), table(rows, seeds=6))
    assert verdict.outcome is not Outcome.REPRODUCED


def test_a_family_that_only_diverged_has_lost():
    rows = [row("a", True, [90, 91, 90.5, 90.2]), row("b", False, [], diverged=(0, 1, 2, 3))]
    verdict = judge(claim("order"), table(rows, seeds=4))
    assert verdict.outcome is Outcome.ORDER_HOLDS
    assert verdict.summary.startswith("all 4 runs of the other rows diverged")
    assert verdict.details["diverged"] == {"b": 4}


def test_favoured_rows():
    stable, other = row("a", True, [1.0]), row("b", False, [1.0])
    assert is_favoured(claim("order"), stable)
    assert not is_favoured(claim("order"), other)
    assert is_favoured(claim("best"), stable)
    assert not is_favoured(claim("best"), other)
    with pytest.raises(ValueError, match="'prettiest' are unknown"):
        is_favoured(claim("order", favoured="prettiest"), stable)


def compared(level_a, level_b, depths=(20, 32), spread=1.0):
    """Two rows at each depth, three runs each; deeper networks are better."""
    return [
        row(
            name,
            True,
            [level + depth / 10 + spread * d for d in NOISE[i]],
            layers=depth,
            cells={"alpha": name, "n_layers": str(depth)},
        )
        for depth in depths
        for i, (name, level) in enumerate((("a", level_a), ("b", level_b)))
    ]


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (91, 90, Outcome.ORDER_HOLDS),
        (90, 91, Outcome.ORDER_REVERSED),
        (90.05, 90, Outcome.INCONCLUSIVE),
    ],
)
def test_rows_are_compared_within_a_depth(a, b, outcome):
    """A depth that only one of the two has would tilt a comparison over all rows."""
    within = claim("order", favoured={"alpha": "a"}, balanced_over="n_layers")
    rows = [*compared(a, b), compared(a, b, depths=(110,))[0]]
    verdict = judge(within, table(rows))
    assert verdict.outcome is outcome
    assert verdict.details["difference"] == pytest.approx(a - b, abs=0.02)


@pytest.mark.parametrize(
    ("a", "outcome"),
    [
        (90, Outcome.NOT_INFERIOR),
        (89.8, Outcome.NOT_INFERIOR),
        (88, Outcome.INFERIOR),
        (89.5, Outcome.INCONCLUSIVE),
    ],
)
def test_as_good_as_means_less_than_the_margin_behind(a, outcome):
    rows = compared(a, 90, depths=(32,), spread=0.3)
    competitive = claim("as_good", favoured={"alpha": "a"})
    verdict = judge(competitive, table(rows))
    assert verdict.outcome is outcome
    assert "margin 0.5" in verdict.summary


def test_a_number_without_a_deviation_counts_as_one_run():
    """Its interval is wider: the reported number is a single draw."""
    with_sd = [row("a", True, [90.0, 90.2, 90.4], reported=90.2)]
    alone = [row("a", True, [90.0, 90.2, 90.4], reported=90.2, deviation=None)]
    widths = []
    for rows in (with_sd, alone):
        low, high = judge(claim("equivalence"), table(rows)).details["cells"]["a, 32 layers"][1:]
        widths.append(high - low)
    # With three runs of theirs: a deviation of 0.2 that divides by n, beside ours of 0.2.
    sd = ((2 * 0.2**2 + 3 * 0.2**2) / 4) ** 0.5
    assert widths[0] == pytest.approx(2 * stats.t.ppf(0.95, 4) * sd * (2 / 3) ** 0.5, rel=1e-3)
    assert widths[1] == pytest.approx(2 * stats.t.ppf(0.95, 2) * 0.2 * (4 / 3) ** 0.5, rel=1e-3)


@pytest.mark.parametrize(
    ("rows", "profile", "outcome"),
    [
        ([row("a", True, [93.0, 93.1, 93.2], reported=93.1)], "paper", Outcome.REPRODUCED),
        ([row("a", True, [96.0, 96.1, 96.2], reported=93.1)], "paper", Outcome.DIFFERS),
        ([row("a", True, [90.0, 90.1, 90.2], reported=93.1)], "paper", Outcome.DIFFERS),
        ([row("a", True, [93.0, 93.1], reported=93.1)], "paper", Outcome.INSUFFICIENT_SEEDS),
        ([row("a", True, [], reported=93.1)], "paper", Outcome.NOT_RUN),
        (
            [row("a", True, [], reported=93.1, diverged=(0, 1, 2))],
            "paper",
            Outcome.INSUFFICIENT_SEEDS,
        ),
        (
            [row("a", True, [93.0, 93.1, 93.2], reported=93.1, same_images=False)],
            "paper",
            Outcome.BLOCKED,
        ),
        ([row("a", True, [93.0, 93.1, 93.2], reported=93.1)], "smoke", Outcome.SMOKE),
        ([row("a", True, [93.0, 93.1, 93.2], reported=93.1)], "mini", Outcome.NOT_RUN),
    ],
    ids=[
        *("equal", "better", "worse", "too few seeds", "none", "diverged"),
        *("wrong images", "smoke", "too small"),
    ],
)
def test_every_constructed_result_gets_its_verdict_and_no_other(rows, profile, outcome):
    verdict = judge(claim("equivalence", decided_from="paper"), table(rows, profile=profile))
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ({"at_least": 100}, Outcome.NOT_IN_EVERY_RUN),
        ({"at_least": 90}, Outcome.IN_EVERY_RUN),
        ({"at_most": 100}, Outcome.IN_EVERY_RUN),
        ({"at_most": 95}, Outcome.NOT_IN_EVERY_RUN),
    ],
)
def test_a_statement_about_every_run_needs_every_run(bounds, outcome):
    rows = [row("a", None, [100.0, 100.0, 90.0], column="inside")]
    about = claim("every_run", value="inside", **bounds)
    verdict = judge(about, table(rows, profile="mini", columns=("inside",)))
    assert verdict.outcome is outcome
    assert "percent of the blocks that end inside from 90 to 100" in verdict.summary
    assert bool(verdict.details["outside"]) == (outcome is Outcome.NOT_IN_EVERY_RUN)


def test_a_statement_about_every_run_is_open_where_one_diverged():
    rows = [row("a", None, [100.0, 100.0], column="inside", diverged=(2,))]
    for at_least, outcome in ((90, Outcome.INCONCLUSIVE), (101, Outcome.NOT_IN_EVERY_RUN)):
        about = claim("every_run", value="inside", at_least=at_least)
        verdict = judge(about, table(rows, profile="mini", columns=("inside",)))
        assert verdict.outcome is outcome
        assert "of 2 runs, 1 diverged; " in verdict.summary


def test_a_statement_about_every_run_needs_a_run_that_completed():
    rows = [row("a", None, [], column="inside", diverged=(0, 1, 2))]
    verdict = judge(
        claim("every_run", value="inside", at_least=100),
        table(rows, profile="mini", columns=("inside",)),
    )
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS
