"""One-step blocks that may compose f with itself: the equation each solves, and where it is stable.

PolyNet (Zhang et al. 2017) and FractalNet (Larsson et al. 2017) have such blocks.  For f(y) = zy a
block multiplies the state by a polynomial R(z), its stability function; everything here is decided
from the block's own formula, over the rationals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

import sympy

from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import Polynomial
from zerosnet.theory.regions import Cell, minus, pieces, zeros_and_poles

#: (f, y) → the next state.
Block = Callable[[Callable[[Any], Any], Any], Any]


def euler_block(f: Callable[[Any], Any], y: Any) -> Any:
    """Y + f(y), the block of a PreResNet."""
    return y + f(y)


def polynet_block(f: Callable[[Any], Any], y: Any) -> Any:
    """Y + F(y) + F(F(y)), the first terms of (I − F)⁻¹."""
    return y + f(y) + f(f(y))


def fractal_block(f: Callable[[Any], Any], y: Any) -> Any:
    """The mean of two columns, of one Euler step and of two, with the same f in all three steps."""
    return (euler_block(f, y) + euler_block(f, euler_block(f, y))) * sympy.Rational(1, 2)


def stability_function(block: Block) -> Polynomial:
    """R(z), coefficients from z⁰: what a step makes of y = 1 when f multiplies by z."""
    z = sympy.Symbol("z")
    polynomial = sympy.Poly(sympy.expand(block(lambda y: z * y, sympy.Integer(1))), z)
    return tuple(Fraction(int(c.p), int(c.q)) for c in reversed(polynomial.all_coeffs()))


def rate_of(function: Polynomial) -> Fraction | None:
    """The c for which steps with R(z) solve x′ = c f; ``None`` where they solve no such equation.

    That is R(z) = 1 + cz + …: constants are kept, and the slope is c times f.
    """
    return function[1] if len(function) > 1 and function[0] == 1 and function[1] != 0 else None


def solved_by(block: Block) -> tuple[Fraction, Fraction]:
    """(a, b) for which steps with F = h·f solve x′ = a f(x) + b f(0), for every smooth f.

    That is the derivative of a step with respect to h, at h = 0.

    Raises:
        ValueError: f stands at another place than x and 0 in this derivative.

    >>> solved_by(euler_block)
    (Fraction(1, 1), Fraction(0, 1))
    """
    h, y = sympy.symbols("h y")
    f = sympy.Function("f")
    slope = sympy.diff(block(lambda state: h * f(state), y), h).doit().subs(h, 0).doit()
    rates = [sympy.expand(slope).coeff(f(at)) for at in (y, 0)]
    if sympy.expand(slope - rates[0] * f(y) - rates[1] * f(0)) != 0:
        raise ValueError(f"a step with slope {slope} solves no equation of this kind")
    first, last = (Fraction(int(rate.p), int(rate.q)) for rate in rates)
    return first, last


def order_of(function: Polynomial) -> int:
    """The largest p with R(z) = exp(cz) + O(z^{p+1}), c the rate; 0 where there is none."""
    rate = rate_of(function)
    if rate is None:
        return 0
    # exp(cz) has a term of every power, so a polynomial agrees with it up to its degree at most.
    for power, coefficient in enumerate(function):
        if coefficient != rate**power / factorial(power):
            return power - 1
    return len(function) - 1


def stable_at(function: Polynomial, x: Fraction, y: Fraction = Fraction(0)) -> bool:
    """Whether |R(x + iy)| < 1, exactly: x′ = λx with hλ = x + iy decays."""
    real, imaginary = Fraction(0), Fraction(0)
    for coefficient in reversed(function):
        real, imaginary = real * x - imaginary * y + coefficient, real * y + imaginary * x
    return real**2 + imaginary**2 < 1


def stable_on_line(function: Polynomial, direction: tuple[int, int]) -> list[Cell]:
    """For which real s the point s·(a + ib) lies in the region of absolute stability.

    Args:
        function: R.
        direction: (a, b): (1, 0) for the real axis, (0, 1) for the imaginary one.

    Raises:
        ValueError: the region ends at an irrational s.
    """
    a, b = direction
    s = sympy.Symbol("s", real=True)
    value = sum(
        sympy.Rational(c.numerator, c.denominator) * (s * (a + sympy.I * b)) ** k
        for k, c in enumerate(function)
    )
    real, imaginary = value.expand().as_real_imag()
    cuts = sorted(set(zeros_and_poles(sympy.expand(real**2 + imaginary**2 - 1), s)))
    return [
        Cell(low, high, sample, stable_at(function, sample * a, sample * b), "")
        for low, high, sample in pieces(cuts)
    ]


def reach_of(function: Polynomial) -> Fraction:
    """How far the region of absolute stability reaches from 0 along the negative real axis."""
    cells = stable_on_line(function, (1, 0))
    (last,) = [cell for cell in cells if cell.high == 0 and not cell.is_point]
    return -last.low if last.holds and last.low is not None else Fraction(0)


@dataclass(frozen=True)
class Disk:
    """The open disk |z − centre| < radius with a centre on the real axis."""

    centre: Fraction
    radius: Fraction

    def __str__(self) -> str:
        return f"|z − ({minus(self.centre)})| < {self.radius}"


def disk_of(method: LinearMultistep) -> Disk:
    """The region of absolute stability of a one-step method: |α + βz| < 1.

    Raises:
        ValueError: the method has several steps, or β = 0.
    """
    if method.steps != 1 or method.beta == 0:
        raise ValueError(f"{method}: not one step with a β")
    return Disk(-method.alphas[0] / method.beta, 1 / abs(method.beta))
