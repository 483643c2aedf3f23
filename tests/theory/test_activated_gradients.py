"""What follows from α·arctan(βx): decided, pinned in numbers, and refuted of other functions."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from strategies import fractions

from zerosnet.methods.families import LM_CONSISTENT
from zerosnet.methods.stability import is_zero_stable
from zerosnet.theory import activated_gradients as theory
from zerosnet.theory.activated_gradients import DECISIONS, HEAVY_BALL, descend, enlarging_bound
from zerosnet.theory.enclosures import decimals
from zerosnet.theory.gradient_formula import ActivatedGradients


@pytest.mark.parametrize(
    ("alpha", "beta", "bound"),
    [
        ("0.1", "20", "0.1166"),
        ("0.2", "10", "0.2331"),
        ("0.3", "4.5", "0.2578"),
        ("0.05", "20", None),
        ("0.05", "19", None),
    ],
)
def test_where_gradients_are_enlarged(alpha, beta, bound):
    found = enlarging_bound(Fraction(alpha), Fraction(beta))
    assert (found if found is None else decimals(found)) == bound


@given(fractions(Fraction(1, 12), 3), fractions(Fraction(1, 12), 30))
def test_below_the_bound_they_are_larger_and_above_it_smaller(alpha, beta):
    found = enlarging_bound(alpha, beta)
    assert (found is None) == (alpha * beta <= 1)
    bound = 0.0 if found is None else float(found[0])
    for share in (0.5, 0.99, 1.01, 2.0):
        x = share * (bound or 1e-3)
        gain = float(alpha) * math.atan(float(beta) * x) - x
        assert (gain > 0) if share < 1 and found is not None else (gain < 0)


def test_hardly_more_than_a_slope_of_one_is_enough():
    low, high = enlarging_bound(Fraction(1), 1 + Fraction(1, 10**8))
    # α·arctan(βx) = x where β²x²/3 is about αβ − 1.
    assert float(low) == pytest.approx(math.sqrt(3e-8), rel=1e-3)
    assert low < high


@pytest.mark.parametrize("curvature", [0.01, 1.0, 300.0])
def test_gradient_descent_goes_to_zero_up_to_the_bound(curvature):
    activation = ActivatedGradients(0.1, 20)
    bound = 2 / (activation.slope * curvature)
    for start in (1e-6, 1.0, 1e6):
        end = descend(activation, curvature, 0.99 * bound, start, steps=20 * 4000)
        reachable = 0.99 * bound * 0.1 * math.pi / 2 * 20 * 4000
        assert abs(end) < (1e-9 if start < reachable / 2 else start)
    above = descend(activation, curvature, 1.01 * bound, 1e-9 / curvature)
    assert abs(above) > 1e-4 / curvature


def test_what_plain_gradient_descent_diverges_from_stays_bounded():
    end = descend(ActivatedGradients(0.1, 20), 1.0, 100.0, 0.3)
    assert abs(end) <= 100 * 0.1 * math.pi / 2
    assert abs(end) > 1


@given(fractions(-2, 2))
def test_heavy_ball_is_lm_made_consistent(momentum):
    method = HEAVY_BALL.at(momentum)
    assert method == LM_CONSISTENT.at(-momentum)
    assert HEAVY_BALL.parameter_of(method) == momentum
    assert is_zero_stable(method) == (-1 <= momentum < 1)


@pytest.mark.parametrize("momentum", [0.5, 0.9])
@pytest.mark.parametrize("place", ["gradient", "step"])
def test_the_optimizer_has_the_bound_of_the_two_step_method(place, momentum):
    """ηαβc < 2(1 + μ), on the optimizer itself."""
    from zerosnet.training.activated_sgd import ActivatedSGD

    def largest(rate):
        x = torch.nn.Parameter(torch.tensor(1e-6, dtype=torch.float64))
        optimizer = ActivatedSGD([x], ActivatedGradients(0.1, 20, place), rate, momentum)
        found = []
        for _ in range(3000):
            x.grad = 3.0 * x.detach()
            optimizer.step()
            found.append(abs(x.item()))
        return max(found[-10:])

    bound = 2 * (1 + momentum) / (2 * 3)
    assert largest(0.98 * bound) < 1e-9
    assert largest(1.02 * bound) > 1e-4


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        ("X20", "ACTIVATION", theory.ALPHA * theory.BETA * theory.X),
        ("X21", "ACTIVATION", theory.ALPHA * theory.BETA * theory.X),
        ("X21", "ACTIVATION", theory.ALPHA * theory.BETA * theory.X**2),
        ("X22", "ACTIVATION", theory.ALPHA * theory.X),
        ("X22", "descend", lambda *_: 0.0),
        ("X22", "descend", lambda *_: 0.0087),
        ("X23", "ACTIVATION", theory.ALPHA * theory.X**3),
        ("X24", "HEAVY_BALL", LM_CONSISTENT),
    ],
)
def test_of_others_they_do_not_hold(monkeypatch, claim, name, value):
    monkeypatch.setattr(theory, name, value)
    assert not DECISIONS[claim](None, None).holds


def test_the_pairs_of_the_released_commands(paper):
    """32 pairs for CIFAR, 20 of them with αβ of at most 1, and two for ImageNet."""
    decision = DECISIONS["X21-runs"](None, paper)
    assert not decision.holds
    assert decision.data["released"] == {
        "CIFAR": {"pairs": 32, "at most 1": 20},
        "ImageNet": {"pairs": 2, "at most 1": 0},
    }
    assert "αβ from 0.04 to 8" in decision.certificate[0]


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ([{"alpha": 0.1, "beta": [20]}], True),
        ([{"alpha": 0.1, "beta": [20, 10]}], False),  # a tie enlarges nothing: αβ must exceed 1
        ([{"alpha": 0.7, "beta": [1.43]}], True),
    ],
)
def test_only_products_above_1_enlarge(paper, entries, holds):
    code = {**paper.released_code, "activated_gradients": {"CIFAR": entries}}
    assert DECISIONS["X21-runs"](None, replace(paper, released_code=code)).holds == holds


def test_without_pairs_nothing_is_consistent(paper):
    code = {**paper.released_code, "activated_gradients": {}}
    assert not DECISIONS["X21-runs"](None, replace(paper, released_code=code)).holds
