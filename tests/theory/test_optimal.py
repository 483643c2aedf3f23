"""Methods with the smallest parasitic roots: closed forms, uniqueness, exact orders."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import fractions

from zerosnet.methods.families import LEAPFROG, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, parasitic_polynomial, parasitic_radius
from zerosnet.theory import optimal
from zerosnet.theory.optimal import (
    higher_orders,
    order_2_optimum,
    order_3_radius,
    smallest_found,
    with_parasitic,
)


def test_two_and_three_steps_are_known_methods():
    assert order_2_optimum(2) == LEAPFROG
    assert order_2_optimum(3) == ZEROSNET_OPT


@pytest.mark.parametrize("steps", range(2, 9))
def test_the_optimum_has_its_order_and_radius(steps):
    method = order_2_optimum(steps)
    assert method.steps == steps
    assert method.order == 2
    assert is_zero_stable(method)
    assert parasitic_radius(method) == pytest.approx(1 / (2 * steps - 3), abs=1e-6)


@given(st.integers(3, 6), st.data())
def test_no_method_of_order_2_has_smaller_parasitic_roots(steps, data):
    """Any α₂ … give one of order 2 by two linear conditions; none beats the bound."""
    rest = data.draw(st.lists(fractions(-1, 1), min_size=steps - 2, max_size=steps - 2))
    first = 1 - sum(a * i**2 for i, a in enumerate(rest, start=2))
    alphas = [1 - first - sum(rest), first, *rest]
    beta = 1 + sum(a * i for i, a in enumerate(alphas))
    method = LinearMultistep(alphas, beta)
    assert method.order >= 2
    assume(method.steps == steps)
    assert parasitic_radius(method) >= 1 / (2 * steps - 3) - 1e-9


@pytest.mark.parametrize(("steps", "radius"), [(3, 2.6861), (4, 0.8360), (5, 0.5), (6, 0.3574)])
def test_order_3_in_closed_form(steps, radius):
    assert order_3_radius(steps) == pytest.approx(radius, abs=2e-4)
    method = smallest_found(steps, 3)
    assert method.order == 3
    assert parasitic_radius(method) == pytest.approx(order_3_radius(steps), abs=1e-3)
    assert is_zero_stable(method) == (steps > 3)


@given(fractions(Fraction(-9, 10), Fraction(9, 10)), fractions(Fraction(-9, 10), Fraction(9, 10)))
def test_order_3_cannot_be_beaten_by_four_steps(one, other):
    """Two real parasitic roots fix the third by order 2; those of order 3 lie above the bound."""
    u = [1 / (1 - one), 1 / (1 - other)]
    third = Fraction(5, 2) - sum(u)
    assume(third != 0)
    squares = sum(v * v for v in u) + third * third
    largest = max(abs(one), abs(other), abs(1 - 1 / third))
    if squares >= Fraction(31, 12):
        assert largest >= order_3_radius(4) - 1e-9


def test_the_order_is_exact_whatever_the_search_finds():
    for steps, order in ((4, 4), (5, 4), (6, 5)):
        assert smallest_found(steps, order).order == order


def test_parasitic_polynomials_come_back():
    q = (Fraction(1, 4), Fraction(1), Fraction(1))
    method = with_parasitic(q)
    assert parasitic_polynomial(method) == q
    assert method.order >= 1


@pytest.mark.parametrize(
    ("function", "steps", "message"),
    [
        (order_2_optimum, 1, "needs at least 2"),
        (order_3_radius, 2, "needs at least 3"),
        # With seven steps the last root would lie outside: 0.370 against 0.278.
        (order_3_radius, 7, "holds for at most 6"),
    ],
)
def test_steps_that_the_closed_forms_do_not_cover_are_refused(function, steps, message):
    with pytest.raises(ValueError, match=message):
        function(steps)


def test_higher_orders_are_exact_and_say_what_is_proved():
    rows = higher_orders()
    assert {(row["steps"], row["order"]) for row in rows} == {
        (4, 4), (5, 4), (5, 5), (6, 4), (6, 5), (6, 6)
    }  # fmt: skip
    assert all(row["unique"] == (row["steps"] == row["order"]) for row in rows)
    assert [(r["steps"], r["order"]) for r in rows if r["zero_stable"]] == [(6, 4)]


def test_order_3_is_of_no_zero_stable_method_with_three_steps(monkeypatch):
    decision = optimal.DECISIONS["X02"](None, None)
    assert decision.holds
    assert "search" not in str(decision)
    monkeypatch.setattr(optimal, "smallest_found", lambda steps, _order: order_2_optimum(steps))
    assert not optimal.DECISIONS["X02"](None, None).holds


def test_an_error_in_the_proof_is_noticed(monkeypatch, claims, paper):
    real = optimal.sympy.sqrt
    assert optimal.DECISIONS["X02"](claims["X02"], paper).holds
    monkeypatch.setattr(optimal.sympy, "sqrt", lambda radicand: real(radicand + 1))
    assert not optimal.DECISIONS["X02"](claims["X02"], paper).holds
