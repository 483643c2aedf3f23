"""The judges: on evidence that must hold, must fail, and must leave it open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.judging.judge import is_favoured, judge
from zerosnet.judging.verdict import Outcome


def ten_rows(stable, unstable, noise=(-0.3, 0.0, 0.3)):
    """Six stable rows and four others, around two levels."""
    names = "abcdefghij"
    return [
        row(
            names[i],
            i < 6,
            [(stable if i < 6 else unstable) + 0.1 * i + deviation for deviation in noise],
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
@pytest.mark.parametrize("test", ["permutation", "contrast"])
def test_orders(test, stable, unstable, outcome):
    verdict = judge(claim("order", test=test), table(ten_rows(stable, unstable), profile="mini"))
    assert verdict.outcome is outcome
    assert verdict.details["sensitivity"] == {"best_on_test": outcome}


def test_an_inconclusive_contrast_says_how_many_seeds_would_decide():
    rows = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [89.5, 90.5, 91.5])]
    verdict = judge(claim("order", test="contrast"), table(rows))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "seeds a row would decide" in verdict.summary


def test_a_permutation_counts_a_method_once_whatever_its_depths():
    """Ten methods at three depths stay ten units: 210 labellings, not C(30, 18)."""
    rows = [
        replace(r, layers=depth, label=r.label)
        for depth in (32, 44, 56)
        for r in ten_rows(92 + depth, 80 + depth)
    ]
    verdict = judge(claim("order"), table(rows))
    assert verdict.details["labellings"] == 210
    assert verdict.details["p_holds"] == pytest.approx(1 / 210, abs=1e-4)
    assert verdict.details["difference"] == pytest.approx(12 - 0.5, abs=0.1)


def test_the_selection_can_flip_a_verdict_and_the_verdict_says_so():
    rows = [
        replace(r, measured={**r.measured, "best_on_test": {"test": {0: 50.0, 1: 51.0, 2: 52.0}}})
        for r in ten_rows(92, 80)
    ]
    verdict = judge(claim("order"), table(rows))
    assert verdict.outcome is Outcome.ORDER_HOLDS
    assert verdict.details["sensitivity"] == {"best_on_test": Outcome.INCONCLUSIVE}


def noisy(name, stable, clean, under_noise):
    columns = {
        NOISE_FREE: dict.fromkeys(range(3), clean),
        "gauss_sd0.01": {seed: under_noise + 0.1 * seed for seed in range(3)},
    }
    made = row(name, stable, [clean] * 3)
    return replace(made, measured={"last_epoch": columns, "best_on_test": columns})


def test_a_drop_counts_against_a_row():
    rows = [noisy(n, True, 90, 88) for n in "abc"] + [noisy(n, False, 80, 70) for n in "de"]
    evidence = table(rows, columns=(NOISE_FREE, "gauss_sd0.01"))
    smaller = judge(claim("order", value="drop", test="contrast"), evidence)
    assert smaller.outcome is Outcome.ORDER_HOLDS
    assert "8.00 points less loss under perturbation" in smaller.summary
    # The same rows, with the drops exchanged: more accurate under noise, yet losing more.
    rows = [noisy(n, True, 90, 80) for n in "abc"] + [noisy(n, False, 72, 70) for n in "de"]
    evidence = table(rows, columns=(NOISE_FREE, "gauss_sd0.01"))
    larger = judge(claim("order", value="drop", test="contrast"), evidence)
    assert larger.outcome is Outcome.ORDER_REVERSED
    accurate = judge(claim("order", value="noisy_accuracy", test="contrast"), evidence)
    assert accurate.outcome is Outcome.ORDER_HOLDS


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
    rows = [row("a", True, [89.7, 90.0, 90.3])]
    rows += [row(n, True, [v - 0.3, v, v + 0.3]) for n, v in zip("bcd", others, strict=True)]
    verdict = judge(claim("best", against=against), table(rows))
    assert verdict.outcome is outcome
    assert len(verdict.details["pairs"]) == 3


def test_the_best_row_is_compared_within_its_depth():
    rows = [
        row(name, True, [level - 0.1, level, level + 0.1], layers=depth)
        for depth, lift in ((32, 0), (56, 50))
        for name, level in (("a", 30 + lift), ("b", 29 + lift))
    ]
    assert judge(claim("best"), table(rows)).outcome is Outcome.ORDER_HOLDS


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
        "own SD",
        "pooled SD",
        "best_on_test",
    }
    assert 0 <= verdict.details["power"] <= 1


def test_one_cell_surely_missed_is_enough_to_differ():
    rows = [row(n, True, [90.0, 90.1, 90.2], reported=90.1) for n in "abcd"]
    rows.append(row("e", True, [90.0, 90.1, 90.2], reported=95.0))
    verdict = judge(claim("equivalence"), table(rows))
    assert verdict.outcome is Outcome.DIFFERS
    assert verdict.summary.startswith("4 of 5 reported means met within ±0.75 points, 1 surely")


def test_noise_is_not_rewarded():
    """Six published runs of one network with a standard deviation of 0.5: they do not 'confirm' a
    reported 93.39 that they miss by a point."""
    published = [92.6, 92.71, 92.6, 93.11, 91.58, 92.05]
    rows = [row("a", True, published, reported=93.39)]
    verdict = judge(claim("equivalence", margin=0.5), table(rows, seeds=6))
    assert verdict.outcome is not Outcome.REPRODUCED


def test_a_family_that_only_diverged_leaves_nothing_to_compare():
    rows = [row("a", True, [90.0, 91.0]), row("b", False, [], diverged=(0, 1))]
    for test in ("permutation", "contrast"):
        verdict = judge(claim("order", test=test), table(rows, seeds=2))
        assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS
        assert verdict.details["diverged"] == {"b": 2}


def test_favoured_rows():
    stable, other = row("a", True, [1.0]), row("b", False, [1.0])
    assert is_favoured(claim("order"), stable)
    assert not is_favoured(claim("order"), other)
    assert is_favoured(claim("best"), stable)
    assert not is_favoured(claim("best"), other)
    with pytest.raises(ValueError, match="'prettiest' are unknown"):
        is_favoured(claim("order", favoured="prettiest"), stable)


def compared(level_a, level_b, depths=(20, 32), spread=0.2):
    """Two rows at each depth, three runs each; deeper networks are better."""
    return [
        row(
            name,
            True,
            [level + depth / 10 + spread * (seed - 1) for seed in range(3)],
            layers=depth,
        )
        for depth in depths
        for name, level in (("a", level_a), ("b", level_b))
    ]


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (91, 90, Outcome.ORDER_HOLDS),
        (90, 91, Outcome.ORDER_REVERSED),
        (90.05, 90, Outcome.INCONCLUSIVE),
    ],
)
def test_runs_are_exchanged_within_a_depth(a, b, outcome):
    """Depths differ by 1.2 points, which no pooled comparison would survive."""
    stratified = claim("order", test="stratified", favoured={"alpha": "a"})
    verdict = judge(stratified, table(compared(a, b)))
    assert verdict.outcome is outcome
    assert "exact permutation of 12 runs within 2 depths" in verdict.summary
    if outcome is Outcome.ORDER_HOLDS:
        assert verdict.details["p_holds"] == pytest.approx(1 / 400, abs=1e-4)


def by_modulus(gaps, layers=44):
    """Rows of table 7, the smallest modulus first."""
    return [
        row(
            modulus,
            True,
            [gap - 0.1, gap, gap + 0.1],
            column="gap",
            layers=layers,
            cells={"modulus_1": "1.00", "modulus_2": modulus, "modulus_3": modulus},
        )
        for modulus, gap in zip(("0.33", "0.52", "0.87"), gaps, strict=True)
    ]


@pytest.mark.parametrize(
    ("gaps", "outcome"),
    [
        ((20, 21, 22), Outcome.ORDER_HOLDS),
        ((22, 21, 20), Outcome.ORDER_REVERSED),
        ((21.02, 21, 21.01), Outcome.INCONCLUSIVE),
    ],
)
def test_smaller_moduli_go_with_smaller_gaps(gaps, outcome):
    trend = claim("order", test="stratified", value="gap", favoured="smaller_parasitic_modulus")
    verdict = judge(trend, table(by_modulus(gaps), columns=("gap",)))
    assert verdict.outcome is outcome
    if outcome is Outcome.ORDER_HOLDS:
        assert "the smallest modulus has 2.00 points less generalization gap" in verdict.summary


@pytest.mark.parametrize(
    ("a", "outcome"),
    [
        (90, Outcome.ORDER_HOLDS),
        (89.7, Outcome.ORDER_HOLDS),
        (88, Outcome.ORDER_REVERSED),
        (89.5, Outcome.INCONCLUSIVE),
    ],
)
def test_as_good_as_means_less_than_the_margin_behind(a, outcome):
    rows = compared(a, 90, depths=(32,), spread=0.05)
    competitive = claim(
        "order", test="contrast", favoured={"alpha": "a"}, margin=0.5, reason="a test"
    )
    verdict = judge(competitive, table(rows))
    assert verdict.outcome is outcome
    assert "0.5 points less would do" in verdict.summary


def test_a_number_without_a_deviation_counts_as_one_run():
    """Its interval is wider: the reported number is a single draw."""
    with_sd = [row("a", True, [90.0, 90.2, 90.4], reported=90.2)]
    alone = [row("a", True, [90.0, 90.2, 90.4], reported=90.2, deviation=None)]
    widths = []
    for rows in (with_sd, alone):
        low, high = judge(claim("equivalence"), table(rows)).details["cells"]["a, 32 layers"][1:]
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] * (4 / 3) ** 0.5 / (2 / 3) ** 0.5, rel=1e-3)


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
        ({"at_least": 100}, Outcome.DIFFERS),
        ({"at_least": 90}, Outcome.REPRODUCED),
        ({"at_most": 100}, Outcome.REPRODUCED),
        ({"at_most": 95}, Outcome.DIFFERS),
    ],
)
def test_a_statement_about_every_run_needs_every_run(bounds, outcome):
    rows = [row("a", None, [100.0, 100.0, 90.0], column="inside")]
    about = claim("every_run", value="inside", **bounds)
    verdict = judge(about, table(rows, profile="mini", columns=("inside",)))
    assert verdict.outcome is outcome
    assert "percent of the blocks that end inside from 90 to 100" in verdict.summary
    assert bool(verdict.details["outside"]) == (outcome is Outcome.DIFFERS)


def test_a_statement_about_every_run_needs_a_run_that_completed():
    rows = [row("a", None, [], column="inside", diverged=(0, 1, 2))]
    verdict = judge(
        claim("every_run", value="inside", at_least=100),
        table(rows, profile="mini", columns=("inside",)),
    )
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS
