"""The neighbouring systems as discretizations: equations, roots, regions of absolute stability."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.families import (
    EULER,
    IN,
    LAMBDA_IN,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    REVNET,
    ZEROSNET,
)
from zerosnet.methods.stability import is_zero_stable
from zerosnet.theory.one_step import disk_of

STAGE = "discretizations"
pytestmark = pytest.mark.theory

numbers = rationals(-3, 3)
ends = st.sampled_from(
    [Fraction(sign * (10**9 + off), 10**9) for sign in (1, -1) for off in (-1, 1)]
)


@given(k=st.one_of(numbers, ends))
@example(k=Fraction(1))
@example(k=Fraction(-1))
def test_lm_with_beta_1_is_zero_stable_if_and_only_if_k_is_above_minus_one_and_at_most_one(k):
    assert is_zero_stable(LM.at(k)) == (-1 < k <= 1)


@given(k=numbers.filter(lambda k: k != -1), slope=numbers, t=numbers, h=numbers)
def test_lm_with_beta_1_follows_lines_of_slope_f_over_1_plus_k(k, slope, t, h):
    """(1 + k) u′ = f."""
    new, old, following = (slope / (1 + k) * at for at in (t, t - h, t + h))
    assert (1 - k) * new + k * old + h * slope == following


@given(gamma=numbers, x=numbers, before=numbers, f=numbers)
def test_a_momentum_resnet_is_a_consistent_lm(gamma, x, before, f):
    velocity = gamma * (x - before) + (1 - gamma) * f
    (first, second), beta = LM_CONSISTENT.formula(-gamma)
    assert x + velocity == first * x + second * before + beta * f


@given(kappa=st.one_of(numbers, ends))
@example(kappa=Fraction(1))
@example(kappa=Fraction(-1))
def test_a_damped_step_is_zero_stable_from_minus_one_to_one_and_consistent_at_one_alone(kappa):
    assert is_zero_stable(EULER.at(kappa)) == (-1 <= kappa <= 1)
    assert EULER.at(kappa).is_consistent == (kappa == 1)


@given(parameter=rationals(0, 1), x=numbers, y=numbers)
@example(parameter=Fraction(1, 2), x=Fraction(1, 2), y=Fraction(0))  # on the edge
def test_damped_steps_decay_if_and_only_if_in_their_disk(parameter, x, y):
    """|α + βz| < 1 for z = x + iy."""
    for method in (IN.at(parameter), LAMBDA_IN.at(parameter)):
        size = (method.alphas[0] + method.beta * x) ** 2 + (method.beta * y) ** 2
        disk = disk_of(method)
        assert (size < 1) == ((x - disk.centre) ** 2 + y**2 < disk.radius**2)


def test_leapfrog_has_four_names():
    assert ZEROSNET.at(-1) == LM_CONSISTENT.at(1) == LEAPFROG
    assert LM.at(1) == REVNET
    # With twice the f, RevNet's step is leapfrog's.
    assert REVNET.alphas == LEAPFROG.alphas
    assert 2 * REVNET.beta == LEAPFROG.beta


@given(z=rationals(Fraction(-9, 10), Fraction(9, 10)))
def test_polynets_block_is_backward_eulers_step_up_to_z_squared(z):
    """f(y) = zy: 1/(1 − z) leaves z³/(1 − z)."""
    assert 1 / (1 - z) - (1 + z + z * z) == z**3 / (1 - z)


@given(z=rationals(-3, Fraction(-1, 100)))
@example(z=Fraction(-1))
@example(z=Fraction(-2))
def test_on_the_real_axis_polynets_block_is_stable_half_as_far_as_eulers(z):
    assert (abs(1 + z + z * z) < 1) == (-1 < z < 0)
    assert (abs(1 + z) < 1) == (-2 < z < 0)


@given(y=numbers, z=numbers)
def test_fractalnets_columns_solve_with_one_and_a_half_times_f(y, z):
    """Their mean with f(y) = zy: y(1 + (3/2)z + z²/2)."""

    def euler(state):
        return state + z * state

    assert (euler(y) + euler(euler(y))) / 2 == y * (1 + Fraction(3, 2) * z + z * z / 2)


def test_for_all_parameters_at_once(claim, check):
    check(claim)
