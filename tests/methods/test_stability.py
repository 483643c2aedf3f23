"""The root condition: decided by construction, by behaviour, by a second route, and certified."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import built_polynomials, method_with, methods, times

from zerosnet.methods.families import LEAPFROG, PRERESNET, ZEROSNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import (
    all_moduli,
    factors_of,
    in_closed_disk,
    is_schur,
    is_simple_von_neumann,
    is_zero_stable,
    parasitic_polynomial,
    parasitic_radius,
    polynomial_text,
    root_condition,
    roots_of,
)

HALF = Fraction(1, 2)


def polynomial(*roots):
    result = (Fraction(1),)
    for root in roots:
        result = times(result, (-Fraction(root), Fraction(1)))
    return result


def test_a_double_root_on_the_circle_is_refused():
    """(z − 1)² (z − ½), which floating-point checks call stable."""
    condition = root_condition(method_with(polynomial(1, 1, HALF)))
    assert not condition.holds
    assert condition.reason == "(ρ − 1)^2 makes a root on the unit circle multiple"


@pytest.mark.parametrize("a", [Fraction(k, 97) for k in range(-96, 97, 7)])
def test_it_is_refused_whatever_the_third_root(a):
    method = method_with(polynomial(1, 1, a))
    assert not is_zero_stable(method)
    assert not is_simple_von_neumann(method.characteristic_polynomial)


@pytest.mark.parametrize(
    ("roots", "stable", "strong"),
    [
        ((1,), True, True),
        ((1, -1), True, False),
        ((1, 0, 0), True, True),
        ((1, HALF, HALF), True, True),
        ((1, -1, -1), False, False),
        ((1, Fraction(10001, 10000)), False, False),
        ((1, Fraction(-9999, 10000)), True, True),
        ((0,), True, True),
        ((2,), False, False),
    ],
)
def test_known_roots(roots, stable, strong):
    condition = root_condition(method_with(polynomial(*roots)))
    assert condition.holds == stable
    assert condition.is_strong == strong


def test_roots_of_unity_are_on_the_circle():
    """(ρ⁵ − 1): five simple roots on the circle; squared they are double."""
    fifth = LinearMultistep((0, 0, 0, 0, 1), 1)
    assert root_condition(fifth).holds
    assert not root_condition(fifth).is_strong
    squared = times(fifth.characteristic_polynomial, fifth.characteristic_polynomial)
    assert not is_zero_stable(method_with(squared))


def test_lehmers_polynomial_has_a_root_barely_outside():
    """A Salem number, 1.17628…: self-reciprocal, eight of ten roots on the circle, one outside."""
    lehmer = tuple(map(Fraction, (1, 1, 0, -1, -1, -1, -1, -1, 0, 1, 1)))
    (factor,) = factors_of(lehmer)
    assert factor.place == "outside"
    assert not is_simple_von_neumann(lehmer)


@settings(max_examples=300)
@given(built_polynomials())
def test_it_is_decided_as_it_was_built(built):
    f, stable = built
    assert is_zero_stable(method_with(f)) == stable
    assert is_simple_von_neumann(f) == stable


def random_polynomial(generator, degree, forced):
    """A product of factors of known places: (polynomial, whether the root condition holds)."""
    f, stable, used = (Fraction(1),), True, []
    while len(f) - 1 < degree:
        room = degree - (len(f) - 1)
        place = generator.choice(["inside", "on", "outside"] if not forced else ["inside", "on"])
        if room == 1 or generator.random() < 0.5:
            n = generator.randint(2, 30)
            size = {
                "inside": Fraction(generator.randint(0, n - 1), n),
                "on": Fraction(1),
                "outside": Fraction(generator.randint(n + 1, 2 * n), n),
            }[place]
            factor = (generator.choice([-1, 1]) * size, Fraction(1))
        else:
            # ρ² − 2hρ + s with h² < s: a conjugate pair of modulus √s.
            n = generator.randint(2, 30)
            half = Fraction(generator.randint(-n + 1, n - 1), n) / 2
            size = {
                "inside": Fraction(generator.randint(1, n - 1), n) / 2 + half**2,
                "on": Fraction(1),
                "outside": 1 + Fraction(generator.randint(1, n), n),
            }[place]
            if place == "inside" and size >= 1:
                continue
            factor = (size, -2 * half, Fraction(1))
        stable = stable and place != "outside" and not (place == "on" and factor in used)
        used.append(factor)
        f = times(f, factor)
    if forced and degree > 1:
        # One factor on the circle, twice.
        double = times((Fraction(-1), Fraction(1)), (Fraction(-1), Fraction(1)))
        return times(f, double), False
    return f, stable


@pytest.mark.parametrize("forced", [False, True], ids=["any", "double root on the circle"])
def test_two_thousand_polynomials_are_decided_as_they_were_built(forced):
    generator = random.Random(20220101 + forced)
    wrong, seen = [], {True: 0, False: 0}
    for number in range(1000):
        f, stable = random_polynomial(generator, 1 + number % 8, forced)
        seen[stable] += 1
        if is_zero_stable(method_with(f)) != stable or is_simple_von_neumann(f) != stable:
            wrong.append(f)
    assert not wrong
    assert seen[False] > 100
    assert forced or seen[True] > 100


@settings(max_examples=300)
@given(methods)
def test_two_routes_agree(method):
    assert is_zero_stable(method) == is_simple_von_neumann(method.characteristic_polynomial)


def largest_states(method, steps):
    """max |y| over all unit initial states of y_{n+1} = Σ α_i y_{n−i}, at two times; exact."""
    found = [Fraction(0), Fraction(0)]
    for unit in range(method.steps):
        history = [Fraction(i == unit) for i in range(method.steps)]
        for step in range(2 * steps):
            following = sum(
                (a * y for a, y in zip(method.alphas, history, strict=True)), Fraction(0)
            )
            history = [following, *history[:-1]]
            half = step >= steps
            found[half] = max(found[half], abs(following))
    return found


@settings(max_examples=60, deadline=None)
@given(built_polynomials())
def test_stable_exactly_when_the_recurrence_stays_bounded(built):
    """Unbounded recurrences grow at least linearly, by a fifth from one half to the next; bounded
    ones repeat or decay."""
    f, _ = built
    method = method_with(f)
    early, late = largest_states(method, 150)
    assert is_zero_stable(method) == (late <= early * Fraction(6, 5))


@settings(max_examples=60, deadline=None)
@given(methods)
def test_certified_roots_agree_with_an_independent_solver(method):
    f = method.characteristic_polynomial
    roots = roots_of(f)
    assert sum(root.multiplicity for root in roots) == method.steps
    with mpmath.workdps(60):
        for root in roots:
            value = mpmath.polyval(
                [mpmath.mpf(c.numerator) / c.denominator for c in f[::-1]], mpmath.mpc(root.value)
            )
            assert abs(value) < 1e-9
        assert all(root.lower <= root.upper for root in roots)


@settings(max_examples=100)
@given(methods)
def test_certified_bounds_agree_with_the_decision(method):
    roots = roots_of(method.characteristic_polynomial)
    if any(root.lower > 1 for root in roots):
        assert not is_zero_stable(method)
    if all(root.upper < 1 for root in roots):
        assert is_zero_stable(method)
        assert is_schur(method.characteristic_polynomial)


def test_a_method_of_many_steps_is_decided_quickly():
    """Without reduced fractions the recursion's numbers would double with every degree."""
    alphas = [Fraction(1, k + 2) for k in range(64)]
    assert is_simple_von_neumann(LinearMultistep(alphas, 1).characteristic_polynomial) == (
        is_zero_stable(LinearMultistep(alphas, 1))
    )


def test_moduli_come_as_often_as_their_roots_the_largest_first():
    method = method_with(polynomial(HALF, -2, HALF, 1))
    assert all_moduli(method) == pytest.approx((2, 1, 0.5, 0.5))


def test_parasitic_roots():
    assert parasitic_polynomial(ZEROSNET_OPT) == (Fraction(1, 9), Fraction(2, 3), 1)
    assert parasitic_radius(ZEROSNET_OPT) == pytest.approx(1 / 3)
    assert parasitic_radius(LEAPFROG) == 1
    assert parasitic_radius(PRERESNET) == 0
    with pytest.raises(ValueError, match="ρ = 1 is no root"):
        parasitic_polynomial(LinearMultistep((1, 1, 1), 1))


@pytest.mark.parametrize(
    ("radius", "within"), [("1/3", True), ("333/1000", False), ("334/1000", True)]
)
def test_the_optimums_roots_lie_in_a_closed_disk(radius, within):
    assert in_closed_disk(parasitic_polynomial(ZEROSNET_OPT), Fraction(radius)) == within


@pytest.mark.parametrize("radius", [0, -1])
def test_a_disk_has_a_radius(radius):
    with pytest.raises(ValueError, match="above 0 is expected"):
        in_closed_disk(polynomial(1, HALF), Fraction(radius))


def test_printed_moduli_are_compared_with_certified_bounds():
    (root,) = roots_of(polynomial(Fraction(333, 1000)))
    assert root.is_printed_as("0.33")
    assert root.is_printed_as("0.333")
    assert not root.is_printed_as("0.34")
    assert not root.is_printed_as("0.3333")
    # Half way between two decimals, known to the bit: either may have been printed.
    (eighth,) = roots_of(polynomial(Fraction(1, 8)))
    assert eighth.lower == eighth.upper
    assert eighth.is_printed_as("0.12")
    assert eighth.is_printed_as("0.13")


def test_table_10_needs_the_exact_fractions():
    """With four decimals the double root splits into 0.34 and 0.33."""
    decimals = LinearMultistep(("0.3333", "0.5556", "0.1111"), "1.7778")
    moduli = [root.modulus for root in roots_of(decimals.characteristic_polynomial)]
    assert len(moduli) == 3
    assert len({round(modulus, 2) for modulus in moduli}) == 3
    assert len(roots_of(ZEROSNET_OPT.characteristic_polynomial)) == 2


@pytest.mark.parametrize(
    ("coefficients", "text"),
    [
        ((1, -2, 1), "ρ² − 2ρ + 1"),
        ((Fraction(1, 2), 0, 0, -1), "−ρ³ + (1/2)"),
        ((0,), "0"),
        ((-1, 1), "ρ − 1"),
        ((3,), "3"),
        ((0,) * 10 + (1,), "ρ¹⁰"),
    ],
)
def test_polynomials_are_written_as_people_do(coefficients, text):
    assert polynomial_text(coefficients) == text


@pytest.mark.parametrize(
    ("value", "stable"),
    [("-2", True), ("-1", True), ("-0.99", False), ("0.3", False), ("1/3", False), ("0.34", True)],
)
def test_zerosnet_is_stable_where_theorem_2_says(value, stable):
    assert is_zero_stable(ZEROSNET.at(value)) == stable


def test_long_coefficients_are_placed_at_once():
    """The recursion over fractions takes minutes for each of these."""
    small = LinearMultistep(["0.5", *(f"1e-{6 * i}" for i in range(1, 64))], 1)
    apart = LinearMultistep(["1/2", *[0] * 62, "1/2"], 1)
    start = time.monotonic()
    assert is_zero_stable(small)
    for c, stable in ((Fraction(1, 10**20), False), (Fraction(10**20), True)):
        partner = [alpha / c ** (i + 1) for i, alpha in enumerate(apart.alphas)]
        assert is_zero_stable(LinearMultistep(partner, 1)) is stable
    assert time.monotonic() - start < 20


@given(st.lists(st.fractions(-3, 3, max_denominator=6), min_size=2, max_size=7))
def test_a_factor_is_placed_as_the_recursion_alone_places_it(coefficients):
    polynomial = (*coefficients, Fraction(1))
    for factor in factors_of(polynomial):
        exact = tuple(map(Fraction, factor.coefficients))
        assert (factor.place == "inside") == is_schur(exact)
        assert (factor.place != "outside") == is_simple_von_neumann(exact)
