"""Controls: plain recipes at the learning rate that an update or a deformation amounts to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import RECIPE

from zerosnet.activated_gradients import ActivatedGradients
from zerosnet.errors import SuiteError
from zerosnet.learning_rate_controls import (
    activated_gradients_control,
    mean_slope_control,
    slope_schedule_control,
    with_rate_times,
)
from zerosnet.loss_deformation import LossDeformation

DEFORMED = replace(RECIPE, loss_deformation=LossDeformation(5, 1, 1, 1))
SLOPES = [6.0, 3.0, 2.0, 1.0]


def activated(place):
    return replace(RECIPE, activated_gradients=ActivatedGradients(0.1, 20, place))


@pytest.mark.parametrize(
    ("place", "effect", "decay"),
    [
        ("step", None, 1e-4),
        ("gradient", None, 5e-5),
        ("gradient", "scaled", 1e-4),
        ("step", "kept", 5e-5),
    ],
)
def test_activated_gradients_are_held_against_their_slope(place, effect, decay):
    control = activated_gradients_control(activated(place), effect)
    expected = replace(RECIPE, learning_rate=0.2, weight_decay=decay)
    assert control == expected
    assert control.description() == expected.description()


def test_the_mean_slope_is_one_learning_rate():
    control = mean_slope_control(DEFORMED, SLOPES)
    assert control.loss_deformation is None
    assert control.learning_rate == pytest.approx(0.3)
    assert control.learning_rate * control.weight_decay == pytest.approx(0.1 * 1e-4)
    assert control.rate_factors == ()


def test_the_schedule_of_slopes_is_one_factor_an_epoch():
    control = slope_schedule_control(DEFORMED, SLOPES)
    assert control == replace(RECIPE, rate_factors=(6.0, 3.0, 2.0, 1.0))
    assert control.learning_rate_in(1) == pytest.approx(0.3)


def test_the_control_of_a_control_does_not_exist():
    with pytest.raises(SuiteError, match="no activated gradients"):
        activated_gradients_control(RECIPE)
    for control in (mean_slope_control, slope_schedule_control):
        with pytest.raises(SuiteError, match="no loss deformation"):
            control(RECIPE, SLOPES)


@pytest.mark.parametrize("control", [mean_slope_control, slope_schedule_control])
def test_slopes_are_one_an_epoch(control):
    with pytest.raises(SuiteError, match="3 slopes for 4 epochs"):
        control(DEFORMED, SLOPES[:3])


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_factors_are_refused(factor):
    with pytest.raises(SuiteError, match="must be finite and above 0"):
        with_rate_times(RECIPE, factor, "kept")
