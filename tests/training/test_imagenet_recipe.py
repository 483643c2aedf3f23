"""ImageNet's recipe: section 5.6, number by number."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.training.imagenet.recipe import load_imagenet_recipe


@pytest.fixture
def recipes(project):
    return paper_folder(project) / "recipes.yaml"


@pytest.mark.parametrize(
    ("depth", "rate", "batch"), [(18, 0.2, 128), (34, 0.1, 64), (50, 0.05, 32)]
)
def test_as_the_paper_says(recipes, depth, rate, batch):
    recipe = load_imagenet_recipe(recipes, "as-paper", depth, side=224)
    assert (recipe.learning_rate, recipe.batch, recipe.shards) == (rate, batch, 8)
    assert (recipe.epochs, recipe.momentum, recipe.weight_decay) == (150, 0.9, 4e-5)
    assert recipe.warm_up * recipe.epochs == pytest.approx(5)
    assert (recipe.crop, recipe.resize) == (224, 256)
    assert (recipe.crop_area, recipe.crop_aspect) == ((0.1, 1.0), (0.8, 1.25))
    assert recipe.precision == "mixed"
    assert recipe.borrowed == ()


def test_the_learning_rate_rises_and_falls(recipes):
    recipe = load_imagenet_recipe(recipes, "as-paper", 18, side=224)
    rates = [recipe.learning_rate_at(epoch / 150) for epoch in (0, 2.5, 5, 77.5, 150)]
    assert rates == pytest.approx([0, 0.1, 0.2, 0.1, 0], abs=1e-12)


def test_smaller_crops_and_fewer_epochs_keep_their_proportions(recipes):
    recipe = load_imagenet_recipe(recipes, "as-paper", 18, side=56, epochs=30)
    assert (recipe.crop, recipe.resize, recipe.epochs) == (56, 64, 30)
    assert recipe.warm_up * recipe.epochs == pytest.approx(1)


@pytest.mark.parametrize(
    ("protocol", "depth", "message"),
    [("as-paper", 101, "101 is missing"), ("as-code", 101, "101 is missing")],
)
def test_what_is_not_said_is_refused(recipes, protocol, depth, message):
    with pytest.raises(SuiteError, match=message):
        load_imagenet_recipe(recipes, protocol, depth, side=224)


@pytest.mark.parametrize("depth", [18, 34, 50])
def test_the_released_code_borrows_what_it_does_not_say(recipes, depth):
    code, paper = (
        load_imagenet_recipe(recipes, protocol, depth, side=224)
        for protocol in ("as-code", "as-paper")
    )
    said = depth == 18
    borrowed = () if said else (f"learning rate and batch at {depth} layers from as-paper",)
    assert code.borrowed == borrowed
    assert replace(code, protocol="as-paper", borrowed=()) == paper


def test_every_step_has_the_rate_that_the_released_schedule_gives_it(recipes):
    """Plainly: at step i of n in epoch e the schedule stands at e + (i + 1)/n epochs."""
    recipe = load_imagenet_recipe(recipes, "as-code", 18, side=224)
    steps = 7
    for epoch in (0, 1, 4, 5, 6, 77, 148, 149):
        for step in range(steps):
            at = epoch + (step + 1) / steps
            if epoch < 5:
                plain = 0.2 * at / 5
            else:
                plain = 0.2 * (1 + math.cos(math.pi * (at - 5) / 145)) / 2
            found = recipe.learning_rate_at((epoch + (step + 1) / steps) / 150)
            assert found == pytest.approx(plain, abs=1e-12)
