"""The named methods and one-parameter families, as data.

A family's formula is plain arithmetic, so the same line gives exact coefficients from a fraction
and differentiable ones from a tensor.  Adding a family is adding a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from zerosnet.multistep import LinearMultistep, NotAMethodError, Number, exact

Coefficients = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Family:
    """Methods that differ in one number.

    Args:
        name: how configurations and the command line call it.
        symbol: the paper's letter for the parameter.
        title: how reports call it.
        source: the equation it comes from.
        formula: parameter → ((α₀, …, α_{d−1}), β), for a ``Fraction`` or a tensor.
        recover: (α₀, …, α_{d−1}) → the only parameter that can give them, or ``None``.
        excluded: parameter values for which the formula is no method.
    """

    name: str
    symbol: str
    title: str
    source: str
    formula: Callable[[Any], Coefficients]
    recover: Callable[[tuple[Fraction, ...]], Fraction | None]
    excluded: frozenset[Fraction] = frozenset()

    @property
    def steps(self) -> int:
        """d, the number of states that one step of a general member reads."""
        return len(self.formula(Fraction(7, 5))[0])

    def at(self, value: Number, name: str = "") -> LinearMultistep:
        """The member at one exact parameter value.

        Raises:
            NotAMethodError: the value is no number, or the family has no member there.
        """
        parameter = exact(value, self.symbol)
        if parameter in self.excluded:
            raise NotAMethodError(
                f"{self.symbol} = {parameter}: {self.title} ({self.source}) has no method there"
            )
        alphas, beta = self.formula(parameter)
        return LinearMultistep(alphas, beta, name or f"{self.title} {self.symbol}={parameter}")

    def parameter_of(self, method: LinearMultistep) -> Fraction | None:
        """The value at which this family gives exactly ``method``, or ``None``."""
        if method.steps > self.steps:
            return None
        padded = method.alphas + (Fraction(0),) * (self.steps - method.steps)
        candidate = self.recover(padded)
        if candidate is None or candidate in self.excluded or self.at(candidate) != method:
            return None
        return candidate


EULER = Family(
    name="euler",
    symbol="α",
    title="Euler",
    source="eq. (7)",
    formula=lambda a: ((a,), Fraction(1)),
    recover=lambda alphas: alphas[0],
)


def _lm(name: str, title: str, source: str, beta: Callable[[Any], Any]) -> Family:
    return Family(name, "k", title, source, lambda k: ((1 - k, k), beta(k)), lambda a: a[1])


LM = _lm("lm", "LM", "section 2, after eq. (2)", lambda _k: Fraction(1))
LM_PRINTED = _lm("lm-printed", "LM β=2k+1", "eq. (8) as printed", lambda k: 2 * k + 1)
LM_CONSISTENT = _lm("lm-consistent", "LM β=1+k", "eq. (8) made consistent", lambda k: 1 + k)

ZEROSNET = Family(
    name="zerosnet",
    symbol="λ",
    title="ZeroSNet",
    source="eq. (10)",
    formula=lambda x: ((3 * (1 + x) / (4 * x), -1 / x, (1 + x) / (4 * x)), (3 * x - 1) / (2 * x)),
    recover=lambda alphas: -1 / alphas[1] if alphas[1] != 0 else None,
    excluded=frozenset({Fraction(0)}),
)

FAMILIES = {family.name: family for family in (EULER, LM, LM_PRINTED, LM_CONSISTENT, ZEROSNET)}

PRERESNET = EULER.at(1, "PreResNet")
ZEROSNET_OPT = ZEROSNET.at("-9/5", "ZeroSNet-Opt")
LEAPFROG = LinearMultistep((0, 1), 2, "leapfrog")

NAMED = {method.name.lower(): method for method in (PRERESNET, ZEROSNET_OPT, LEAPFROG)}


@dataclass(frozen=True)
class Trainable:
    """One trainable parameter per block of a family (ZeroSNet-Tra: λ_n from 1, section 5.6).

    Args:
        family: of which each block is a member.
        initial: where the parameter starts.
        spread: it starts anywhere within ``initial ± spread``, drawn evenly for each block.
    """

    family: Family
    initial: Fraction
    spread: Fraction = Fraction(0)

    @property
    def steps(self) -> int:
        """d, as for a method."""
        return self.family.steps

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.family.title} trainable {self.family.symbol} from {self.start}"

    @property
    def start(self) -> str:
        """Where the parameters start, for people."""
        if not self.spread:
            return f"{float(self.initial):g}"
        low, high = float(self.initial - self.spread), float(self.initial + self.spread)
        return f"U({low:g}, {high:g})"


ZEROSNET_TRA = Trainable(ZEROSNET, Fraction(1))
# Lu et al. store 1 − k and start it uniformly in [1, 1.1].
LM_RESNET = Trainable(LM, Fraction(-1, 20), Fraction(1, 20))


def method_named(name: str) -> LinearMultistep:
    """A method by its name, in any case.

    Raises:
        NotAMethodError: no method has that name; the message lists those that are there.
    """
    try:
        return NAMED[name.lower()]
    except KeyError:
        raise NotAMethodError(
            f"method {name!r} is unknown: one of {', '.join(NAMED)}, or give coefficients"
        ) from None
