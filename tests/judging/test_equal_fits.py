"""Test accuracy at an equal fit of the training images, from the histories of trainings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.judging.equal_fits import FITTED, LOSS, accuracy_at_loss, accuracy_when_fitted


def at_loss(losses, accuracies):
    return accuracy_at_loss({"fit_loss": losses, "test_accuracy": accuracies}, 0)


def test_between_epochs_the_logarithm_of_the_loss_counts():
    # From 1 to 1/4 the loss passes 1/2 half way.
    assert at_loss([1.0, 0.25, 0.1], [40.0, 50.0, 60.0]) == 45.0
    assert at_loss([1.0, LOSS, 0.1], [40.0, 50.0, 60.0]) == 50.0


def test_the_first_time_counts():
    assert at_loss([2.0, 0.4, 2.0, 0.1], [10.0, 20.0, 30.0, 90.0]) < 20


def test_a_loss_that_is_there_at_once_or_after_an_overflow_is_not_interpolated():
    assert at_loss([0.4, 0.1], [40.0, 50.0]) == 40.0
    assert at_loss([None, 0.4], [40.0, 50.0]) == 50.0
    assert at_loss([1.0, 0.0], [40.0, 50.0]) == 40.0


def test_what_is_never_reached_has_no_value():
    assert at_loss([2.0, 1.0, None], [10.0, 20.0, 30.0]) is None
    assert accuracy_at_loss({"test_accuracy": [50.0]}, 0) is None
    assert accuracy_when_fitted({"test_accuracy": [50.0]}, 0) is None
    history = {"fit_accuracy": [50.0, FITTED - 0.01], "test_accuracy": [10.0, 20.0]}
    assert accuracy_when_fitted(history, 0) is None


def test_the_first_epoch_that_fits():
    history = {"fit_accuracy": [50.0, FITTED, 100.0], "test_accuracy": [10.0, 20.0, 30.0]}
    assert accuracy_when_fitted(history, 0) == 20.0


@given(
    before=st.floats(LOSS, 10, exclude_min=True),
    after=st.floats(1e-6, LOSS),
    accuracies=st.tuples(st.floats(0, 100), st.floats(0, 100)),
)
def test_the_value_lies_between_those_of_its_epochs(before, after, accuracies):
    found = at_loss([before, after], list(accuracies))
    assert min(accuracies) - 1e-4 <= found <= max(accuracies) + 1e-4
    assert math.isfinite(found)


@pytest.mark.parametrize("scale", [2.0, 0.5])
def test_equal_ratios_of_losses_are_equal_steps(scale):
    assert at_loss([LOSS * 2, LOSS / 2 * scale], [0.0, 30.0]) == pytest.approx(
        30.0 / (2 - math.log2(scale)), abs=1e-3
    )
