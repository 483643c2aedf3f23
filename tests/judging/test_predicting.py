"""What predicts accuracy over methods drawn at random, from evidence made up."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.experiments.rows import all_tables
from zerosnet.judging.judge import judge
from zerosnet.judging.rank_correlations import p_of_difference
from zerosnet.judging.verdict import Outcome
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, parasitic_radius

HOLDS, OPEN, REVERSED = Outcome.ORDER_HOLDS, Outcome.INCONCLUSIVE, Outcome.ORDER_REVERSED
WEIGHT, ROOTS = "relative branch weight", "small parasitic roots"
#: (1 − k, k; 1 + k): the parasitic root is −k, and larger k means more weight.
MODULI = [Fraction(k, 10) for k in range(-9, 10, 2)]


def methods(accuracy, roots="zero-stable", moduli=MODULI, **fields):
    """Ten methods with the accuracies that a function of k gives."""
    return [
        replace(
            row(f"k{k}", True, [accuracy(k) - 0.1, accuracy(k) + 0.1], **fields),
            method=LinearMultistep((1 - k, k), 1 + k).label,
            cells={"roots": roots},
        )
        for k in moduli
    ]


def decided(made, **fields):
    return judge(claim("predicts", **fields), table(made, profile="mini", seeds=2))


@pytest.mark.parametrize(
    ("accuracy", "weight", "roots", "closer"),
    [
        (lambda k: 50 + 10 * float(k), HOLDS, OPEN, HOLDS),
        (lambda k: 50 - 10 * float(k), REVERSED, OPEN, OPEN),
        (lambda k: 50 - 10 * abs(float(k)), OPEN, HOLDS, REVERSED),
        # What goes the wrong way closely is not beaten by what goes no way at all.
        (lambda k: 50 + 10 * abs(float(k)), OPEN, REVERSED, OPEN),
    ],
)
def test_what_accuracy_goes_with(accuracy, weight, roots, closer):
    made = methods(accuracy)
    assert decided(made, predictor=WEIGHT).outcome is weight
    assert decided(made, predictor=ROOTS).outcome is roots
    against = decided(made, predictor=WEIGHT, rival=ROOTS)
    assert against.outcome is closer
    # Neither way round: no p-value that a correction over claims could take for evidence.
    assert (against.details["p_value"] == 1) == (closer is OPEN)


def test_the_verdict_says_over_how_many_methods_and_how_closely():
    verdict = decided(methods(lambda k: 50 + 10 * float(k)), predictor=WEIGHT, rival=ROOTS)
    assert verdict.summary.startswith("over 10 methods accuracy has the rank correlation +1.00 [")
    assert f"with {WEIGHT}; " in verdict.summary
    assert verdict.summary.endswith(f"with {ROOTS}; of their difference p < 0.0001")
    assert set(verdict.details["correlations"]) == {WEIGHT, ROOTS}
    assert verdict.details["correlations"][WEIGHT]["value"] == 1
    assert 0 < verdict.details["p_value"] < 0.05


def test_zero_stability_is_a_label():
    apart = methods(lambda k: 50 + float(k))[::2]
    apart += methods(lambda k: 40 + float(k), moduli=[Fraction(k, 10) for k in range(11, 20, 2)])
    assert decided(apart, predictor="zero stability").outcome is Outcome.ORDER_HOLDS
    alike = methods(lambda k: 50 + float(k))
    verdict = decided(alike, predictor="zero stability")
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert "all 10 methods have one value" in verdict.summary


def test_a_label_has_no_interval():
    made = methods(lambda k: 50 + float(k))[::2]
    made += methods(lambda k: 40 + float(k), moduli=[Fraction(k, 10) for k in range(11, 20, 2)])
    verdict = decided(made, predictor="zero stability")
    assert "(at most ±0.87) with zero stability" in verdict.summary
    assert verdict.details["correlations"]["zero stability"]["interval"] == [None, None]


def test_few_methods_decide_nothing():
    verdict = decided(methods(lambda k: 50 + float(k))[:7], predictor=WEIGHT)
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert "7 methods are too few" in verdict.summary


def test_a_claim_about_some_of_them_takes_these():
    made = methods(lambda k: 50 + float(k))
    made += methods(lambda k: 90 - float(k), roots="not zero-stable")
    some = decided(made, predictor=WEIGHT, rows={"roots": "zero-stable"})
    assert some.details["correlations"][WEIGHT]["value"] == 1
    assert some.details["rows_compared"] == 10


def test_a_run_that_diverged_is_worse_than_any_that_did_not():
    rows = methods(lambda k: 50 + float(k))
    rows[-1] = replace(rows[-1], measured=methods(lambda _: 0)[0].measured, diverged=())
    lost = methods(lambda k: 50 + float(k))
    lost[-1] = replace(lost[-1], measured=row("", True, []).measured, diverged=(0, 1))
    one, other = (decided(some, predictor=WEIGHT) for some in (rows, lost))
    assert one.details["correlations"] == other.details["correlations"]


def test_every_run_that_diverged_counts_as_one():
    rows = methods(lambda k: 40 + float(k))
    one, all_lost = (
        decided(
            [*rows[:-1], replace(rows[-1], measured=row("", True, runs).measured, diverged=lost)],
            predictor=WEIGHT,
        )
        # With 0 % twice, 90 % are 30 on average: less than any other method has.
        for runs, lost in (([90.0], (1, 2)), ([], (0, 1, 2)))
    )
    assert one.details["correlations"] == all_lost.details["correlations"]


def test_missing_runs_leave_it_open():
    rows = methods(lambda k: 50 + float(k))
    rows[0] = replace(rows[0], measured=row("", True, [50.0]).measured)
    assert decided(rows, predictor=WEIGHT).outcome is Outcome.INSUFFICIENT_SEEDS


def test_the_methods_of_the_stage_are_those_that_were_drawn(project):
    """The draw itself: anybody can draw them again, and nobody has picked among them."""
    rng, drawn, seen = random.Random(2022), {True: [], False: []}, set()
    while any(len(some) < 12 for some in drawn.values()):
        second, third = (Fraction(rng.randrange(-20, 21), 10) for _ in range(2))
        beta = 1 + second + 2 * third
        if (second, third) in seen or beta == 0 or third == 0:
            continue
        seen.add((second, third))
        method = LinearMultistep((1 - second - third, second, third), beta)
        if len(some := drawn[is_zero_stable(method)]) < 12:
            some.append(method)
    rows = all_tables(project)["random_methods"].rows
    expected = [*drawn[True], *drawn[False]]
    assert [row["row"] for row in rows] == [method.label for method in expected]
    kinds = ["zero-stable"] * 12 + ["not zero-stable"] * 12
    assert [row["roots"] for row in rows] == kinds
    for cells, method in zip(rows, expected, strict=True):
        *alphas, beta = map(Fraction, cells["method"].split())
        assert LinearMultistep(alphas, beta) == method
        assert (parasitic_radius(method) <= 1) or cells["roots"] == "not zero-stable"


def test_a_rival_that_goes_the_other_way_as_closely_is_not_beaten():
    """Signed correlations differ by much, closeness does not."""
    generator = random.Random(5)
    k = [Fraction(n, 40) for n in range(-36, 37, 3)]
    # Accuracy follows the weight and, as much, large roots.
    noise = {x: generator.gauss(0, 3) for x in k}
    made = methods(lambda x: 50 + 8 * float(x) + 14 * abs(float(x)) + noise[x], moduli=k)
    verdict = decided(made, predictor=WEIGHT, rival=ROOTS)
    found = {name: one["value"] for name, one in verdict.details["correlations"].items()}
    assert found[WEIGHT] > 0.4
    assert found[ROOTS] < -0.4
    assert verdict.outcome is OPEN
    first, rival, accuracies = [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [1, 3, 2, 4, 6, 5]
    assert p_of_difference(first, rival, accuracies) < 0.05
