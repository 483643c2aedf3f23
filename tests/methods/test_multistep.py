"""Methods are exact, refuse what is none, and have the order that they declare."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from strategies import fractions, methods

from zerosnet.methods.families import LEAPFROG, LM_CONSISTENT, PRERESNET, ZEROSNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep, NotAMethodError, exact, residual


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5/9", Fraction(5, 9)),
        (" -1 / 3 ", Fraction(-1, 3)),
        ("0.825", Fraction(33, 40)),
        ("−2", Fraction(-2)),
        ("1e-3", Fraction(1, 1000)),
        (Decimal("0.1"), Fraction(1, 10)),
        (0.5, Fraction(1, 2)),
        (3, Fraction(3)),
    ],
)
def test_numbers_are_read_exactly(written, value):
    assert exact(written) == value


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("nan", "not a finite number"),
        ("inf", "not a finite number"),
        (float("nan"), "must be finite"),
        (math.inf, "must be finite"),
        (Decimal("NaN"), "must be finite"),
        ("1/0", "denominator is zero"),
        ("", "not a finite number"),
        ("a half", "not a finite number"),
        (True, "give a number"),
        ("1e999999999", "too many digits"),
        ("1e9_999_999_999", "not a finite number"),
        ("1e²", "not a finite number"),
        ("١/٢", "not a finite number"),
        ("1e101", "too large for a coefficient"),
        ("9" * 500, "too many digits"),
        ("0 1", "has no blanks in it"),
        ("1 1/2", "has no blanks in it"),
        ("1 000", "has no blanks in it"),
        ("- 1/3", "has no blanks in it"),
        ("1/2 3", "has no blanks in it"),
        ("1 . 5", "has no blanks in it"),
    ],
)
def test_what_is_no_number_is_refused_in_one_line(written, message):
    with pytest.raises(NotAMethodError, match=message) as caught:
        exact(written)
    assert "\n" not in str(caught.value)


def test_what_is_no_method_is_refused():
    with pytest.raises(NotAMethodError, match="no coefficient given"):
        LinearMultistep((), 1)
    with pytest.raises(NotAMethodError, match="65 steps given"):
        LinearMultistep((1,) * 65, 1)
    assert LinearMultistep((1,) * 64, 1).steps == 64
    with pytest.raises(NotAMethodError, match="α1 is 'x'"):
        LinearMultistep((1, "x"), 1)
    with pytest.raises(NotAMethodError, match="β is nan"):
        LinearMultistep((1,), float("nan"))


def test_the_polynomial_follows_condition_1():
    assert ZEROSNET_OPT.characteristic_polynomial == (
        Fraction(-1, 9),
        Fraction(-5, 9),
        Fraction(-1, 3),
        1,
    )


def test_methods_are_equal_by_their_coefficients_alone():
    assert LinearMultistep((1, 0, 0), 1, "padded") == PRERESNET
    assert hash(LinearMultistep((1, 0), 1)) == hash(PRERESNET)
    assert LinearMultistep((1,), 2) != PRERESNET
    assert LinearMultistep((0, 0), 1).alphas == (0,)


@pytest.mark.parametrize(
    ("method", "order"),
    [
        (PRERESNET, 1),
        (LEAPFROG, 2),
        (ZEROSNET_OPT, 2),
        (ZEROSNET.at("-1/3"), 3),
        (LM_CONSISTENT.at("-1/2"), 1),
        (LinearMultistep((1,), 2), 0),
        (LinearMultistep((2,), 1), -1),
    ],
)
def test_known_orders(method, order):
    assert method.order == order
    assert method.is_consistent == (order >= 1)


def test_error_constants():
    assert PRERESNET.error_constant == Fraction(1, 2)
    assert LEAPFROG.error_constant == Fraction(1, 6)
    assert LinearMultistep((1,), 2).error_constant is None
    assert ZEROSNET.at("1/3").error_constant is None


def test_a_residual_of_negative_order_is_refused():
    with pytest.raises(ValueError, match="order 0 or more"):
        PRERESNET.residual(-1)


def step_error(method, h, f, solution):
    """|exact − step| after one step of size h from exact history at t = 0."""
    history = [solution(-i * h) for i in range(method.steps)]
    step = sum(float(a) * y for a, y in zip(method.alphas, history, strict=True))
    return abs(solution(h) - step - h * float(method.beta) * f(0.0, history[0]))


DECAY = (lambda _t, y: -y, lambda t: math.exp(-t))
OSCILLATOR = (lambda _t, y: 2j * y, lambda t: complex(math.cos(2 * t), math.sin(2 * t)))


@pytest.mark.parametrize(("f", "solution"), [DECAY, OSCILLATOR], ids=["decay", "oscillator"])
@pytest.mark.parametrize(
    "method",
    [PRERESNET, LEAPFROG, ZEROSNET_OPT, ZEROSNET.at("-1/3"), ZEROSNET.at(1), LM_CONSISTENT.at(3)],
    ids=str,
)
def test_the_measured_order_is_the_declared_one(method, f, solution):
    # The error of one step is C_{p+1} h^{p+1} y^(p+1) + …
    errors = [step_error(method, h, f, solution) for h in (1 / 32, 1 / 64)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(method.order + 1, abs=0.12)


@given(methods, fractions(Fraction(1, 2), 2))
def test_the_residuals_are_taylors(method, scale):
    """On polynomials of degree q the step's error is exactly q! C_q h^q: no floating point."""
    for q in range(method.steps + 2):
        history = [(-i * scale) ** q for i in range(method.steps)]
        slope = Fraction(q == 1)
        step = sum(a * y for a, y in zip(method.alphas, history, strict=True))
        error = scale**q - step - scale * method.beta * slope
        assert error == math.factorial(q) * method.residual(q) * scale**q


@given(methods)
def test_no_order_is_missed(method):
    for q in range(method.order + 1):
        assert method.residual(q) == 0
    assert method.residual(method.order + 1) != 0


@given(fractions())
def test_a_family_has_the_residuals_of_its_members(value):
    assume(value != 0)
    method = ZEROSNET.at(value)
    alphas, beta = ZEROSNET.formula(value)
    assert [residual(alphas, beta, q) for q in range(4)] == [method.residual(q) for q in range(4)]


def test_labels_are_for_people():
    assert ZEROSNET_OPT.label == "(1/3, 5/9, 1/9; 16/9)"
    assert str(ZEROSNET_OPT) == "ZeroSNet-Opt (1/3, 5/9, 1/9; 16/9)"
    assert str(LinearMultistep((1,), 1)) == "(1; 1)"


def test_coefficients_with_more_digits_together_than_python_prints_are_refused():
    apart = [f"1/{10**397 + 2 * i + 1}" for i in range(12)]
    with pytest.raises(NotAMethodError, match="more than 4,000 digits: give shorter ones"):
        LinearMultistep(apart, 1)
    assert LinearMultistep(apart[:9], 1).steps == 9
