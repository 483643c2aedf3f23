"""Test accuracy at an equal fit of the training images, from what trainings end in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.judging.equal_fits import FITTED, accuracy_at, accuracy_if_fitted, common_loss


def test_between_lengths_the_logarithm_of_the_loss_counts():
    # From 1 to 1/4 the loss passes 1/2 half way.
    ends = {0: [(1.0, 40.0), (0.25, 50.0), (0.1, 60.0)]}
    assert accuracy_at(ends, 0.5) == {0: 45.0}
    assert accuracy_at(ends, 1.0) == {0: 40.0}
    assert accuracy_at(ends, 0.1) == {0: 60.0}


def test_a_seed_to_one_side_is_extrapolated_along_its_own_line():
    ends = {0: [(2.0, 40.0), (1.0, 50.0)], 1: [(1.0, 50.0), (0.5, 60.0)]}
    # The means pass from √2 to √(1/2): 1 lies between.
    assert accuracy_at(ends, 1.0) == {0: 50.0, 1: 50.0}
    assert accuracy_at(ends, math.sqrt(2)) == pytest.approx({0: 45.0, 1: 45.0})


def test_a_seed_whose_loss_stands_still_has_no_value():
    ends = {0: [(2.0, 40.0), (1.0, 50.0)], 1: [(1.4, 50.0), (1.4, 60.0)]}
    assert accuracy_at(ends, 1.4).keys() == {0}


def test_the_common_loss_is_the_middle_of_what_all_pass():
    fast = {0: [(2.0, 0.0), (0.5, 0.0)]}
    slow = {0: [(8.0, 0.0), (1.0, 0.0)]}
    assert common_loss([fast, slow]) == pytest.approx(math.sqrt(2))
    assert common_loss([fast, {0: [(8.0, 0.0), (2.1, 0.0)]}]) is None
    assert common_loss([fast, {0: [(8.0, 0.0), (2.0, 0.0)]}]) == pytest.approx(2)
    assert common_loss([]) is None
    assert common_loss([fast, {}]) is None
    assert common_loss([fast, {0: [(1.0, 0.0)]}]) is None
    # A loss of 0 in six digits is no end of the axis.
    assert common_loss([{0: [(1.0, 0.0), (0.0, 0.0)]}]) == pytest.approx(math.sqrt(5e-7))


# Two losses of a seed that are one loss have no value between them: see the test above.
_TWO_LOSSES = st.tuples(st.floats(0.5, 5), st.floats(0.01, 0.49))


@given(
    first=_TWO_LOSSES,
    second=_TWO_LOSSES,
    accuracies=st.tuples(st.floats(0, 100), st.floats(0, 100)),
)
def test_the_value_lies_between_those_of_its_lengths(first, second, accuracies):
    networks = [{0: [*zip(losses, accuracies, strict=True)]} for losses in (first, second)]
    loss = common_loss(networks)
    for ends in networks:
        (found,) = accuracy_at(ends, loss).values()
        assert min(accuracies) - 1e-3 <= found <= max(accuracies) + 1e-3


def test_only_what_fits_has_a_value():
    history = {"fit_accuracy": [50.0, FITTED, 100.0], "test_accuracy": [10.0, 20.0, 30.0]}
    assert [accuracy_if_fitted(history, epoch) for epoch in range(3)] == [None, 20.0, 30.0]
    assert accuracy_if_fitted({"test_accuracy": [50.0]}, 0) is None
