"""Section 2: networks as discretizations, and zero stability; C01 and C03 need networks."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from strategies import built_polynomials, largest_responses, method_with, rationals

from zerosnet.methods.families import LM
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable

CLAIMS = ("C02", "C04", "C05")
pytestmark = pytest.mark.theory


@given(built_polynomials())
def test_if_the_root_condition_holds_perturbations_stay_bounded_and_only_then(built):
    """Definition 3 for f = 0, against condition 1: the roots are known by construction."""
    polynomial, holds = built
    method = method_with(polynomial)
    assert is_zero_stable(method) == holds
    early, late = largest_responses(method)
    assert (late <= 2 * early) == holds


@given(k=rationals(-5, 5), new=rationals(), old=rationals(), slope=rationals())
@example(k=Fraction(1), new=Fraction(1), old=Fraction(0), slope=Fraction(1))
def test_the_lm_architecture_is_equation_2_with_two_steps(k, new, old, slope):
    method = LM.at(k)
    states = (new, old)
    step = sum(a * y for a, y in zip(method.alphas, states, strict=False)) + method.beta * slope
    assert step == (1 - k) * new + k * old + slope


@given(a=rationals(), b=rationals(), h=rationals(Fraction(1, 1000), 1))
def test_the_residual_as_definition_3_prints_it_is_one_over_h_for_constants(a, b, h):
    """With y = 1 and f = 0 in (1/h) Σ αᵢ y_{n+i} − βf, for any method that keeps constants."""
    method = LinearMultistep((1 - a - b, a, b), 1)
    assert sum(method.alphas) / h - method.beta * 0 == 1 / h


def test_decided_at_once(claim, check):
    check(claim)
