"""The two protocols, as data."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction

import pytest
from small import RECIPE, small_run

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.recipe import load_recipe


@pytest.fixture
def recipes(project):
    return paper_folder(project) / "recipes.yaml"


def test_as_the_paper_says(recipes):
    """Section 5.6."""
    recipe = load_recipe(recipes, "as-paper", "CIFAR-10", side=32)
    assert (recipe.batch, recipe.learning_rate, recipe.momentum) == (128, 0.1, 0.9)
    assert recipe.weight_decay == 1e-4
    assert recipe.epochs == 160
    assert recipe.decay_epochs == (80, 120)
    assert load_recipe(recipes, "as-paper", "CIFAR-100", side=32).decay_epochs == (150, 225)
    rates = [recipe.learning_rate_in(epoch) for epoch in (0, 79, 80, 119, 120, 159)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_a_share_of_the_epochs_takes_decay_along_and_leaves_one_epoch(recipes):
    short = load_recipe(recipes, "as-paper", "CIFAR-10", side=32, length=Fraction(1, 4))
    assert (short.epochs, short.decay_epochs) == (40, (20, 30))
    least = load_recipe(recipes, "as-paper", "CIFAR-10", side=32, length=Fraction(1, 1000))
    assert least.epochs == 1


def test_as_the_released_code_does(recipes):
    recipe = load_recipe(recipes, "as-code", "CIFAR-10", side=32)
    assert recipe.weight_decay == 5e-4
    assert recipe.epochs == 159
    assert (recipe.decay_epochs, recipe.decay_step) == ((79, 119), 1)
    assert recipe.first_step_at_zero
    assert load_recipe(recipes, "as-code", "CIFAR-100", side=32).epochs == 299


def rates_of_the_released_loop(milestones, numbered_epochs, steps):
    """Its loop over epochs from 1, written plainly: the scheduler is asked after each step."""
    rate, rates = 0.0, []
    for epoch in range(1, numbered_epochs):
        for _step in range(steps):
            rates.append(rate)
            rate = 0.1 / 10 ** sum(epoch >= milestone for milestone in milestones)
    return rates


@pytest.mark.parametrize(
    ("data_set", "epochs", "milestones"),
    [
        ("CIFAR-10", None, (80, 120)),
        ("CIFAR-100", None, (150, 225)),
        ("CIFAR-10", 12, (6, 9)),
    ],
)
def test_every_step_has_the_rate_of_the_released_loop(recipes, data_set, epochs, milestones):
    recipe = load_recipe(recipes, "as-code", data_set, side=32, epochs=epochs)
    numbered = epochs or {"CIFAR-10": 160, "CIFAR-100": 300}[data_set]
    steps = 3
    expected = rates_of_the_released_loop(milestones, numbered, steps)
    found = [
        recipe.learning_rate_at(epoch, step)
        for epoch in range(recipe.epochs)
        for step in range(steps)
    ]
    assert found == pytest.approx(expected)
    # Epoch 79, counted from 0, has the higher rate in its first step alone.
    first = milestones[0] - 1
    around = [recipe.learning_rate_at(first, step) for step in (0, 1, 2)]
    assert around == pytest.approx([0.1, 0.01, 0.01])
    assert recipe.learning_rate_in(first) == pytest.approx(0.01)


def test_in_mini_the_released_rates_last_5_3_and_3_epochs(recipes):
    recipe = load_recipe(recipes, "as-code", "CIFAR-10", side=16, epochs=12)
    rates = [round(recipe.learning_rate_in(epoch), 6) for epoch in range(recipe.epochs)]
    assert rates == [0.1] * 5 + [0.01] * 3 + [0.001] * 3
    paper = load_recipe(recipes, "as-paper", "CIFAR-10", side=16, epochs=12)
    assert "decay_step" not in paper.description()


def test_digits_are_not_mirrored_and_table_7_is_trained_longer(recipes):
    assert not load_recipe(recipes, "as-paper", "MNIST", side=28).flip
    recipe = load_recipe(recipes, "as-paper", "CIFAR-100", side=32, epochs_as="generalization gap")
    assert (recipe.epochs, recipe.decay_epochs) == (500, (250, 375))
    assert recipe.flip


def test_fewer_epochs_move_the_decay_in_proportion(recipes):
    recipe = load_recipe(recipes, "as-paper", "CIFAR-10", side=16, epochs=12, precision="bfloat16")
    assert (recipe.epochs, recipe.decay_epochs) == (12, (6, 9))
    assert recipe.precision == "bfloat16"


@pytest.mark.parametrize(("length", "epochs"), [("1/4", 3), ("1/5", 2), ("1/8", 2), ("1/100", 1)])
def test_a_share_of_the_epochs_is_the_nearest_number_of_them(recipes, length, epochs):
    """Of twelve: 3, 2.4, 1.5 and 0.12."""
    found = load_recipe(
        recipes, "as-paper", "CIFAR-10", side=16, epochs=12, length=Fraction(length)
    )
    assert found.epochs == epochs


@pytest.mark.parametrize(("side", "padding"), [(32, 4), (16, 2), (8, 1), (28, 4), (64, 8)])
def test_padding_keeps_its_proportion_to_the_image(recipes, side, padding):
    assert load_recipe(recipes, "as-paper", "CIFAR-10", side=side).padding == padding


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (("as-dreamt", "CIFAR-10"), {}, "protocol 'as-dreamt' is not in recipes.yaml"),
        (("as-paper", "SVHN"), {}, "no epochs for 'SVHN'"),
        (("as-paper", "CIFAR-10"), {"precision": "float8"}, "precision 'float8' is unknown"),
        (("as-code", "CIFAR-10"), {"epochs": 1}, "leaves none to run"),
        (("as-code", "CIFAR-100"), {"epochs_as": "a week"}, "no epochs for 'a week'"),
    ],
)
def test_what_is_unknown_is_refused(recipes, arguments, changes, message):
    with pytest.raises(SuiteError, match=message):
        load_recipe(recipes, *arguments, side=32, **changes)


def test_what_came_later_is_described_only_where_it_is_used():
    """Else every key on record would change."""
    later = {"activated_gradients", "loss_deformation", "rate_factors", "follows", "decay_step"}
    later.add("borrowed")
    assert set(asdict(RECIPE)) - set(RECIPE.description()) == later
    changed = small_run(
        activated_gradients=ActivatedGradients(0.1, 20),
        loss_deformation=LossDeformation(5, 1, 1, 1),
        rate_factors=(1, 2, 3, 4),
        decay_step=1,
    ).recipe.description()
    assert changed["decay_step"] == 1
    assert changed["activated_gradients"] == {
        "alpha": 0.1,
        "beta": 20.0,
        "applied_to": "gradient",
    }
    assert changed["loss_deformation"] == {"a": 5, "b": 1, "c": 1, "d": 1, "of": "batch"}
    assert changed["rate_factors"] == [1.0, 2.0, 3.0, 4.0]
    assert json.loads(json.dumps(changed)) == changed


def test_rate_factors_keep_the_effect_of_weight_decay():
    recipe = small_run(rate_factors=(4.0, 2.0, 1.0, 0.5)).recipe
    rates = [recipe.learning_rate_in(epoch) for epoch in range(4)]
    decays = [recipe.weight_decay_in(epoch) for epoch in range(4)]
    assert rates == pytest.approx([0.4, 0.2, 0.01, 0.0005])
    assert decays == pytest.approx([2.5e-5, 5e-5, 1e-4, 2e-4])
    assert [RECIPE.weight_decay_in(epoch) for epoch in range(4)] == [1e-4] * 4


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((1.0,), "1 rate factors for 4 epochs"),
        ((1.0, 1.0, 0.0, 1.0), "a rate factor is 0: must be above 0"),
        ((1.0, 1.0, float("nan"), 1.0), "a rate factor is nan: must be finite"),
    ],
)
def test_bad_rate_factors_are_refused(factors, message):
    with pytest.raises(SuiteError, match=message):
        small_run(rate_factors=factors)


@pytest.mark.parametrize(
    ("data_set", "epochs_as", "epochs"),
    [("CIFAR-100", "generalization gap", 499), ("MNIST", "", 19)],
)
def test_what_the_released_code_does_not_say_is_the_papers_and_named(
    recipes, data_set, epochs_as, epochs
):
    recipe = load_recipe(recipes, "as-code", data_set, side=32, epochs_as=epochs_as)
    assert recipe.epochs == epochs
    assert recipe.borrowed == (f"epochs for {epochs_as or data_set} from as-paper",)
    assert recipe.description()["borrowed"] == list(recipe.borrowed)
    assert recipe.weight_decay == 5e-4
    shorter = load_recipe(recipes, "as-code", data_set, side=32, epochs_as=epochs_as, epochs=12)
    assert shorter.borrowed == ()
