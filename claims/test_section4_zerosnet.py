"""Section 4: what equation (10) is; C16 and C17 need networks."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from strategies import rationals

from zerosnet.methods.families import ZEROSNET
from zerosnet.methods.multistep import LinearMultistep

CLAIMS = ("C15",)
pytestmark = pytest.mark.theory


@given(second=rationals(-5, 5).filter(bool))
@example(second=Fraction(5, 9))
def test_three_steps_of_order_2_with_that_second_coefficient_are_equation_10(second):
    """C₀ = C₁ = C₂ = 0 give α₀, α₂ and β from α₁; λ is −1/α₁."""
    third = (1 - second) / 4
    method = LinearMultistep((1 - second - third, second, third), 1 + second + 2 * third)
    assert method.order >= 2
    assert method == ZEROSNET.at(-1 / second)


@given(
    second=rationals(-5, 5).filter(bool),
    off=rationals(Fraction(1, 100), 1),
)
def test_with_any_other_coefficient_the_order_is_less(second, off):
    third = (1 - second) / 4 + off
    method = LinearMultistep((1 - second - third, second, third), 1 + second + 2 * third)
    assert method.order == 1


def test_for_all_lambda_at_once(claim, check):
    check(claim)
