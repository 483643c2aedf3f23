"""Activated gradients, g(x) = α·arctan(βx), and deformed losses: what their formulas imply."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.stability import is_schur, is_zero_stable
from zerosnet.theory.activated_gradients import HEAVY_BALL, enlarging_bound

STAGE = "optimization_theory"
pytestmark = pytest.mark.theory

positive = rationals(Fraction(1, 20), 4)


@given(alpha=positive, beta=positive)
@example(alpha=Fraction(2), beta=Fraction(1, 2))  # αβ = 1
def test_g_enlarges_tiny_gradients_if_and_only_if_alpha_beta_is_above_one(alpha, beta):
    bound = enlarging_bound(alpha, beta)
    assert (bound is not None) == (alpha * beta > 1)
    if bound is not None:
        below, above = float(bound[0]) * 0.99, float(bound[1]) * 1.01
        assert alpha * math.atan(beta * below) > below
        assert alpha * math.atan(beta * above) < above


@given(mu=st.one_of(rationals(-2, 2), rationals(-1, 1).map(lambda e: 1 + e / 100)))
@example(mu=Fraction(1))
@example(mu=Fraction(-1))
def test_heavy_ball_is_zero_stable_if_and_only_if_mu_is_at_least_minus_one_and_below_one(mu):
    assert is_zero_stable(HEAVY_BALL.at(mu)) == (-1 <= mu < 1)


@given(mu=rationals(0, Fraction(99, 100)), s=positive)
@example(mu=Fraction(1, 2), s=Fraction(3))  # s = 2(1 + μ)
def test_with_g_a_minimum_attracts_if_and_only_if_s_is_below_twice_one_plus_mu(mu, s):
    """ρ² − (1 + μ − s)ρ + μ with s = ηαβc, all of its roots inside the circle."""
    assert is_schur((mu, -(1 + mu - s), Fraction(1))) == (s < 2 * (1 + mu))


def test_for_all_parameters_at_once(claim, check):
    check(claim)
