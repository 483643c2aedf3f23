"""What section 5.6 says: against facts, and against facts that were changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from statistics import mean, pstdev, stdev

import pytest

from zerosnet.judging import documented
from zerosnet.judging.documented import differences, is_of_three_runs
from zerosnet.paper.tables import TABLE_7

REFUTED = {"C43", "C44"}


@pytest.fixture
def decide(claims):
    return lambda claim, paper: documented.DECISIONS[claim](claims[claim], paper)


@pytest.mark.parametrize("claim", documented.DECISIONS)
def test_the_papers_claims(decide, paper, claim):
    assert decide(claim, paper).holds == (claim not in REFUTED)


def test_the_differences_are_named(decide, paper):
    found = decide("C42", paper).summary
    for part in (
        "no difference from what is known of their recipe. The notebook that they released, ",
        "padding: 4 pixels of zeros at 32×32 → 2 reflected pixels at 32×32",
        "learning rate: 0.1 → 0.001",
        "weight decay: 0.0001 → 0",
        "epochs on CIFAR-10: 160 → 100",
        "normalization of CIFAR-100 by CIFAR-10's",
    ):
        assert part in found
    found = decide("C43", paper).summary
    for part in (
        "weight decay: 0.0001 → 0.0005",
        "left out at the end: 0 → 1",
        "0: no → yes",
        "step decay: divided by 10 at 1/2 and 3/4 of the epochs, which count from 0, before step 1 "
        "→ divided by 10 at 1/2 and 3/4 of the epochs, which count from 1, before step 2",
    ):
        assert part in found


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("C45", lambda code: code["imagenet"] | {"epochs": 90}),
        ("C45", lambda code: code["imagenet"] | {"by_depth": {}}),
        ("C45", lambda code: code["imagenet"] | {"by_depth": {18: {"learning_rate": 0.4}}}),
        ("C45", lambda code: code["imagenet"] | {"by_depth": {101: {"learning_rate": 0.1}}}),
        ("C46", lambda code: code["noise"] | {"seed": 2}),
        ("C46", lambda code: code["noise"] | {"clipped_to": [0, 255]}),
    ],
)
def test_other_facts_give_another_verdict(decide, paper, claim, change):
    part = "imagenet" if claim == "C45" else "noise"
    changed = {**paper.released_code, part: change(paper.released_code)}
    assert not decide(claim, replace(paper, released_code=changed)).holds


def test_equal_recipes_have_no_differences(decide, paper):
    one = paper.recipes["as-paper"]
    assert differences(one, one) == []
    assert decide("C43", replace(paper, recipes={"as-paper": one, "as-code": one})).holds


def test_lu_et_als_recipe_decides_and_not_their_notebook(decide, paper):
    notebook = {"epochs": {"CIFAR-10": 160}, "normalization": {"CIFAR-100": "CIFAR-100"}}
    code = {**paper.released_code, "lu2018_notebook": notebook}
    found = decide("C42", replace(paper, released_code=code))
    assert found.holds
    assert "notebook" not in found.summary
    other = {**paper.released_code, "lu2018": {"padding": {"pixels": 2, "of": 32}}}
    found = decide("C42", replace(paper, released_code=other))
    assert not found.holds
    assert found.summary.startswith(
        "padding: 4 pixels of zeros at 32×32 → 2 pixels of zeros at 32×32. The notebook"
    )


def test_depths_without_a_command_are_named(decide, paper):
    assert decide("C45", paper).summary.endswith("it has no command for 34 and 50 layers")


def test_every_mean_and_deviation_of_three_runs_is_recognized():
    for runs in product((9000, 9003, 9011), (9020, 9021), (8950, 9100)):
        accuracies = [run / 100 for run in runs]
        for deviation in (stdev(accuracies), pstdev(accuracies)):
            assert is_of_three_runs(f"{mean(accuracies):.2f}", f"{deviation:.2f}")


def test_some_deviations_are_of_no_three_runs():
    """Three whole numbers of images of 10,000 have a mean in thirds of 0.01; printed to a
    thousandth, it betrays what cannot be."""
    assert is_of_three_runs("93.000", "0.000")
    # One image more in one run: 0.0058 by n − 1, 0.0047 by n; and one less.
    for mean_of_three in ("93.003", "93.007"):
        assert is_of_three_runs(mean_of_three, "0.006")
        assert is_of_three_runs(mean_of_three, "0.005")
        assert not is_of_three_runs(mean_of_three, "0.004")
    assert not is_of_three_runs("93.005", "0.000")
    assert not is_of_three_runs("93.000", "0.003")


def test_without_its_bottlenecks_table_7_has_one_width(decide, paper):
    assert "networks with different moduli have 16 channels and 64 channels" in (
        decide("C49", paper).summary
    )
    table = paper.tables[TABLE_7]
    basic = tuple(row for row in table.rows if row["n_layers"] not in ("164", "326"))
    narrow = {**paper.tables, TABLE_7: replace(table, rows=basic)}
    assert not decide("C49", replace(paper, tables=narrow)).holds


def test_copied_numbers_are_not_the_papers_own(paper):
    cells = documented.reported_cells(paper.tables["table04_comparison_cifar"])
    # Forty cells; twelve are copied from Lu et al. (ten on CIFAR-10, two on CIFAR-100).
    assert len(cells) == 28
    assert all(deviation for *_, deviation in cells)
