"""The gauge: with f(c·y) = f(y), (α_i; β) and (α_i c^{−(i+1)}; β c^{−(n+1)}) are one function."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from strategies import methods, rationals

from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, roots_of
from zerosnet.theory.gauge import gauge_partner

STAGE = "gauge"
pytestmark = pytest.mark.theory

scales = rationals(Fraction(1, 4), 4)
states = rationals(-3, 3)


def evaluated(polynomial, rho):
    return sum(c * rho**k for k, c in enumerate(polynomial))


@given(method=methods, c=scales, first=states, slope=states)
@example(method=LinearMultistep((1, 1, 1), 1), c=Fraction(46, 25), first=Fraction(1), slope=1)
def test_the_states_of_partners_differ_by_a_power_of_c_alone(method, c, first, slope):
    """Step by step; f gives ``slope`` in both, whatever the scale of its argument."""
    partner = gauge_partner(method, c)
    theirs = [first + i for i in range(method.steps)]  # z_0, z_{−1}, …
    ours = [c**-i * z for i, z in enumerate(theirs)]  # y_{−i} = c^{−i} z_{−i}
    for n in range(4):
        y = sum(a * s for a, s in zip(method.alphas, ours, strict=True)) + method.beta * slope
        branch = partner.beta * c ** -(n + 1) * slope
        z = sum(a * s for a, s in zip(partner.alphas, theirs, strict=True)) + branch
        assert y == c ** (n + 1) * z
        ours, theirs = [y, *ours[:-1]], [z, *theirs[:-1]]


@given(method=methods, c=scales, rho=states)
def test_the_roots_of_a_partner_are_those_of_the_method_divided_by_c(method, c, rho):
    """p_c(ρ) = p(cρ)/c^d."""
    partner = gauge_partner(method, c).characteristic_polynomial
    there = evaluated(method.characteristic_polynomial, c * rho) / c**method.steps
    assert evaluated(partner, rho) == there


@given(method=methods.filter(lambda m: any(m.alphas)))
@example(method=LinearMultistep((2,), 1))
@example(method=LinearMultistep((Fraction(1, 3), Fraction(5, 9), Fraction(1, 9)), Fraction(16, 9)))
def test_every_method_has_a_zero_stable_partner_and_one_that_is_not(method):
    """Root conditions hold of coefficients; the function has both labels."""
    largest = roots_of(method.characteristic_polynomial)[0]
    assert is_zero_stable(gauge_partner(method, 2 * largest.upper))
    assert not is_zero_stable(gauge_partner(method, largest.lower / 2))


@given(beta=states, c=scales)
@example(beta=Fraction(16, 9), c=Fraction(1))
@example(beta=Fraction(0), c=Fraction(2))
def test_a_branch_has_one_weight_in_all_ordinary_steps_if_and_only_if_c_is_one(beta, c):
    """Or where it has none: β = 0."""
    weights = {beta * c ** -(n + 1) for n in range(5)}
    assert (len(weights) == 1) == (c == 1 or beta == 0)


def test_for_all_c_at_once(claim, check):
    check(claim)
