"""Numbers of the paper that follow, or not, from other numbers of the paper."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Table
from zerosnet.theory.decision import Decision


def mean_drop(claim: Claim, table: Table) -> Decision:
    """Whether the mean drop of one noise, over the rows with one label, is as reported.

    The drop of a row is its accuracy without noise minus that with the noise, as printed; the mean
    is rounded to the digits of the reported number.
    """
    column, label = claim.recompute["column"], claim.recompute["zero_stable"]
    reported = claim.recompute["reported"]
    drops = [
        Fraction(row["noise_free_acc_mean_pct"]) - Fraction(row[f"{column}_acc_mean_pct"])
        for row in table.rows
        if row["zero_stable_paper"] == label
    ]
    mean = sum(drops, Fraction(0)) / len(drops)
    found = _rounded(mean, reported)
    return Decision(
        holds=found == reported,
        summary=f"the printed accuracies of {len(drops)} rows give {found}; reported {reported}",
        certificate=(f"({' + '.join(str(float(drop)) for drop in drops)}) / {len(drops)}",),
        data={"found": found, "reported": reported},
    )


def _rounded(value: Fraction, like: str) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(like), rounding=ROUND_HALF_UP))
