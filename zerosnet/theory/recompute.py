"""Numbers of the paper that follow, or not, from other numbers of the paper."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from zerosnet.files.errors import SuiteError
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision

_NOISE_FREE, _LABEL = "noise_free_acc_mean_pct", "zero_stable_paper"


def mean_drop(claim: Claim, paper: Paper) -> Decision:
    """Whether the mean drop of one noise, over the rows with one label, is as reported.

    The drop of a row is its accuracy without noise minus that with the noise, in percent points, as
    printed; the mean is rounded to the digits of the reported number.

    Raises:
        SuiteError: the claim's ``recompute`` names a table, a column or a label that there is not.
    """
    wanted, reported = claim.recompute, claim.recompute["reported"]
    where, noisy = f"claim {claim.id}, recompute", f"{wanted['column']}_acc_mean_pct"
    if wanted["table"] not in paper.tables:
        raise SuiteError(f"{where}: there is no table {wanted['table']!r}")
    table = paper.tables[wanted["table"]]
    for column in (_NOISE_FREE, noisy, _LABEL):
        if column not in table.columns:
            raise SuiteError(f"{where}: {table.name}.csv has no column {column!r}")
    drops = [
        Fraction(row[_NOISE_FREE]) - Fraction(row[noisy])
        for row in table.rows
        if row[_LABEL] == wanted["zero_stable"]
    ]
    if not drops:
        raise SuiteError(
            f"{where}: no row of {table.name}.csv has {wanted['zero_stable']!r} in {_LABEL}"
        )
    mean = sum(drops, Fraction(0)) / len(drops)
    found = rounded_half_up(mean, reported)
    return Decision(
        holds=found == reported,
        summary=f"the printed accuracies of {len(drops)} rows give {found}; reported {reported}",
        certificate=(f"({' + '.join(str(float(drop)) for drop in drops)}) / {len(drops)}",),
        data={"found": found, "reported": reported},
    )


def rounded_half_up(value: Fraction, like: str) -> str:
    """A number as the paper would print it: with as many digits as another one.

    >>> rounded_half_up(Fraction(6395, 1000), "0.01")
    '6.40'
    """
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(like), rounding=ROUND_HALF_UP))
