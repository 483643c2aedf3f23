"""A method beside its rivals: how many comparisons there are."""

from __future__ import annotations

from zerosnet.judging.own_method import corrected_over
from zerosnet.judging.verdict import Outcome, Verdict


def verdict(outcome, p=None):
    return Verdict("C00", outcome, "", {} if p is None else {"p_value": p})


def test_a_rival_that_only_diverged_is_one_of_the_family():
    """It has no p-value of its own, and takes nothing from the others' correction."""
    decided = [verdict(Outcome.ORDER_HOLDS, 0.01), verdict(Outcome.INCONCLUSIVE, 0.3)]
    assert corrected_over(decided) == [0.02, 0.3]
    assert corrected_over([*decided, verdict(Outcome.ORDER_HOLDS)]) == [0.02, 0.3, None]
    # The last two are the larger ones of three.
    lost = [verdict(Outcome.ORDER_REVERSED), *decided, verdict(Outcome.INCONCLUSIVE, 0.02)]
    assert corrected_over(lost) == [None, 0.03, 0.3, 0.04]


def test_what_nothing_is_known_of_is_not():
    unknown = verdict(Outcome.INSUFFICIENT_SEEDS)
    assert corrected_over([unknown, verdict(Outcome.ORDER_HOLDS, 0.01)]) == [None, 0.01]
    assert corrected_over([unknown]) == [None]
