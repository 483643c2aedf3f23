"""The named methods and one-parameter families, as data.

A family's formula is plain arithmetic, so the same line gives exact coefficients from a fraction
and differentiable ones from a tensor.  Adding a family is adding a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.methods.multistep import LARGEST, LinearMultistep, NotAMethodError, Number, exact

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
        # Any parameter does: the formula has as many α for all, some of which may be 0.
        return len(self.formula(Fraction(7, 5))[0])

    def at(self, value: Number, name: str = "") -> LinearMultistep:
        """The member at one exact parameter value.

        Raises:
            NotAMethodError: the value is no number, or the family has no member there, or one
                whose coefficients are too large for their roots to fit into a float.
        """
        parameter = exact(value, self.symbol)
        if parameter in self.excluded:
            raise NotAMethodError(
                f"{self.symbol} = {parameter}: {self.title} ({self.source}) has no method there"
            )
        alphas, beta = self.formula(parameter)
        if max(abs(number) for number in (*alphas, beta)) > LARGEST:
            raise NotAMethodError(
                f"{self.symbol} = {value}: coefficients of {self.title} are too large there"
            )
        return LinearMultistep(alphas, beta, name or f"{self.title} {self.symbol}={parameter}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Other processes get the family by its name: formulas have none to be found by."""
        return _family_named, (self.name,)

    def parameter_of(self, method: LinearMultistep) -> Fraction | None:
        """The value at which this family gives exactly ``method``, or ``None``."""
        if method.steps > self.steps:
            return None
        padded = method.alphas + (Fraction(0),) * (self.steps - method.steps)
        candidate = self.recover(padded)
        if candidate is None or candidate in self.excluded:
            return None
        try:
            return candidate if self.at(candidate) == method else None
        except NotAMethodError:  # the candidate, which nobody has typed, gives none
            return None


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


def relu(value: Any) -> Any:
    """max(0, value) of a fraction or a tensor, with derivative 0 at 0, as PyTorch's."""
    return value * (value > 0)


# Yang et al. 2020; the formulas stand in their released code.  It follows that both steps are
# κ x + β f, Euler's for a damped x′ = −λx + c f with κ = 1 − λh.  κ = 1 is the ResNet, κ = 0 the
# plain CNN, and In-ResNet at k = α ≤ 1 is table 1 of the ZeroSNet paper (EULER at α).
IN = Family(
    name="in-resnet",
    symbol="k",
    title="In-ResNet",
    source="Yang et al. 2020",
    formula=lambda k: ((1 - relu(1 - k),), Fraction(1)),
    # Every k ≥ 1 gives κ = 1; 1 stands for them.
    recover=lambda alphas: alphas[0] if alphas[0] <= 1 else None,
)
LAMBDA_IN = Family(
    name="lambda-in-resnet",
    symbol="λ",
    title="λ-In-ResNet",
    source="Yang et al. 2020",
    formula=lambda x: ((1 - relu(x),), 1 + relu(x)),
    # Every λ ≤ 0 gives the ResNet; 0 stands for them.
    recover=lambda alphas: 1 - alphas[0] if alphas[0] <= 1 else None,
)

#: Families whose coefficients give back their parameter; the command line knows them.
FAMILIES = {family.name: family for family in (EULER, LM, LM_PRINTED, LM_CONSISTENT, ZEROSNET)}


def _family_named(name: str) -> Family:
    there = (*FAMILIES.values(), IN, LAMBDA_IN)
    return next(family for family in there if family.name == name)


PRERESNET = EULER.at(1, "PreResNet")
ZEROSNET_OPT = ZEROSNET.at("-9/5", "ZeroSNet-Opt")
LEAPFROG = LinearMultistep((0, 1), 2, "leapfrog")
# z_{m+1} = z_{m−1} + F_m(z_m), the two streams of Gomez et al. 2017 interleaved: leapfrog with 2f
# for f.  It starts with an Euler step here, with the two halves of the stem's channels there.
REVNET = LM.at(1, "RevNet")

NAMED = {m.name.lower(): m for m in (PRERESNET, ZEROSNET_OPT, LEAPFROG, REVNET)}


@dataclass(frozen=True)
class Trainable:
    """One trainable parameter per block of a family (ZeroSNet-Tra: λ_n from 1, section 5.6).

    Args:
        family: of which each block is a member.
        initial: where the parameter starts.
        spread: it starts anywhere within ``initial ± spread``, drawn evenly for each block.
        complement: whether 1 − parameter is what is stored, stepped and decayed by the optimizer.
    """

    family: Family
    initial: Fraction
    spread: Fraction = Fraction(0)
    complement: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> int:
        """d, as for a method."""
        return self.family.steps

    @property
    def name(self) -> str:
        """How reports call it."""
        stored = f", stored as 1 − {self.family.symbol}" * self.complement
        return f"{self.family.title} trainable {self.family.symbol} from {self.start}{stored}"

    @property
    def start(self) -> str:
        """Where the parameters start, for people."""
        if not self.spread:
            return f"{float(self.initial):g}"
        low, high = float(self.initial - self.spread), float(self.initial + self.spread)
        return f"U({low:g}, {high:g})"


ZEROSNET_TRA = Trainable(ZEROSNET, Fraction(1))
# Lu et al. store 1 − k and start it uniformly in [1, 1.1], by their released code.  So weight decay
# draws 1 − k to 0 and k to 1, where a step skips y_n altogether: y_{n+1} = y_{n−1} + f(y_n).
LM_RESNET = Trainable(LM, Fraction(-1, 20), Fraction(1, 20), complement=True)
# Another variant there starts 1 − k in [−0.1, 0]: almost surely outside −1 < k ≤ 1 in every block.
LM_RESNET_UNSTABLE = Trainable(LM, Fraction(21, 20), Fraction(1, 20), complement=True)
# Where the released code of Yang et al. starts k and λ; 164 layers have starts of their own.
IN_RESNET = Trainable(IN, Fraction(31, 40), Fraction(1, 40))
IN_RESNET_164 = Trainable(IN, Fraction(17, 20), Fraction(1, 20))
LAMBDA_IN_RESNET = Trainable(LAMBDA_IN, Fraction(9, 40), Fraction(1, 40))
LAMBDA_IN_RESNET_164 = Trainable(LAMBDA_IN, Fraction(3, 20), Fraction(1, 20))


def method_named(name: str) -> LinearMultistep:
    """A method by its name, in any case.

    Raises:
        NotAMethodError: no method has that name; the message lists those that are there.
    """
    try:
        return NAMED[known_name(name, NAMED, f"method {name!r} is unknown")]
    except SuiteError as error:
        raise NotAMethodError(f"{error} (or give coefficients)") from None
