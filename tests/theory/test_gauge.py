"""The gauge, decided; and that its checks notice what is wrong."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, roots_of
from zerosnet.theory import gauge
from zerosnet.theory.gauge import (
    beside_the_state,
    gauge_partner,
    shown_gauges,
    stable_gauge,
    states,
)

fractions = st.fractions(-4, 4, max_denominator=12)
factors = st.fractions(Fraction(1, 5), 5, max_denominator=12)


@pytest.mark.parametrize("claim", list(gauge.DECISIONS))
def test_statements(claims, paper, claim):
    decision = gauge.DECISIONS[claim](claims[claim], paper)
    assert decision.holds
    assert decision.certificate


@given(st.lists(fractions, min_size=1, max_size=4), fractions, factors, st.data())
def test_states_of_partners_differ_by_powers_of_c(alphas, beta, c, data):
    slopes = data.draw(st.lists(fractions, min_size=1, max_size=8))
    method = LinearMultistep(alphas, beta)
    partner = gauge_partner(method, c)
    ours = states(list(method.alphas), method.beta, Fraction(1), Fraction(3), slopes)
    theirs = states(list(partner.alphas), partner.beta, 1 / c, Fraction(3), slopes)
    assert ours == [c**n * z for n, z in enumerate(theirs)]


@given(st.lists(fractions, min_size=1, max_size=4), factors)
def test_roots_are_divided_and_the_way_back_is_exact(alphas, c):
    method = LinearMultistep(alphas, 1)
    partner = gauge_partner(method, c)
    assert gauge_partner(partner, 1 / c) == method
    ours = sorted(root.modulus / float(c) for root in roots_of(method.characteristic_polynomial))
    theirs = sorted(root.modulus for root in roots_of(partner.characteristic_polynomial))
    assert theirs == pytest.approx(ours, abs=1e-9)


def test_the_least_stable_gauge():
    assert stable_gauge(ZEROSNET_OPT) == 1
    assert stable_gauge(LinearMultistep((2,), 1)) == 2
    found = stable_gauge(LinearMultistep((1, 1, 1), 1))
    assert found == Fraction(184, 100)
    assert not is_zero_stable(
        gauge_partner(LinearMultistep((1, 1, 1), 1), found - Fraction(1, 100))
    )


@pytest.mark.parametrize("c", [0, -1])
def test_no_gauge_turns_states_around(c):
    with pytest.raises(SuiteError, match="must be above 0"):
        gauge_partner(PRERESNET, c)


@given(c=st.fractions(Fraction(1, 2), 3, max_denominator=50))
def test_growth_beside_the_state_is_the_same_in_every_gauge(c):
    for method in (LinearMultistep((1, 1, 1), 1), LinearMultistep(("15/4", -4, "5/4"), "-1/2")):
        partner = gauge_partner(method, c)
        assert beside_the_state(method, 9) == beside_the_state(partner, 9, c)
        apart = beside_the_state(method, 9, apart="0.01")
        assert apart == beside_the_state(partner, 9, c, apart="0.01")


def test_growth_beside_the_state_by_hand():
    # (1, 1): the states 2, 3, 5 from 1, 1; the change 1, 1, 2 from 0, 1.
    assert beside_the_state(LinearMultistep((1, 1), 1), 3) == Fraction(3, 5)
    # A consistent method keeps the state, and a parasitic root of 2 doubles the change.
    assert beside_the_state(LinearMultistep((3, -2), 1), 4) == 31
    # From 1 and 1.01 the states follow the root 2, too: 1.01, 1.03, 1.07, 1.15, 1.31.
    apart = beside_the_state(LinearMultistep((3, -2), 1), 4, apart="0.01")
    assert apart == 31 / (1 + Fraction(31, 100))
    with pytest.raises(ValueError, match="are 0 after 1 steps"):
        beside_the_state(LinearMultistep((-1, 1), 1), 1)


def test_coefficients_that_are_divided_wrongly_are_noticed(claims, paper, monkeypatch):
    monkeypatch.setattr(gauge, "gauge_partner", lambda method, _c: method)
    monkeypatch.setattr(gauge, "stable_gauge", lambda _method: Fraction(2))
    monkeypatch.setattr(gauge, "_leaving_gauge", lambda _method: Fraction(1, 2))
    assert not gauge.no_property_of_the_function(claims["G03"], paper).holds
    assert not gauge.perturbations(claims["G05"], paper).holds


def test_a_starter_that_does_not_grow_is_noticed(claims, paper, monkeypatch):
    right = gauge.states

    def wrong(alphas, beta, growth, first, slopes):
        found = right(alphas, beta, growth, first, slopes)
        return found if len(alphas) == 1 else [found[0], first + slopes[0], *found[2:]]

    monkeypatch.setattr(gauge, "states", wrong)
    assert not gauge.one_function(claims["G01"], paper).holds


def test_a_transition_that_is_not_linear_is_noticed(claims, paper, monkeypatch):
    """As behind a norm, if n went on counting there."""
    monkeypatch.setattr(gauge, "_projected", gauge._normed)
    assert not gauge.one_function(claims["G01"], paper).holds


def test_a_norm_that_tells_the_scale_is_noticed(claims, paper, monkeypatch):
    """As with an ε that is added to the variance."""
    right = gauge._normed

    def with_epsilon(values):
        variance = sum(value**2 for value in values) / len(values)
        return [n / sympy.sqrt(1 + sympy.Rational(1, 100) / variance) for n in right(values)]

    monkeypatch.setattr(gauge, "_normed", with_epsilon)
    assert not gauge.one_function(claims["G01"], paper).holds


def test_without_a_branch_every_gauge_has_a_constant_one(claims, paper, monkeypatch):
    """G04 needs β ≠ 0: k = −0.5 of table 2 has β = 0."""
    above_0 = sympy.Interval.open(0, sympy.oo)
    assert gauge.constant_gauges(sympy.Integer(0)) == above_0
    assert gauge.constant_gauges(sympy.Rational(16, 9)) == sympy.FiniteSet(1)
    assert f"for β = 0 every branch weighs 0: for c in {above_0}" in (
        gauge.constant_weights(claims["G04"], paper).certificate
    )
    of_zero = gauge.constant_gauges
    monkeypatch.setattr(gauge, "constant_gauges", lambda _beta: of_zero(sympy.Integer(0)))
    assert not gauge.constant_weights(claims["G04"], paper).holds


def test_statements_say_what_they_assume(claims):
    assert "linear maps alone" in claims["G01"].statement
    assert "over the batch" in claims["G01"].statement
    assert "n counts from the last one" in claims["G01"].statement
    assert "β ≠ 0" in claims["G04"].statement
    assert "ordinary step" in claims["G04"].statement


def test_the_weight_of_a_block_beside_the_state_is_the_same_in_both_gauges():
    first, second = shown_gauges()
    assert first["weights"] == pytest.approx(second["weights"])
    assert first["states"][-1] > 1e6
    assert max(second["states"]) < 1
    assert (first["zero_stable"], second["zero_stable"]) == (False, True)
    assert first["weights"][8] == pytest.approx(0.01, rel=0.1)
