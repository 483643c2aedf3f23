"""Roots and values of transcendental functions between rationals, certified by ball arithmetic.

Every number is computed with an error bound (python-flint's ``arb``), and a sign counts only where
the ball excludes 0: an enclosure is a proof, not an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

#: Bits of a ball's middle.
PRECISION = 192
WIDTH = Fraction(1, 10**15)

#: Rationals between which a real number lies.
Enclosure = tuple[Fraction, Fraction]
#: From a ball (``flint.arb``) to a ball.
Function = Callable[[Any], Any]


def flint_rational(number: Fraction) -> Any:
    """A fraction as python-flint's ``fmpq``, which balls are added to and multiplied by exactly."""
    from flint import fmpq  # 30 ms that the command line's help need not wait for

    return fmpq(number.numerator, number.denominator)


def as_written(number: float) -> Fraction:
    """The decimal fraction that a float is written as: 0.1 is 1/10."""
    return Fraction(str(number))


def value_at(function: Function, where: Fraction | Enclosure) -> Enclosure:
    """Rationals between which a function's value lies, at a rational or all over an interval."""
    from flint import arb, ctx

    def ball(number: Fraction) -> Any:
        return arb(flint_rational(number))

    with ctx.workprec(PRECISION):
        at = ball(where) if isinstance(where, Fraction) else ball(where[0]).union(ball(where[1]))
        value = function(at)
        low, high = value.lower().fmpq(), value.upper().fmpq()
    return Fraction(int(low.p), int(low.q)), Fraction(int(high.p), int(high.q))


def sign_at(function: Function, where: Fraction) -> int:
    """The certain sign of a function's value, 1 or −1, or 0 where it is not certain."""
    low, high = value_at(function, where)
    return 1 if low > 0 else -1 if high < 0 else 0


def root_between(function: Function, low: Fraction, high: Fraction) -> Enclosure:
    """A root of a continuous function, enclosed to within 10⁻¹⁵ by bisection.

    It is the only one in the interval if the function is monotone there.

    Raises:
        ValueError: the signs at the ends are not certain and opposite, or one in between is not
            certain.
    """
    first, last = sign_at(function, low), sign_at(function, high)
    if first * last != -1:
        raise ValueError(f"no certain change of sign between {low} and {high}")
    while high - low > WIDTH:
        middle = (low + high) / 2
        sign = sign_at(function, middle)
        if sign == 0:
            raise ValueError(f"the sign at {float(middle):.17g} is not certain")
        low, high = (middle, high) if sign == first else (low, middle)
    return low, high


def decimals(enclosure: Enclosure, digits: int = 4) -> str:
    """An enclosed number rounded to some decimals.

    Raises:
        ValueError: the enclosure is too wide for them.
    """
    low, high = (f"{float(end):.{digits}f}" for end in enclosure)
    if low != high:
        raise ValueError(f"between {low} and {high}: {digits} decimals are not certain")
    return low
