"""Controls: plain recipes at the learning rate that an update or a deformation amounts to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import RECIPE

from zerosnet.files.errors import SuiteError
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.learning_rate_controls import (
    activated_gradients_control,
    followed_recipe,
    following,
    slopes_control,
    with_rate_times,
)

DEFORMED = replace(RECIPE, loss_deformation=LossDeformation(5, 1, 1, 1))
SLOPES = [6.0, 3.0, 2.0, 1.0]


def activated(place):
    return replace(RECIPE, activated_gradients=ActivatedGradients(0.1, 20, place))


@pytest.mark.parametrize(("place", "decay"), [("step", 1e-4), ("gradient", 5e-5)])
def test_activated_gradients_are_held_against_their_slope(place, decay):
    control = activated_gradients_control(activated(place))
    expected = replace(RECIPE, learning_rate=0.2, weight_decay=decay)
    assert control == expected
    assert control.description() == expected.description()


def test_the_mean_slope_is_one_factor():
    control = slopes_control(DEFORMED, "training")
    assert control.loss_deformation is None
    known = following(control, SLOPES)
    assert known == replace(RECIPE, rate_factors=(3.0,) * 4)
    assert known.learning_rate_in(0) == pytest.approx(0.3)
    assert known.learning_rate_in(0) * known.weight_decay_in(0) == pytest.approx(0.1 * 1e-4)


def test_the_schedule_of_slopes_is_one_factor_an_epoch():
    known = following(slopes_control(DEFORMED, "epoch"), SLOPES)
    assert known == replace(RECIPE, rate_factors=(6.0, 3.0, 2.0, 1.0))
    assert known.learning_rate_in(1) == pytest.approx(0.3)


def test_a_control_names_what_it_follows():
    for averaged_over in ("training", "epoch"):
        control = slopes_control(DEFORMED, averaged_over)
        assert followed_recipe(control) == DEFORMED
        assert control.description()["follows"]["averaged_over"] == averaged_over
    assert followed_recipe(RECIPE) is None


def test_the_control_of_a_control_does_not_exist():
    with pytest.raises(SuiteError, match="no activated gradients"):
        activated_gradients_control(RECIPE)
    control = slopes_control(DEFORMED, "epoch")
    for recipe in (RECIPE, control):
        with pytest.raises(SuiteError, match="no loss deformation"):
            slopes_control(recipe, "epoch")
    with pytest.raises(SuiteError, match="follows no slopes"):
        following(RECIPE, SLOPES)
    with pytest.raises(SuiteError, match="has the plain loss and no factors"):
        replace(control, loss_deformation=DEFORMED.loss_deformation)
    with pytest.raises(SuiteError, match="averaged over 'week'"):
        slopes_control(DEFORMED, "week")


@pytest.mark.parametrize("averaged_over", ["training", "epoch"])
def test_slopes_are_one_an_epoch(averaged_over):
    with pytest.raises(SuiteError, match="3 slopes for 4 epochs"):
        following(slopes_control(DEFORMED, averaged_over), SLOPES[:3])


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_factors_are_refused(factor):
    with pytest.raises(SuiteError, match="must be finite and above 0"):
        with_rate_times(RECIPE, factor, "kept")
