"""The deformation of the loss: formula, derivative, what it refuses."""

from __future__ import annotations

import math

import pytest
import torch

from zerosnet.files.errors import SuiteError
from zerosnet.theory.loss_formula import (
    LOGARITHM,
    SEEN,
    LogarithmicDeformation,
    LossDeformation,
)

IDENTITY = LossDeformation(0, 1, 1, 1)
LOSSES = torch.tensor([1e-3, 0.076, 0.255, 1.0, 2.3, 40.0], dtype=torch.float64)
PLAINLY = {
    "20·arctan(ℓ) + ℓ": lambda x: 20 * math.atan(x) + x,
    "(18/π)·arctan²(ℓ) + ℓ": lambda x: 18 / math.pi * math.atan(x) ** 2 + x,
    "5·arctan(ℓ) + ℓ": lambda x: 5 * math.atan(x) + x,
    "(2.5·arctan 3ℓ)² + ℓ": lambda x: (2.5 * math.atan(3 * x)) ** 2 + x,
    "(arctan 20ℓ)⁴ + ℓ": lambda x: math.atan(20 * x) ** 4 + x,
    "AP(10, 1, 1, 1)": lambda x: 10 * math.atan(x) + x,
}


@pytest.mark.parametrize("form", SEEN)
def test_the_forms_are_what_was_seen(form):
    expected = [PLAINLY[form](number) for number in LOSSES.tolist()]
    assert SEEN[form].value(LOSSES).tolist() == pytest.approx(expected, rel=1e-14)


def test_every_form_is_compared():
    assert set(PLAINLY) == set(SEEN)


@pytest.mark.parametrize("deformation", [*SEEN.values(), IDENTITY, LossDeformation(2, 3, 1.5, 0.5)])
def test_gradients_are_those_of_finite_differences(deformation):
    losses = LOSSES[:-1].clone().requires_grad_()
    assert torch.autograd.gradcheck(deformation.value, losses, eps=1e-7, atol=1e-5)
    (found,) = torch.autograd.grad(deformation.value(losses).sum(), losses)
    torch.testing.assert_close(found, deformation.derivative(losses.detach()), rtol=1e-13, atol=0)


@pytest.mark.parametrize("deformation", [*SEEN.values(), IDENTITY])
def test_the_derivative_at_no_loss(deformation):
    zero = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(deformation.value(zero), zero)
    slope = deformation.a * deformation.b if deformation.c == 1 else 0
    assert found == slope + 1
    assert deformation.derivative(zero.detach()) == slope + 1


def test_identity_is_the_loss_to_the_bit():
    losses = torch.rand(1000) * 10
    assert torch.equal(IDENTITY.value(losses), losses)
    assert torch.equal(IDENTITY.derivative(losses), torch.ones(1000))


def test_names():
    assert SEEN["(2.5·arctan 3ℓ)² + ℓ"].name == "AP(2.5, 3, 2, 1)"
    assert LossDeformation(10, 1, 1, 1, "sample").name == "AP(10, 1, 1, 1) of each sample"
    assert LossDeformation(10, 1, 1, 1) == LossDeformation(10.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "1", True, None])
@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_bad_numbers_are_refused_by_name(name, bad):
    with pytest.raises(SuiteError, match=f"^{name} of a loss deformation is") as refusal:
        LossDeformation(**{"a": 5, "b": 1, "c": 1, "d": 1, name: bad})
    assert "\n" not in str(refusal.value)


def test_an_exponent_below_one_is_refused():
    """Its derivative is infinite where the loss vanishes."""
    with pytest.raises(SuiteError, match=r"c of a loss deformation is 0\.5: must be at least 1"):
        LossDeformation(1, 1, 0.5, 1)


@pytest.mark.parametrize("numbers", [(0, 1, 1, 0), (1, 0, 1, 0)])
def test_a_constant_is_refused(numbers):
    with pytest.raises(SuiteError, match="is constant"):
        LossDeformation(*numbers)


def test_an_unknown_loss_is_refused():
    with pytest.raises(SuiteError, match="'epoch': one of batch, sample is expected"):
        LossDeformation(1, 1, 1, 1, "epoch")


def test_the_logarithm_is_what_was_seen():
    """Its released line, whose gradient is finite where its value is not a number."""
    losses = LOSSES[:-1].clone().requires_grad_()
    seen = (losses.exp() - 1.9).log()
    (gradient,) = torch.autograd.grad(seen.sum(), losses)
    torch.testing.assert_close(LOGARITHM.value(losses), seen, equal_nan=True)
    (found,) = torch.autograd.grad(LOGARITHM.value(losses).sum(), losses)
    torch.testing.assert_close(found, gradient)
    torch.testing.assert_close(LOGARITHM.derivative(losses.detach()), gradient)
    low = losses.detach() < math.log(1.9)
    assert low.any()
    assert torch.equal(seen.isnan(), low)
    assert torch.equal(gradient < 0, low)


def test_the_logarithm_does_not_overflow():
    large = torch.tensor(100.0)
    assert not (large.exp() - 1.9).log().isfinite()
    assert LOGARITHM.value(large) == LOGARITHM.derivative(large) * 100 == 100


def test_names_of_the_logarithm():
    assert LOGARITHM.name == "log(e^ℓ − 1.9)"
    assert LogarithmicDeformation(2, "sample").name == "log(e^ℓ − 2) of each sample"


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf, "1", True, None])
def test_bad_shifts_are_refused(bad):
    with pytest.raises(SuiteError, match=r"^the shift of a loss deformation is"):
        LogarithmicDeformation(bad)


def test_the_logarithm_of_an_unknown_loss_is_refused():
    with pytest.raises(SuiteError, match="'epoch': one of batch, sample is expected"):
        LogarithmicDeformation(1.9, "epoch")
