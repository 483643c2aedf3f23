"""Printed means and standard deviations of three runs, and how far they carry a comparison.

Whether a printed deviation divides by n or by n − 1 is not said: every test is made by both
readings.  Tests are two-sided, and a family of them holds its level together (Holm).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from zerosnet.judging.satterthwaite import degrees_of_freedom
from zerosnet.paper.tables import REPORTED_RUNS, Row

#: What a printed standard deviation is multiplied by to divide by n − 1.
READINGS = {"divides by n − 1": 1.0, "divides by n": math.sqrt(REPORTED_RUNS / (REPORTED_RUNS - 1))}
#: How sentences name the second count.
IF_BY_N = "if the printed deviations divide by n"
#: Two-sided, of a whole family of comparisons.
FAMILY_LEVEL = 0.05


@dataclass(frozen=True)
class Reported:
    """A reported accuracy: mean and, where given, standard deviation of three runs, in percent."""

    mean: Fraction
    sd: float | None


@dataclass(frozen=True)
class Comparisons:
    """A family of comparisons of reported accuracies, one against another.

    Args:
        above: how many of the first ones are significantly higher, by each reading.
        below: how many are significantly lower, by each reading.
        tested: how many have the deviations that a test needs.
    """

    above: tuple[int, ...]
    below: tuple[int, ...]
    tested: int

    @property
    def text(self) -> str:
        """How many are higher, for a sentence: the deviations dividing by n − 1, and by n."""
        first, other = self.above
        return f"{first} of {self.tested}" + (f" ({other} {IF_BY_N})" if other != first else "")


def reported(row: Row, column: str) -> Reported:
    """A cell's mean and standard deviation."""
    sd = row[f"{column}_acc_std_pct"]
    return Reported(Fraction(row[f"{column}_acc_mean_pct"]), float(sd) if sd else None)


def p_value(one: Reported, other: Reported, reading: str) -> float | None:
    """Welch's two-sided p-value of a difference.

    Returns:
        ``None`` without both deviations, or where neither is above 0: no spread decides nothing.
    """
    if one.sd is None or other.sd is None or not (one.sd or other.sd):
        return None
    factor = READINGS[reading]
    from scipy import stats  # a second to import; most exact statements need none

    found = stats.ttest_ind_from_stats(
        float(one.mean),
        one.sd * factor,
        REPORTED_RUNS,
        float(other.mean),
        other.sd * factor,
        REPORTED_RUNS,
        equal_var=False,
    )
    return float(found.pvalue)


def p_noninferior(one: Reported, other: Reported, margin: float, reading: str) -> float | None:
    """Welch's one-sided p-value against "lower by the margin or more".

    Args:
        margin: in percentage points.

    Returns:
        ``None`` where :func:`p_value` gives none.
    """
    if one.sd is None or other.sd is None or not (one.sd or other.sd):
        return None
    variances = [_variance(sd * READINGS[reading]) for sd in (one.sd, other.sd) if sd]
    return _p_above_0(float(one.mean - other.mean) + margin, variances)


def p_value_against_exact(one: Reported, other: Reported, reading: str) -> float | None:
    """Student's two-sided p-value of a difference from a number that is taken as exact.

    A number without spread of its own makes a difference easier to find than it is.

    Returns:
        ``None`` without a deviation of the first, or where it is 0: no spread decides nothing.
    """
    if not one.sd:
        return None
    return 2 * _p_above_0(
        abs(float(one.mean - other.mean)), [_variance(one.sd * READINGS[reading])]
    )


def mean_above_exact(
    pairs: Sequence[tuple[Reported, Reported]], reading: str
) -> tuple[float, float]:
    """The mean of several differences, and its two-sided p-value by Welch and Satterthwaite.

    Args:
        pairs: cells with deviations of their own, against numbers that are taken as exact.

    Returns:
        Percentage points, and p; 1 where no deviation is above 0: no spread decides nothing.

    Raises:
        ValueError: no pair, or a first number without a deviation.
    """
    spreads = [one.sd for one, _ in pairs]
    if not pairs or any(sd is None for sd in spreads):
        raise ValueError("a mean of differences needs pairs, each with a deviation")
    difference = float(sum(one.mean - other.mean for one, other in pairs) / len(pairs))
    variances = [_variance(sd * READINGS[reading] / len(pairs)) for sd in spreads if sd]
    return difference, 2 * _p_above_0(abs(difference), variances) if variances else 1.0


def _variance(sd: float) -> float:
    """Of a mean of as many runs as are behind every printed number."""
    return sd**2 / REPORTED_RUNS


def _p_above_0(value: float, variances: Sequence[float]) -> float:
    """One-sided p-value of a sum of means, against "not above 0".

    Args:
        variances: of the means that were added; one at least.
    """
    from scipy import stats  # as in the test above

    df = degrees_of_freedom([(variance, REPORTED_RUNS - 1) for variance in variances])
    return float(stats.t.sf(value / math.sqrt(sum(variances)), df))


def compare(
    pairs: Sequence[tuple[Reported, Reported]], others_are_exact: bool = False
) -> Comparisons:
    """Test a family of pairs, first against second, by each reading of the deviations.

    Args:
        pairs: those without the deviations that a test needs are left out.
        others_are_exact: whether the second ones count as numbers without spread.
    """
    from zerosnet.judging.statistics import holm  # needs scipy, too

    p_of = p_value_against_exact if others_are_exact else p_value
    above, below, tested = [], [], 0
    for reading in READINGS:
        known = [
            (one.mean - other.mean, p)
            for one, other in pairs
            if (p := p_of(one, other, reading)) is not None
        ]
        tested = len(known)
        adjusted = holm([p for _, p in known])
        found = [d for (d, _), p in zip(known, adjusted, strict=True) if p <= FAMILY_LEVEL]
        above.append(sum(difference > 0 for difference in found))
        below.append(sum(difference < 0 for difference in found))
    return Comparisons(tuple(above), tuple(below), tested)
