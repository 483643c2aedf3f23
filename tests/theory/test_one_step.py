"""One-step blocks: their stability functions against networks' own blocks and brute force."""

from __future__ import annotations

import cmath
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from strategies import fractions
from torch import nn

from zerosnet.methods.families import EULER, IN, LAMBDA_IN, LEAPFROG, PRERESNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.blocks import FixedStep, MultistepBlock
from zerosnet.networks.residuals import Fractal, Poly2
from zerosnet.theory.one_step import (
    Disk,
    disk_of,
    euler_block,
    fractal_block,
    order_of,
    polynet_block,
    rate_of,
    reach_of,
    solved_by,
    stability_function,
    stable_at,
    stable_on_line,
)
from zerosnet.theory.regions import region_text

POLYNET = (Fraction(1),) * 3
FRACTALNET = (Fraction(1), Fraction(3, 2), Fraction(1, 2))
EULERS = (Fraction(1), Fraction(1))


class Linear(nn.Module):
    """f(y) = z y."""

    def __init__(self, z: complex) -> None:
        super().__init__()
        self.z = z

    def forward(self, state, scale=1.0):
        return state * (scale * self.z)


def test_stability_functions_are_those_of_the_blocks_formulas():
    assert stability_function(polynet_block) == POLYNET
    assert stability_function(fractal_block) == FRACTALNET
    assert stability_function(euler_block) == EULERS


@pytest.mark.parametrize(
    ("composed", "function"),
    [
        (lambda z: Poly2(Linear(z)), POLYNET),
        (lambda z: Fractal(Linear(z), Linear(z), Linear(z)), FRACTALNET),
        (Linear, EULERS),
    ],
    ids=["PolyNet", "FractalNet", "Euler"],
)
@pytest.mark.parametrize("z", [-0.5, -1.5, 0.9j, -0.3 + 0.4j])
def test_the_networks_blocks_have_these_stability_functions(composed, function, z):
    block = MultistepBlock(composed(z), FixedStep(PRERESNET), 1)
    (state,) = block([torch.ones(1, 1, 1, 1, dtype=torch.complex128)])
    assert state.item() == pytest.approx(sum(float(c) * z**k for k, c in enumerate(function)))


@given(x=fractions(-4, 2, 8), y=fractions(-2, 2, 8))
def test_stability_at_a_point_is_that_of_complex_numbers(x, y):
    z = complex(x, y)
    for function in (POLYNET, FRACTALNET, EULERS):
        modulus = abs(sum(complex(c) * z**k for k, c in enumerate(function)))
        if abs(modulus - 1) > 1e-9:
            assert stable_at(function, x, y) == (modulus < 1)


def test_the_edge_of_a_region_does_not_belong_to_it():
    assert not stable_at(EULERS, Fraction(-2))
    assert not stable_at(POLYNET, Fraction(0), Fraction(1))
    assert stable_at(POLYNET, Fraction(0), Fraction(999, 1000))


@pytest.mark.parametrize(
    ("function", "real", "imaginary", "reach"),
    [
        (EULERS, "(−2, 0)", "∅", 2),
        (POLYNET, "(−1, 0)", "(−1, 0) ∪ (0, 1)", 1),
        (FRACTALNET, "(−3, 0)", "∅", 3),
        ((Fraction(1), Fraction(-1)), "(0, 2)", "∅", 0),
    ],
)
def test_regions_on_the_axes(function, real, imaginary, reach):
    assert region_text(stable_on_line(function, (1, 0))) == real
    assert region_text(stable_on_line(function, (0, 1))) == imaginary
    assert reach_of(function) == reach


def test_a_region_with_irrational_ends_is_refused():
    # Heun's method of order 3 ends at −2.51…
    heun = (Fraction(1), Fraction(1), Fraction(1, 2), Fraction(1, 6))
    with pytest.raises(ValueError, match="irrational"):
        stable_on_line(heun, (1, 0))


@pytest.mark.parametrize(
    ("function", "rate", "order"),
    [
        (EULERS, 1, 1),
        (POLYNET, 1, 1),
        (FRACTALNET, Fraction(3, 2), 1),
        ((Fraction(1), Fraction(1), Fraction(1, 2)), 1, 2),
        ((Fraction(1), Fraction(2), Fraction(2), Fraction(4, 3)), 2, 3),
        ((Fraction(1, 2), Fraction(1)), None, 0),  # damped: constants are not kept
        ((Fraction(0), Fraction(1, 2), Fraction(1, 2)), None, 0),  # FractalNet without identities
        ((Fraction(1),), None, 0),
    ],
)
def test_which_equation_and_to_which_order(function, rate, order):
    assert rate_of(function) == rate
    assert order_of(function) == order


def test_orders_are_measured_orders():
    """The error of 1/h steps of size h for x′ = c x, against exp(c)."""
    for function in (EULERS, POLYNET, FRACTALNET):
        rate, order = rate_of(function), order_of(function)
        errors = []
        for steps in (64, 128):
            step = sum(c * Fraction(1, steps) ** k for k, c in enumerate(function))
            errors.append(abs(float(step) ** steps - cmath.exp(float(rate)).real))
        assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.05)


@given(x=fractions(-3, 3, 8), y=fractions(-2, 2, 8), value=fractions(-1, 1, 8))
def test_disks_are_where_one_step_methods_shrink(x, y, value):
    for method in (IN.at(value), LAMBDA_IN.at(abs(value)), EULER.at(value)):
        disk = disk_of(method)
        inside = (x - disk.centre) ** 2 + y**2 < disk.radius**2
        assert inside == stable_at((method.alphas[0], method.beta), x, y)


def test_disks_of_the_damped_methods():
    assert disk_of(IN.at("3/4")) == Disk(Fraction(-3, 4), Fraction(1))
    assert disk_of(LAMBDA_IN.at("1/4")) == Disk(Fraction(-3, 5), Fraction(4, 5))
    assert disk_of(PRERESNET) == disk_of(IN.at(2)) == Disk(Fraction(-1), Fraction(1))
    assert str(disk_of(PRERESNET)) == "|z − (−1)| < 1"


@pytest.mark.parametrize("method", [LEAPFROG, LinearMultistep((1,), 0)], ids=str)
def test_only_one_step_methods_have_disks(method):
    with pytest.raises(ValueError, match="not one step with a β"):
        disk_of(method)


def test_composing_f_with_itself_adds_what_f_gives_of_0():
    """By numbers: PolyNet's block with f = cos follows x′ = cos x + 1, not x′ = cos x."""

    def after(block, steps):
        state, h = 0.0, 1 / steps
        for _ in range(steps):
            state = block(lambda y: h * math.cos(y), state)
        return state

    # x′ = cos x from 0 is the Gudermannian of t; x′ = cos x + 1 is 2 arctan t.
    assert after(polynet_block, 4000) == pytest.approx(2 * math.atan(1), abs=1e-3)
    assert abs(after(polynet_block, 4000) - math.atan(math.sinh(1))) > 0.7
    assert solved_by(polynet_block) == (1, 1)
    assert solved_by(fractal_block) == (Fraction(3, 2), 0)
    assert solved_by(lambda f, y: y + f(y + f(y))) == (1, 0)
    with pytest.raises(ValueError, match="solves no equation"):
        solved_by(lambda f, y: y + f(2 * y))
