"""Reported numbers, cell by cell, and what follows for the table: made up and simulated."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from evidence_at_hand import claim, row, table
from scipy import stats
from simulated import binomial_bounds

from zerosnet.judging.cells import Cell, Checks, counted, estimates_of, spread_of
from zerosnet.judging.judge import judge
from zerosnet.judging.statistics import LEVEL, Spread, difference_from_reported, tost_power
from zerosnet.judging.verdict import Outcome

RUNS, SD, MARGIN = 3, 0.2, 0.75


def test_one_cell_that_is_missed_is_enough_to_differ():
    rows = [row(n, True, [90.0, 90.1, 90.2], reported=90.1) for n in "abcd"]
    rows.append(row("e", True, [90.0, 90.1, 90.2], reported=95.0))
    verdict = judge(claim("equivalence"), table(rows))
    assert verdict.outcome is Outcome.DIFFERS
    assert verdict.summary.startswith(
        "5 of 5 cells checked, 4 reproduced within ±0.75 points, 1 different"
    )
    assert verdict.details["cell_verdicts"]["e, 32 layers"] is Outcome.DIFFERS


def test_cells_that_nobody_ran_are_counted_and_nothing_follows_from_them():
    rows = [row(n, True, [90.0, 90.1, 90.2], reported=90.1) for n in "ab"]
    rows += [
        row("c", True, [], reported=90.0),
        row("d", True, [90.0, 90.1], reported=90.0),
        row("e", True, [], reported=90.0, diverged=(0, 1, 2)),
        row("f", True, [80.0, 80.1, 80.2], reported=90.0, same_images=False),
    ]
    verdict = judge(claim("equivalence"), table(rows))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.summary.startswith("2 of 6 cells checked, 2 reproduced")
    outcomes = [str(o) for o in verdict.details["cell_verdicts"].values()]
    assert outcomes == [
        *("REPRODUCED", "REPRODUCED", "NOT-RUN", "INSUFFICIENT-SEEDS", "INSUFFICIENT-SEEDS"),
        "BLOCKED",
    ]
    assert counted(verdict.details["cell_verdicts"]).startswith("REPRODUCED 2, INSUFFICIENT-SEEDS")


def test_rows_that_a_profile_leaves_out_are_numbers_that_nobody_ran():
    """One row of five is not the table, whatever comes out of it."""
    met = table([row("a", True, [90.0, 90.1, 90.2], reported=90.1)])
    verdict = judge(claim("equivalence"), met, 5)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.summary.startswith("1 of 5 cells checked, 1 reproduced")
    assert judge(claim("equivalence"), met, 1).outcome is Outcome.REPRODUCED
    missed = table([row("a", True, [90.0, 90.1, 90.2], reported=95.0)])
    assert judge(claim("equivalence"), missed, 5).outcome is Outcome.DIFFERS
    nothing = judge(claim("equivalence"), table([row("a", True, [90.0], reported=90.0)]), 5)
    assert nothing.summary.startswith("0 of 5 cells checked")


def test_a_table_without_a_checked_cell_says_how_far_the_furthest_one_is():
    begun = [row("a", True, [], reported=90.0), row("b", True, [90.0, 90.1], reported=90.0)]
    found = judge(claim("equivalence"), table(begun))
    assert found.outcome is Outcome.INSUFFICIENT_SEEDS
    assert found.summary.endswith("none has enough completed runs (2 of 3 at most)")
    lost = [begun[0], row("c", True, [], reported=90.0, diverged=(0, 1, 2))]
    assert "(0 of 3 at most)" in judge(claim("equivalence"), table(lost)).summary
    smaller = row("e", True, [80.0, 80.1, 80.2], reported=90.0, same_images=False)
    assert "(2 of 3 at most)" in judge(claim("equivalence"), table([*begun, smaller])).summary
    others = [begun[0], row("d", True, [90.0, 90.1, 90.2], reported=None)]
    found = judge(claim("equivalence"), table(others))
    assert found.summary == "0 of 1 cells checked: no run is on record"


def test_every_cell_says_what_other_choices_would_say_of_it():
    """By the last epoch it is open, by the best one, which the released code has, it is met."""
    runs, best = [89.2, 89.4, 89.6], [89.9, 90.0, 90.1]
    rows = [row("a", True, runs, best=best, reported=90.0), row("b", True, [], reported=90.0)]
    details = judge(claim("equivalence"), table(rows)).details
    assert details["cell_verdicts"]["a, 32 layers"] is Outcome.INCONCLUSIVE
    assert details["cell_sensitivity"] == {
        "a, 32 layers": {
            "half margin": Outcome.INCONCLUSIVE,
            "double margin": Outcome.REPRODUCED,
            "reported SD dividing by n − 1": Outcome.INCONCLUSIVE,
            "our SD, pooled": Outcome.INCONCLUSIVE,
            "best_on_test": Outcome.REPRODUCED,
        }
    }


def test_the_power_of_a_cell_is_that_of_its_own_test():
    """By the deviation of our runs and the reported ones together, not by ours alone."""
    ours, printed = [90.0, 90.2, 90.4], 0.35
    met = row("a", True, ours, reported=90.2, deviation=printed)
    details = judge(claim("equivalence", margin=1.0), table([met])).details
    spread = spread_of(Cell("a", tuple(ours), 3, 90.2, 3, printed))
    assert details["power"] == pytest.approx(tost_power(1.0, 3, 3, spread, LEVEL), abs=1e-3)
    assert details["power"] < tost_power(1.0, 3, 3, Spread(0.2, 4), LEVEL) - 0.1
    collapsed = row("c", True, [10.0] * 3, reported=90.0)
    assert judge(claim("equivalence"), table([met, collapsed])).details["power"] == 0


def test_a_cell_that_differs_decides_a_table_that_is_not_whole():
    rows = [
        row("a", True, [90.0, 90.1, 90.2], reported=99.0),
        row("b", True, [], reported=90.0),
    ]
    assert judge(claim("equivalence"), table(rows)).outcome is Outcome.DIFFERS


def test_a_row_that_collapsed_decides_nothing():
    """Ten percent in every run: its spread is unknown, and does not sharpen the others'."""
    rows = [row(n, True, [90.0, 90.3, 90.5], reported=90.1) for n in "ab"]
    rows.append(row("c", True, [10.0] * 3, reported=90.0))
    verdict = judge(claim("equivalence"), table(rows))
    assert verdict.details["cell_verdicts"]["c, 32 layers"] is Outcome.INCONCLUSIVE
    assert verdict.details["cells"]["c, 32 layers"] == [-80.0, None, None]


def simulated(shifts, draws=200, seed=0, sds=SD):
    """Checks of simulated tables: the paper's means are draws of three runs, as ours are."""
    generator = np.random.default_rng(seed)
    spreads = np.broadcast_to(sds, len(shifts))[:, None]
    ours = generator.normal(size=(draws, len(shifts), RUNS)) * spreads
    ours += np.asarray(shifts)[:, None]
    theirs = generator.normal(size=(draws, len(shifts), RUNS)) * spreads
    for values, reported in zip(ours.tolist(), theirs, strict=True):
        means, deviations = reported.mean(axis=1).tolist(), reported.std(axis=1).tolist()
        cells = [
            Cell(str(i), tuple(runs), RUNS, mean, RUNS, deviation)
            for i, (runs, mean, deviation) in enumerate(zip(values, means, deviations, strict=True))
        ]
        yield Checks(estimates_of(cells, spread_of), MARGIN, LEVEL, "holm")


def outcomes(shifts, **settings):
    """Verdicts on such tables."""
    return [checks.of_table(len(shifts))[0] for checks in simulated(shifts, **settings)]


@pytest.mark.parametrize("cells", [1, 30])
def test_a_table_whose_cells_are_all_at_the_margin_is_said_to_differ_in_5_percent(cells):
    """Without a correction it would be 79 % of tables of thirty."""
    found = outcomes([MARGIN] * cells, seed=cells)
    assert found.count(Outcome.DIFFERS) / len(found) <= binomial_bounds(LEVEL, len(found))[1]


#: Deviations as unlike as those that table 6 prints, from 0.06 to 3.94 points.
UNLIKE = np.geomspace(0.06, 3.94, 30)


@pytest.mark.parametrize("shift", [0.0, MARGIN])
def test_a_table_of_unlike_deviations_is_said_to_differ_in_5_percent(shift):
    """With one deviation for all cells it would be one of five where nothing differs at all."""
    found = outcomes([shift] * len(UNLIKE), seed=70, sds=UNLIKE)
    assert found.count(Outcome.DIFFERS) / len(found) <= binomial_bounds(LEVEL, len(found))[1]


def test_the_noisiest_cell_is_reproduced_in_5_percent_where_it_is_at_the_margin():
    found = [
        checks.outcomes[str(len(UNLIKE) - 1)]
        for checks in simulated([MARGIN] * len(UNLIKE), seed=71, sds=UNLIKE)
    ]
    share = found.count(Outcome.REPRODUCED) / len(found)
    assert share <= binomial_bounds(LEVEL, len(found))[1]


def test_what_is_left_of_a_cell_that_diverged_does_not_reproduce_it_but_may_differ():
    close = row("a", True, [90.0, 90.1, 90.2], reported=90.1, diverged=(3,))
    far = row("b", True, [90.0, 90.1, 90.2], reported=95.0, diverged=(3,))
    verdict = judge(claim("equivalence"), table([close], seeds=4))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.details["cell_verdicts"] == {"a, 32 layers": Outcome.INCONCLUSIVE}
    assert judge(claim("equivalence"), table([close, far], seeds=4)).outcome is Outcome.DIFFERS


def test_cells_are_no_surer_of_their_spread_for_having_neighbours():
    """Two runs of one cell are two runs, however many other cells there are."""
    alone = judge(claim("equivalence"), table([row("a", True, [90, 90.3], reported=90)], seeds=2))
    rows = [row(name, True, [90, 90.3], reported=90) for name in "abcdefgh"]
    beside = judge(claim("equivalence"), table(rows, seeds=2))
    name = "a, 32 layers"
    assert beside.details["cells"][name] == alone.details["cells"][name]


def test_a_cell_is_students_t_test_of_our_runs_and_the_reported_ones():
    ours, theirs = [90.0, 90.4, 90.5], [89.6, 89.9, 90.3]
    expected = stats.ttest_ind(ours, theirs)
    reported = float(np.mean(theirs))
    for divisor, ddof in ((None, 0), (2, 1)):
        cell = Cell("a", tuple(ours), 3, reported, 3, float(np.std(theirs, ddof=ddof)))
        spread = spread_of(cell, divisor)
        found = difference_from_reported(ours, reported, 3, spread)
        assert found.df == expected.df
        assert 2 * found.p_above(0.0) == pytest.approx(expected.pvalue)
    unprinted = spread_of(Cell("a", tuple(ours), 3, reported, 1))
    assert unprinted.df == 2
    assert unprinted.sd == pytest.approx(np.std(ours, ddof=1))
    with pytest.raises(ValueError, match="a has too few runs"):
        spread_of(Cell("a", (90.0,), 1, reported, 1))


@pytest.mark.parametrize("cells", [1, 5])
def test_a_table_with_one_cell_at_the_margin_is_reproduced_in_5_percent(cells):
    found = outcomes([MARGIN] + [0.0] * (cells - 1), seed=40 + cells)
    assert found.count(Outcome.REPRODUCED) / len(found) <= binomial_bounds(LEVEL, len(found))[1]


def test_the_power_of_all_cells_is_less_than_that_of_one():
    """What one cell would almost always pass, ten pass jointly less often; the verdict says so."""
    found = outcomes([0.0] * 10, seed=50)
    rows = [row(n, True, [90.0, 90.3, 90.5], reported=90.1) for n in "abcde"]
    details = judge(claim("equivalence"), table(rows)).details
    assert details["power_of_all"] == pytest.approx(details["power"] ** 5, abs=0.001)
    assert details["power_of_all"] < details["power"]
    one = tost_power(MARGIN, RUNS, RUNS, Spread(SD, 2 * RUNS - 2))
    assert found.count(Outcome.REPRODUCED) / len(found) >= one**10 - 0.05


def test_a_missed_cell_among_many_is_found():
    found = outcomes([3.0] + [0.0] * 29, seed=60)
    assert found.count(Outcome.DIFFERS) / len(found) > 0.95


def test_a_larger_margin_is_never_harder_to_keep():
    order = [Outcome.DIFFERS, Outcome.INCONCLUSIVE, Outcome.REPRODUCED]
    rows = [row(n, True, [90.0, 90.2, 90.4], reported=89.6) for n in "abc"]
    found = [
        judge(claim("equivalence", margin=margin), table(rows)).outcome
        for margin in (0.05, 0.3, 0.6, 1.2, 3.0)
    ]
    assert all(order.index(one) <= order.index(two) for one, two in pairwise(found))
    assert found[-1] is Outcome.REPRODUCED
