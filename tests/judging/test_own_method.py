"""A method beside its rivals: how many comparisons there are."""

from __future__ import annotations

from zerosnet.judging.own_method import corrected_over
from zerosnet.judging.verdict import Outcome, Verdict


def verdict(outcome, p=None):
    return Verdict("C00", outcome, "", {} if p is None else {"p_value": p})


def test_the_comparisons_that_were_tested_are_corrected():
    decided = [verdict(Outcome.ORDER_HOLDS, 0.01), verdict(Outcome.INCONCLUSIVE, 0.3)]
    assert corrected_over(decided) == [0.02, 0.3]
    third = verdict(Outcome.INCONCLUSIVE, 0.02)
    assert corrected_over([*decided, third]) == [0.03, 0.3, 0.04]


def test_what_nothing_is_known_of_is_not():
    unknown = verdict(Outcome.INSUFFICIENT_SEEDS)
    assert corrected_over([unknown, verdict(Outcome.ORDER_HOLDS, 0.01)]) == [None, 0.01]
    assert corrected_over([unknown]) == [None]
