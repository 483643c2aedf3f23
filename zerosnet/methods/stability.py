"""The root condition, decided exactly, and where the roots lie, with certified bounds.

A method is zero-stable when its characteristic polynomial satisfies the root condition
(condition 1): every root in the closed unit disk, and every root on the circle simple.

The decision is made over the rationals.  The polynomial is factored into irreducible factors
(python-flint), which gives multiplicities.  A factor that is not its own reciprocal has no root on
the circle and is placed by certified enclosures of its roots, any other by the Schur–Cohn recursion
(J. J. H. Miller, "On the location of zeros of certain classes of polynomials with applications to
numerical analysis", J. Inst. Maths Applics 8, 1971).  Floating-point roots decide nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, Literal

from zerosnet.methods.multistep import LinearMultistep

#: Where all roots of an irreducible factor lie, or (``outside``) at least one of them.
Place = Literal["inside", "on", "outside"]
#: Coefficients of a polynomial from ρ⁰ upwards.
Polynomial = tuple[Fraction, ...]


@dataclass(frozen=True)
class Factor:
    """An irreducible factor of a polynomial over the rationals.

    Args:
        coefficients: whole numbers without common divisor, from ρ⁰ upwards.
        multiplicity: how often it divides the polynomial.
        place: relative to the unit circle.
    """

    coefficients: tuple[int, ...]
    multiplicity: int
    place: Place

    @property
    def degree(self) -> int:
        """Number of its roots, all of them simple."""
        return len(self.coefficients) - 1

    def __str__(self) -> str:
        text = polynomial_text(self.coefficients)
        return f"({text})" + (f"^{self.multiplicity}" if self.multiplicity > 1 else "")


@dataclass(frozen=True)
class RootCondition:
    """The decision, with the factors that it follows from."""

    factors: tuple[Factor, ...]

    @property
    def holds(self) -> bool:
        """No root outside the unit circle, none on it that is not simple."""
        return not self._violations

    @property
    def is_strong(self) -> bool:
        """It holds, and no root but ρ = 1 lies on the circle."""
        on = [factor for factor in self.factors if factor.place == "on"]
        return self.holds and all(factor.coefficients == (-1, 1) for factor in on)

    @property
    def reason(self) -> str:
        """Why it holds or not, in one clause."""
        if self.holds:
            return "no root outside the unit circle, and those on it are simple"
        factor = self._violations[0]
        if factor.place == "outside":
            return f"{factor} has a root outside the unit circle"
        return f"{factor} makes a root on the unit circle multiple"

    @cached_property
    def _violations(self) -> list[Factor]:
        return [
            factor
            for factor in self.factors
            if factor.place == "outside" or (factor.place == "on" and factor.multiplicity > 1)
        ]


def root_condition(method: LinearMultistep) -> RootCondition:
    """Decide condition 1 for a method."""
    return RootCondition(factors_of(method.characteristic_polynomial))


def is_zero_stable(method: LinearMultistep) -> bool:
    """Whether the method satisfies the root condition."""
    return root_condition(method).holds


def factors_of(polynomial: Polynomial) -> tuple[Factor, ...]:
    """The irreducible factors of a polynomial of degree 1 or more, each placed."""
    _, factors = _flint(polynomial).factor()
    return tuple(
        Factor(
            coefficients := tuple(int(factor[i]) for i in range(factor.degree() + 1)),
            multiplicity,
            _place(tuple(map(Fraction, coefficients))),
        )
        for factor, multiplicity in sorted(factors, key=lambda pair: (pair[0].degree(), str(pair)))
    )


def _place(irreducible: Polynomial) -> Place:
    turned = irreducible[::-1]
    if irreducible not in (turned, tuple(-c for c in turned)):
        # A root on the circle would be one of the reciprocal, too.  So enclosures decide, which are
        # soon found; the recursion takes minutes over 64 long coefficients.
        roots = roots_of(irreducible)
        if all(root.upper < 1 for root in roots):
            return "inside"
        if any(root.lower > 1 for root in roots):
            return "outside"
    if is_schur(irreducible):
        return "inside"
    # A simple von Neumann polynomial that is not Schur has a root on the circle.  Its conjugate,
    # which is its inverse, is a root too; so an irreducible one is its own reciprocal, its roots
    # come in pairs (r, 1/r), and with none outside all of them lie on the circle.
    return "on" if is_simple_von_neumann(irreducible) else "outside"


def is_schur(polynomial: Polynomial) -> bool:
    """Whether every root lies in the open unit disk (Miller 1971, theorem 6.1).

    f is Schur exactly when |f*(0)| > |f(0)| and the reduced polynomial is; f*(z) = zⁿ f(1/z).
    """
    f = _trimmed(polynomial)
    while len(f) > 1:
        if abs(f[0]) >= abs(f[-1]):
            return False
        f = _reduced(f)
    return True


def is_simple_von_neumann(polynomial: Polynomial) -> bool:
    """Whether the polynomial satisfies the root condition (Miller 1971, theorem 6.3).

    f does exactly when |f*(0)| > |f(0)| and the reduced polynomial does, or the reduced polynomial
    vanishes and f′ is Schur.  No factorization is needed: a second route to the same decision.
    """
    f = _trimmed(polynomial)
    while len(f) > 1:
        reduced = _reduced(f)
        if not any(reduced):
            return is_schur(tuple(k * c for k, c in enumerate(f))[1:])
        if abs(f[0]) >= abs(f[-1]):
            return False
        f = reduced
    return True


def _reduced(f: Polynomial) -> Polynomial:
    """(f(z) − k f*(z)) / z with k = f(0)/f*(0): Miller's reduction over f*(0).

    The division keeps the fractions as short as the determinants they stand for; without it their
    length doubles with every degree.
    """
    k = f[0] / f[-1]
    return tuple(c - k * r for c, r in zip(f, reversed(f), strict=True))[1:]


def _trimmed(f: Polynomial) -> Polynomial:
    degree = max((k for k, c in enumerate(f) if c != 0), default=0)
    return f[: degree + 1]


@dataclass(frozen=True)
class Root:
    """A root with certified bounds of its modulus.

    Args:
        value: floating-point midpoint of an enclosure, for plots.
        multiplicity: exact.
        lower, upper: the modulus lies between them.
    """

    value: complex
    multiplicity: int
    lower: Fraction
    upper: Fraction

    @property
    def modulus(self) -> float:
        """Floating-point modulus, for people."""
        return float((self.lower + self.upper) / 2)

    def is_printed_as(self, text: str) -> bool:
        """Whether the modulus, rounded to the digits of a printed decimal, can be that decimal."""
        printed = Fraction(text)
        digits = len(text.partition(".")[2])  # behind the point
        half = Fraction(1, 2 * 10**digits)
        return printed - half <= self.lower and self.upper <= printed + half


def roots_of(polynomial: Polynomial) -> tuple[Root, ...]:
    """Every root once, by falling modulus, with its multiplicity and certified bounds."""
    roots = [
        Root(
            complex(float(ball.real.mid()), float(ball.imag.mid())),
            multiplicity,
            _fraction(ball.abs_lower()),
            _fraction(ball.abs_upper()),
        )
        for ball, multiplicity in _flint(polynomial).complex_roots()
    ]
    return tuple(sorted(roots, key=lambda r: (-r.modulus, -r.value.real, -r.value.imag)))


@cache
def all_moduli(method: LinearMultistep) -> tuple[float, ...]:
    """The moduli of a method's roots, each as often as it is a root, the largest first."""
    roots = roots_of(method.characteristic_polynomial)
    return tuple(root.modulus for root in roots for _ in range(root.multiplicity))


def parasitic_polynomial(method: LinearMultistep) -> Polynomial:
    """The characteristic polynomial divided by ρ − 1: what the method adds to the solution.

    Raises:
        ValueError: 1 is no root (the method does not reproduce constants).
    """
    polynomial = method.characteristic_polynomial
    if sum(polynomial) != 0:
        raise ValueError(f"{method}: ρ = 1 is no root, so no root is the principal one")
    quotient: list[Fraction] = []
    carry = Fraction(0)
    for coefficient in reversed(polynomial[1:]):
        carry += coefficient
        quotient.append(carry)
    return tuple(reversed(quotient))


def parasitic_radius(method: LinearMultistep) -> float:
    """The largest modulus of a root besides the principal root 1; 0 where there is none.

    Raises:
        ValueError: 1 is no root.
    """
    polynomial = parasitic_polynomial(method)
    if len(polynomial) == 1:
        return 0.0
    return max(root.modulus for root in roots_of(polynomial))


def in_closed_disk(polynomial: Polynomial, radius: Fraction) -> bool:
    """Whether every root has at most the modulus ``radius``, multiple ones on the edge included.

    Args:
        polynomial: of degree 1 or more.
        radius: above 0.

    Raises:
        ValueError: the radius is not above 0.
    """
    if radius <= 0:
        raise ValueError(f"a disk of radius {radius}: above 0 is expected")
    scaled = tuple(c * radius**k for k, c in enumerate(polynomial))
    return all(factor.place != "outside" for factor in factors_of(scaled))


def polynomial_text(coefficients: Sequence[Fraction | int], symbol: str = "ρ") -> str:
    """A polynomial as people write it: ``3ρ² − ρ + (1/2)``."""
    text = ""
    for power, coefficient in reversed([(k, Fraction(c)) for k, c in enumerate(coefficients)]):
        if coefficient == 0:
            continue
        size = str(abs(coefficient)) if coefficient.denominator == 1 else f"({abs(coefficient)})"
        if size == "1" and power:
            size = ""
        sign = "−" if coefficient < 0 else "+" if text else ""
        text += f" {sign} " if text else sign
        text += size + {0: "", 1: symbol}.get(power, symbol + _superscript(power))
    return text or "0"


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _flint(polynomial: Polynomial) -> Any:
    """The polynomial with its denominators cleared, as python-flint's ``fmpz_poly``."""
    from flint import fmpz_poly  # 30 ms that the command line's help need not wait for

    whole = math.lcm(*(c.denominator for c in polynomial))
    return fmpz_poly([int(c * whole) for c in polynomial])


def _fraction(exact_ball: Any) -> Fraction:
    rational = exact_ball.fmpq()
    return Fraction(int(rational.p), int(rational.q))
