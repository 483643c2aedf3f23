"""Beyond theorem 3: the smallest parasitic roots for any number of steps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import rationals

from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, parasitic_polynomial
from zerosnet.theory.optimal import order_2_optimum, with_parasitic

STAGE = "optimal_methods"
pytestmark = pytest.mark.theory

numbers_of_steps = st.integers(2, 6)


def expanded(roots):
    """Π (ρ − r), coefficients from ρ⁰ upwards."""
    polynomial = (Fraction(1),)
    for root in roots:
        above, below = (Fraction(0), *polynomial), (*polynomial, Fraction(0))
        polynomial = tuple(a - root * b for a, b in zip(above, below, strict=True))
    return polynomial


@given(steps=numbers_of_steps)
def test_if_all_parasitic_roots_are_minus_that_radius_the_order_is_2(steps):
    radius = Fraction(1, 2 * steps - 3)
    method = order_2_optimum(steps)
    assert method.order == 2 if steps > 2 else method.order >= 2
    assert parasitic_polynomial(method) == expanded([-radius] * (steps - 1))


@given(data=st.data(), steps=numbers_of_steps)
def test_only_if_with_smaller_roots_the_order_is_less(data, steps):
    """Real roots of at most the radius, not all of them its negative."""
    radius = Fraction(1, 2 * steps - 3)
    within = st.lists(rationals(-radius, radius), min_size=steps - 1, max_size=steps - 1)
    roots = data.draw(within.filter(lambda found: any(root != -radius for root in found)))
    assert with_parasitic(expanded(roots)).order < 2


def test_three_steps_of_order_3_are_one_method_which_is_not_zero_stable():
    """λ = −1/3 in (10): C₃ = 0 as well."""
    method = LinearMultistep((Fraction(-3, 2), 3, Fraction(-1, 2)), 3)
    assert method.order == 3
    assert not is_zero_stable(method)


def test_for_each_number_of_steps_at_once(claim, check):
    check(claim)
