"""The judge of generalization gaps: by the moduli of the roots, and only where fits are alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import NOISE, claim, row, table

from zerosnet.judging.judge import judge
from zerosnet.judging.verdict import Outcome


def by_modulus(gaps, layers=44):
    """Rows of table 7, the smallest modulus first."""
    return [
        row(
            modulus,
            True,
            [gap + d for d in NOISE[i]],
            column="gap",
            layers=layers,
            cells={"modulus_1": "1.00", "modulus_2": modulus, "modulus_3": modulus},
        )
        for i, (modulus, gap) in enumerate(zip(("0.33", "0.52", "0.87"), gaps, strict=True))
    ]


@pytest.mark.parametrize(
    ("gaps", "outcome"),
    [
        ((20, 21, 22), Outcome.ORDER_HOLDS),
        ((22, 21, 20), Outcome.ORDER_REVERSED),
        ((21.02, 21, 21.01), Outcome.INCONCLUSIVE),
    ],
)
def test_smaller_moduli_go_with_smaller_gaps(gaps, outcome):
    trend = claim("order", value="gap", favoured="smaller_parasitic_modulus")
    verdict = judge(trend, table(by_modulus(gaps), columns=("gap",)))
    assert verdict.outcome is outcome
    if outcome is Outcome.ORDER_HOLDS:
        assert "the smallest modulus has 2.00 points less generalization gap" in verdict.summary


def test_gaps_of_unequal_fits_are_not_testable_here():
    """Who has not learned its images has no gap: that decides nothing about the claim."""
    about = claim(
        "order", value="gap", favoured="smaller_parasitic_modulus", fit_within=5, reason="a test"
    )

    def fitted(*fits):
        return [
            replace(
                r,
                measured={s: {**c, "train": dict.fromkeys(range(3), fit)} for s, c in m.items()},
            )
            for r, fit in zip(by_modulus((22, 21, 1)), fits, strict=True)
            for m in [r.measured]
        ]

    rows = fitted(85.0, 83.0, 55.0)
    verdict = judge(about, table(rows, columns=("gap", "train")))
    assert verdict.outcome is Outcome.NOT_TESTABLE_HERE
    assert "from 55 to 85 % of their training images" in verdict.summary
    assert judge(about, table(rows[:2], columns=("gap",))).outcome is Outcome.ORDER_REVERSED
    as_far_as_may_be = table(fitted(85.0, 83.0, 80.0), columns=("gap", "train"))
    assert judge(about, as_far_as_may_be).outcome is not Outcome.NOT_TESTABLE_HERE
