"""What follows from (a·arctan bℓ)^c + dℓ: decided, pinned in numbers, and refuted of others."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.theory import loss_deformation as theory
from zerosnet.theory.decision import Decision
from zerosnet.theory.enclosures import decimals
from zerosnet.theory.loss_deformation import DECISIONS, leaves, peak_of_slope, slope_between
from zerosnet.theory.loss_formula import (
    LOGARITHM,
    SEEN,
    LogarithmicDeformation,
    LossDeformation,
)

IDENTITY = LossDeformation(0, 1, 1, 1)


@pytest.mark.parametrize(
    ("form", "loss", "slope"),
    [
        ("20·arctan(ℓ) + ℓ", "0.000", "21.0"),
        ("(18/π)·arctan²(ℓ) + ℓ", "0.765", "5.7"),
        ("5·arctan(ℓ) + ℓ", "0.000", "6.0"),
        ("(2.5·arctan 3ℓ)² + ℓ", "0.255", "16.4"),
        ("(arctan 20ℓ)⁴ + ℓ", "0.076", "24.4"),
        ("AP(10, 1, 1, 1)", "0.000", "11.0"),
    ],
)
def test_where_the_derivative_is_largest(form, loss, slope):
    where, most = peak_of_slope(SEEN[form])
    assert decimals(where, 3) == loss
    assert decimals(most, 1) == slope


@pytest.mark.parametrize(
    "deformation",
    [*SEEN.values(), IDENTITY, LossDeformation(2, 3, 1.5, 0), LossDeformation(1, 1, 90, 1)],
)
def test_nowhere_is_it_larger(deformation):
    (low, high), (_, most) = peak_of_slope(deformation)
    places = torch.cat([torch.linspace(0, 3, 3001), torch.logspace(-8, 3, 500)]).double()
    slopes = deformation.derivative(places)
    assert slopes.max() <= float(most) * (1 + 1e-12)
    at_peak = deformation.derivative(torch.tensor(float((low + high) / 2), dtype=torch.float64))
    assert at_peak.item() == pytest.approx(float(most), rel=1e-10)


@given(st.sampled_from([*SEEN.values(), LossDeformation(2, 3, 1.5, 0.25)]), st.fractions(0, 20))
def test_enclosures_are_around_what_training_computes(deformation, loss):
    low, high = slope_between(deformation, loss)
    found = deformation.derivative(torch.tensor(float(loss), dtype=torch.float64)).item()
    assert float(low) * (1 - 1e-12) <= found <= float(high) * (1 + 1e-12)
    assert high - low < Fraction(1, 10**15)


@pytest.mark.parametrize("loss", [Fraction(0), Fraction(1, 10), Fraction(2)])
def test_gradient_descent_on_a_tensor_leaves_as_the_plain_formula_does(loss):
    """By autograd of the value itself, just below and just above 2/(ηδ′)."""
    deformation = SEEN["(2.5·arctan 3ℓ)² + ℓ"]
    bound = 2 / (theory.RATE * sum(slope_between(deformation, loss)) / 2)
    for share, left in ((Fraction(99, 100), False), (Fraction(101, 100), True)):
        assert leaves(deformation, loss, bound * share) == left
        x = torch.tensor(1e-5, dtype=torch.float64, requires_grad=True)
        for _ in range(600):
            curved = float(loss) + float(bound * share) * x * x / 2
            (gradient,) = torch.autograd.grad(deformation.value(curved), x)
            with torch.no_grad():
                x -= float(theory.RATE) * gradient
        assert (abs(x.item()) > 1e-4) == left


def test_plain_gradient_descent_at_the_slopes_learning_rate_has_the_same_bound():
    linear = LossDeformation(0, 1, 1, 16.4)
    bound = 2 / (theory.RATE * Fraction("16.4"))
    assert not leaves(linear, Fraction(1, 4), bound * Fraction(99, 100))
    assert leaves(linear, Fraction(1, 4), bound * Fraction(101, 100))


def test_gradient_descent_on_the_logarithm_ends_at_its_pole():
    """From both sides, with a step that shrinks as the slope grows."""
    pole = math.log(1.9)
    for start in (0.3, 2.0):
        loss = torch.tensor(start, dtype=torch.float64)
        for _ in range(3000):
            slope = LOGARITHM.derivative(loss)
            loss = loss - 1e-3 * slope.sign() * slope.abs().clamp(max=1)
        assert loss.item() == pytest.approx(pole, abs=2e-3)


def test_a_shift_below_one_has_no_pole(monkeypatch):
    """e^ℓ − s is above 0 for every loss then."""
    monkeypatch.setattr(theory, "LOGARITHM", LogarithmicDeformation(0.95))
    with pytest.raises(ValueError, match="no certain change of sign"):
        DECISIONS["X29"](None, None)


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        ("X25", "SEEN", {"flat": LossDeformation(1, 1, 2, 0)}),
        ("X26", "SEEN", {"identity": IDENTITY}),
        ("X27", "leaves", lambda *_: True),
        ("X27", "leaves", lambda *_: False),
        ("X27", "minima_stay", lambda *_: Decision(False, "")),
        ("X28", "SEEN", {"slow": LossDeformation(0, 1, 1, 0.5)}),
        ("X29", "sign_at", lambda *_: 1),
    ],
)
def test_of_others_they_do_not_hold(monkeypatch, claim, name, value):
    monkeypatch.setattr(theory, name, value)
    assert not DECISIONS[claim](None, None).holds
