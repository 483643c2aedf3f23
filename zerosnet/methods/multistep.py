"""Explicit linear multistep methods with one evaluation of f, as exact values.

The index convention, stated here once, is the paper's equation (2)::

    y_{n+1} = α₀ y_n + α₁ y_{n−1} + … + α_{d−1} y_{n−d+1} + h β f(t_n, y_n)

so ``alphas[i]`` multiplies the state i steps back.  (Hairer, Nørsett & Wanner, *Solving Ordinary
Differential Equations I*, section III.2, write the same method as Σ a_j y_{n+j} = h Σ b_j f_{n+j}
with a_k = 1, a_{k−1−i} = −α_i, b_{k−1} = β and every other b_j = 0.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any

from zerosnet.files.errors import SuiteError

Number = int | float | str | Decimal | Fraction

#: More steps than any network has blocks are a slip of the pen, not a method.
MAX_STEPS = 64
#: The longest number read from text: "1e999999999" would otherwise fill the memory with digits.
_MAX_DIGITS = 400
#: Of all coefficients over one denominator: Python prints no whole number of 4,300 digits.
_MAX_DIGITS_TOGETHER = 4000
#: The largest coefficient read from text, or of a family; roots of larger ones fit into no float.
LARGEST = 10**100
#: A fraction or a decimal; Python's own readers take "1_0" and digits of other scripts, too.
_WRITTEN = re.compile(
    r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)(e(?P<exponent>[+-]?\d+))?)", re.ASCII | re.IGNORECASE
)


class NotAMethodError(SuiteError, ValueError):
    """The coefficients given do not make an explicit linear multistep method."""


def exact(value: Number, what: str = "coefficient") -> Fraction:
    """Read a number exactly: ``"5/9"``, ``"0.825"``, ``-2``, ``Decimal``, ``Fraction`` or float.

    A float stands for the binary number that it is (0.1 is not 1/10); write decimals as text.

    Raises:
        NotAMethodError: not a number, not finite, or with a zero denominator.
    """
    if isinstance(value, bool):
        raise NotAMethodError(f"{what} is {value!r}: give a number such as 5/9 or 0.825")
    if isinstance(value, Rational):
        return Fraction(value)
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise NotAMethodError(f"{what} is {value}: a coefficient must be finite")
        return Fraction(value)
    text = str(value).strip().replace("−", "-")
    # Blanks may stand around the stroke and nowhere else: "1 1/2" is no 11/2.
    written = _WRITTEN.fullmatch("/".join(part.strip() for part in text.split("/")))
    if len(text) > _MAX_DIGITS or (written and abs(int(written["exponent"] or 0)) > _MAX_DIGITS):
        raise NotAMethodError(f"{what} is {text[:20]!r}…: too many digits for a coefficient")
    if written is None:
        apart = len(text.split()) > 1 and re.fullmatch(r"[\d\s./+-]+", text, re.ASCII)
        advice = "a number has no blanks in it" if apart else "not a finite number"
        raise NotAMethodError(f"{what} is {text!r}: {advice}; give one such as 5/9 or 0.825")
    try:
        found = Fraction(written[0])
    except ZeroDivisionError:
        raise NotAMethodError(f"{what} is {text!r}: its denominator is zero") from None
    if abs(found) > LARGEST:
        raise NotAMethodError(f"{what} is {text[:20]!r}…: too large for a coefficient")
    return found


def residual(alphas: Sequence[Any], beta: Any, q: int) -> Any:
    """C_q, the coefficient of h^q y^{(q)}(t_n) that a step of the method leaves over.

    y(t+h) − Σ α_i y(t−ih) − hβ y′(t) = Σ_q C_q h^q y^{(q)}(t), by Taylor's theorem.
    (Hairer, Nørsett & Wanner I, equation III.2.6.)

    Args:
        alphas, beta: fractions, or symbolic expressions for a whole family at once.
        q: order of the derivative.

    Raises:
        ValueError: q is below 0.
    """
    if q < 0:
        raise ValueError(f"q = {q}: derivatives have order 0 or more")
    # Python's 0 ** 0 is 1, as the formula needs it.
    past = sum(alpha * (-i) ** q for i, alpha in enumerate(alphas))
    taylor = (1 - past) / math.factorial(q)
    return taylor - beta if q == 1 else taylor


@dataclass(frozen=True)
class LinearMultistep:
    """An explicit d-step method (2) with exact coefficients.

    Two methods are equal when their coefficients are, whatever they are called.

    Args:
        alphas: α₀ … α_{d−1}; anything :func:`exact` reads.  Trailing zeros are kept out of the
            history: a method whose last coefficients are zero is the shorter method.
        beta: weight of h·f(t_n, y_n).  Zero is allowed (ZeroSNet at λ = 1/3) and never consistent
            with y′ = f in a stable way.
        name: how reports call it; not part of its identity.

    >>> LinearMultistep(("1/3", "5/9", "1/9"), "16/9").order
    2
    """

    alphas: tuple[Fraction, ...]
    beta: Fraction
    name: str = field(default="", compare=False)

    def __init__(self, alphas: Sequence[Number], beta: Number, name: str = "") -> None:
        values = [exact(alpha, f"α{i}") for i, alpha in enumerate(alphas)]
        if not values:
            raise NotAMethodError("no coefficient given: a method needs at least α₀ and β")
        if len(values) > MAX_STEPS:
            raise NotAMethodError(f"{len(values)} steps given: {MAX_STEPS} at most")
        while len(values) > 1 and values[-1] == 0:
            values.pop()
        common = math.lcm(*(value.denominator for value in values))
        longest = max(
            common, *(abs(value.numerator) * common // value.denominator for value in values)
        )
        if longest.bit_length() > _MAX_DIGITS_TOGETHER * math.log2(10):
            raise NotAMethodError(
                f"over one denominator the coefficients have more than {_MAX_DIGITS_TOGETHER:,} "
                "digits: give shorter ones, or a gauge nearer to 1"
            )
        object.__setattr__(self, "alphas", tuple(values))
        object.__setattr__(self, "beta", exact(beta, "β"))
        object.__setattr__(self, "name", name)

    @property
    def steps(self) -> int:
        """d, the number of states that one step reads."""
        return len(self.alphas)

    @property
    def characteristic_polynomial(self) -> tuple[Fraction, ...]:
        """ρ^d − Σ α_i ρ^{d−1−i} (condition 1), coefficients from ρ⁰ to ρ^d."""
        return (*(-alpha for alpha in reversed(self.alphas)), Fraction(1))

    def residual(self, q: int) -> Fraction:
        """C_q; see :func:`residual`."""
        return Fraction(residual(self.alphas, self.beta, q))

    @property
    def order(self) -> int:
        """The largest p with C_0 = … = C_p = 0; −1 where not even constants are reproduced."""
        # At most d + 1 conditions can hold: α and β are d + 1 numbers, and the conditions are
        # independent (a Vandermonde system).
        for q in range(self.steps + 2):
            if self.residual(q) != 0:
                return q - 1
        raise AssertionError(f"{self}: more order conditions hold than there are coefficients")

    @property
    def is_consistent(self) -> bool:
        """Order at least 1: C_0 = C_1 = 0 (definition 4, for y′ = f)."""
        return self.order >= 1

    @property
    def error_constant(self) -> Fraction | None:
        """C_{p+1} / β with p the order, or ``None`` where β = 0 or the method is inconsistent."""
        if self.beta == 0 or not self.is_consistent:
            return None
        return self.residual(self.order + 1) / self.beta

    @property
    def label(self) -> str:
        """The coefficients as text, such as ``(1/3, 5/9, 1/9; 16/9)``: α₀ … α_{d−1}; β."""
        return f"({', '.join(map(str, self.alphas))}; {self.beta})"

    def __str__(self) -> str:
        return f"{self.name} {self.label}" if self.name else self.label


def labelled(label: str) -> LinearMultistep:
    """The method whose :attr:`LinearMultistep.label` this is.

    Raises:
        NotAMethodError: it is none.
    """
    alphas, separator, beta = label.strip("()").partition(";")
    if not separator:
        raise NotAMethodError(f"{label!r} is no method's label: α₀, …; β is expected")
    return LinearMultistep(alphas.split(","), beta)
