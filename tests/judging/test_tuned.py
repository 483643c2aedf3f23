"""Networks at their best settings: chosen on held-out images, judged without favour."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_at_hand import NOISE, claim, row, table
from simulated import binomial_bounds

from zerosnet.judging.judge import judge
from zerosnet.judging.statistics import LEVEL
from zerosnet.judging.tuned import tuned_rows
from zerosnet.judging.verdict import Outcome

RATES = ("0.1", "0.2", "0.4")
EPOCH = "last_epoch"


def about(kind="order", **fields):
    given = {"favoured": "zero_stable", "best_over": "learning_rate", **fields}
    return claim(kind, **given)


def at_rates(method, stable, by_rate, held_out=None, column="test", diverged=None):
    """One network: runs by rate, and what they reach on held-out images, by default the same."""
    rows = []
    for rate, runs, looks in zip(RATES, by_rate, held_out or by_rate, strict=True):
        entry = row(
            f"{method} at {rate}",
            stable,
            runs,
            column=column,
            method=method,
            cells={"row": f"{method} at {rate}", "method": method, "learning_rate": rate},
            diverged=(diverged or {}).get(rate, ()),
        )
        for selection in entry.measured.values():
            selection["held_out"] = dict(enumerate(looks))
        rows.append(entry)
    return rows


def noisy(mean, number=0):
    return [mean + noise for noise in NOISE[number]]


def test_each_network_counts_at_its_own_best_rate():
    rows = at_rates("a", True, [noisy(70), noisy(60), noisy(50)])
    rows += at_rates("b", False, [noisy(50), noisy(60), noisy(72, 1)])
    verdict = judge(about(), table(rows))
    assert verdict.outcome is Outcome.ORDER_REVERSED
    assert verdict.details["difference"] == pytest.approx(-2)
    assert verdict.details["chosen"] == {"a": "0.1", "b": "0.4"}
    assert verdict.summary.endswith(
        "learning rate by held-out images: a 0.1, an end of the grid; b 0.4, an end of the grid"
    )


def test_test_images_take_no_part_in_the_choice():
    rows = at_rates(
        "a",
        True,
        [noisy(60), noisy(70), noisy(50)],
        held_out=[noisy(90), noisy(80), noisy(70)],
    )
    (tuned,) = tuned_rows(about(), rows, EPOCH)
    assert tuned.chosen == "0.1"
    assert tuned.row.values("accuracy", EPOCH) == dict(enumerate(noisy(60)))


def test_a_seed_has_no_say_in_its_own_setting():
    """Seed 0 alone is best at 0.4: by its own images it would be chosen for it."""
    looks = [[50.0, 60.0, 60.0], [0.0, 0.0, 0.0], [90.0, 10.0, 10.0]]
    rows = at_rates("a", True, [noisy(60), noisy(70), noisy(80)], held_out=looks)
    (tuned,) = tuned_rows(about(), rows, EPOCH)
    assert tuned.settings == {0: "0.1", 1: "0.1", 2: "0.1"}
    looks[2] = [80.0, 80.0, 10.0]
    rows = at_rates("a", True, [noisy(60), noisy(70), noisy(80)], held_out=looks)
    (tuned,) = tuned_rows(about(), rows, EPOCH)
    # Of seeds 1 and 2 the means are 60, 0 and 45; of 0 and 2, 55 and 45; of 0 and 1, 55 and 80.
    assert tuned.settings == {0: "0.1", 1: "0.1", 2: "0.4"}
    assert tuned.row.values("accuracy", EPOCH) == {0: noisy(60)[0], 1: 60.0, 2: noisy(80)[2]}
    assert tuned.told == "a 0.1 or 0.4, an end of the grid"


def test_of_equal_settings_the_middle_one_is_taken():
    (tuned,) = tuned_rows(about(), at_rates("a", True, [noisy(60)] * 3), EPOCH)
    assert tuned.chosen == "0.2"


def test_settings_are_equal_whatever_order_their_seeds_are_added_in():
    # Both means of the first four are 48.2, but for the last digit of a floating-point number.
    rates = [[82.2, 55.6, 45.8, 9.2, 0.0], [8.2, 32.6, 89.6, 62.4, 0.0], [0.0] * 5]
    (tuned,) = tuned_rows(about(), at_rates("a", True, rates), EPOCH)
    assert tuned.settings[4] == "0.2"


def test_a_rate_at_which_runs_diverge_is_not_chosen():
    rows = at_rates("a", True, [noisy(50), [90.0, 90.0], noisy(40)], diverged={"0.2": (2,)})
    (tuned,) = tuned_rows(about(), rows, EPOCH)
    assert tuned.chosen == "0.1"
    assert tuned.row.diverged == ()


def test_a_seed_that_diverged_at_every_rate_has_diverged():
    lost = dict.fromkeys(RATES, (2,))
    rows = at_rates("a", True, [[50.0, 50.1], [60.0, 60.1], [40.0, 40.1]], diverged=lost)
    (tuned,) = tuned_rows(about(), rows, EPOCH)
    assert tuned.row.diverged == (2,)


def test_an_inner_rate_is_no_end_of_the_grid():
    (tuned,) = tuned_rows(about(), at_rates("a", True, [noisy(50), noisy(60), noisy(40)]), EPOCH)
    assert tuned.told == "a 0.2"


def test_networks_differ_by_every_other_cell():
    rows = at_rates("a", True, [noisy(50), noisy(60), noisy(40)])
    for number, entry in enumerate(at_rates("a", True, [noisy(50), noisy(60), noisy(70)])):
        entry.cells["augmentation"] = "none"
        rows.insert(2 * number, entry)
    assert sorted(one.chosen for one in tuned_rows(about(), rows, EPOCH)) == ["0.2", "0.4"]


def test_what_is_not_reached_is_not_compared():
    looks = [noisy(50)] * 3
    rows = at_rates("a", True, [noisy(60)] * 3, looks, column="fitted")
    rows += at_rates("b", False, [[50.0, 50.1]] * 3, looks, column="fitted")
    verdict = judge(about(value="fitted"), table(rows))
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert verdict.summary.endswith("learning rate: b: 2 of 3 seeds")


def test_runs_that_are_missing_are_missed():
    rows = at_rates("a", True, [noisy(60)] * 3) + at_rates("b", False, [noisy(60), noisy(60), []])
    assert judge(about(), table(rows)).outcome is Outcome.INSUFFICIENT_SEEDS


def test_nothing_that_diverged_everywhere_is_compared():
    all_of_them = dict.fromkeys(RATES, (0, 1, 2, 3))
    rows = at_rates("a", True, [[*noisy(60), 60.2]] * 3) + at_rates(
        "b", False, [[]] * 3, diverged=all_of_them
    )
    verdict = judge(about(), table(rows, seeds=4))
    assert verdict.outcome is Outcome.ORDER_HOLDS
    assert verdict.summary.startswith("all 4 runs of the other rows diverged")
    verdict = judge(about("alike"), table(rows, seeds=4))
    assert verdict.outcome is Outcome.DIFFERS


def test_a_run_that_diverged_at_the_best_setting_is_one_that_diverged():
    """Not one that never got where it would be compared."""
    lost = {rate: (seed,) for seed, rate in enumerate(RATES)}
    rows = at_rates("a", True, [[]] * 3, diverged=lost)
    for number, (entry, rate) in enumerate(zip(rows, RATES, strict=True)):
        entry.keys.update({seed: f"key{seed}" for seed in range(5)})
        values = {
            seed: 60 + (number == 1) + 0.1 * seed for seed in range(5) if seed not in lost[rate]
        }
        for selection in entry.measured.values():
            selection.update(test=values, held_out=values)
    rows += at_rates("b", False, [[58.0, 58.2, 58.1, 58.3, 58.2]] * 3)
    verdict = judge(about(), table(rows, seeds=5))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "1 of 5 runs of the favoured rows diverged and 0 of 5 of the others" in verdict.summary


LENGTHS = ("1/4", "1/2", "1")


def at_lengths(method, stable, losses, accuracies):
    """One network at one rate: means by length, each with a little noise."""
    rows = []
    for length, loss, accuracy in zip(LENGTHS, losses, accuracies, strict=True):
        (entry, *_) = at_rates(method, stable, [noisy(accuracy)] * 3)
        entry.cells.update(row=f"{method} for {length}", length=length)
        for selection in entry.measured.values():
            selection["fit_loss"] = dict.fromkeys(range(3), loss)
        rows.append(entry)
    return rows


def at_equal_loss_of(kind="order", **fields):
    return about(kind, value="at_equal_loss", along="length", **fields)


def test_networks_are_compared_where_they_fit_alike():
    """One trains twice as fast and generalizes alike: both have 60 % at a loss of 1."""
    fast = at_lengths("fast", True, [2.0, 1.0, 0.5], [50, 60, 70])
    slow = at_lengths("slow", False, [4.0, 2.0, 1.0], [40, 50, 60])
    verdict = judge(at_equal_loss_of("alike"), table([*fast, *slow]))
    # All pass the losses from 1 to 2; in the middle both have 55 %.
    assert verdict.details["training_loss"] == pytest.approx(2**0.5, abs=1e-4)
    assert verdict.details["difference"] == pytest.approx(0, abs=0.01)
    assert judge(about(rows={"length": "1"}), table([*fast, *slow])).details["difference"] == 10
    better = at_lengths("slow", False, [4.0, 2.0, 1.0], [45, 55, 65])
    verdict = judge(at_equal_loss_of(), table([*fast, *better]))
    assert verdict.details["difference"] == pytest.approx(-5, abs=0.01)
    assert "at a training loss of 1.41, the middle of those that all pass" in verdict.summary


def test_networks_without_a_common_loss_are_not_compared():
    fast = at_lengths("fast", True, [1.0, 0.5, 0.2], [50, 60, 70])
    slow = at_lengths("slow", False, [4.0, 2.0, 1.1], [40, 50, 60])
    verdict = judge(at_equal_loss_of(), table([*fast, *slow]))
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert verdict.summary.startswith("no training loss is passed by all networks")


@pytest.mark.parametrize(("settings", "shared"), [((3, 3), 0.0), ((3, 3), 0.5), ((1, 3), 0.0)])
def test_the_best_of_many_is_not_favoured(settings, shared):
    """No rate and no network is better: the level is kept.

    Args:
        settings: rates of either network.
        shared: SD of what a run's luck adds to both its accuracies; the rest is the images' own.
    """
    draws, seeds = 1200, 5
    generator = np.random.default_rng(20)
    decided = {Outcome.ORDER_HOLDS: 0, Outcome.ORDER_REVERSED: 0}
    for _ in range(draws):
        rows = []
        for (method, stable), count in zip((("a", True), ("b", False)), settings, strict=True):
            luck = generator.normal(60, shared, (3, seeds))
            tested, looked = luck + generator.normal(0, 0.5, (2, 3, seeds))
            rows += at_rates(method, stable, tested.tolist(), looked.tolist())[:count]
        outcome = judge(about(), table(rows, seeds=seeds)).outcome
        if outcome in decided:
            decided[outcome] += 1
    _, high = binomial_bounds(LEVEL / 2, draws)
    assert all(count / draws <= high for count in decided.values()), decided
