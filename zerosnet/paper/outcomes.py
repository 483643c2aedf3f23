"""What can be said of a claim of the paper: the words that verdicts and errata share.

``docs/protocols.md`` says what each of them means.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What can be said of a claim."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    CONSISTENT_WITH_PRINTED = "CONSISTENT-WITH-PRINTED"
    INCONSISTENT_WITH_PRINTED = "INCONSISTENT-WITH-PRINTED"
    REPRODUCED = "REPRODUCED"
    DIFFERS = "DIFFERS"
    ORDER_HOLDS = "ORDER-HOLDS"
    ORDER_REVERSED = "ORDER-REVERSED"
    IN_EVERY_RUN = "IN-EVERY-RUN"
    NOT_IN_EVERY_RUN = "NOT-IN-EVERY-RUN"
    EQUIVALENT = "EQUIVALENT"
    NOT_INFERIOR = "NOT-INFERIOR"
    INFERIOR = "INFERIOR"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_TESTABLE_HERE = "NOT-TESTABLE-HERE"
    INSUFFICIENT_SEEDS = "INSUFFICIENT-SEEDS"
    NOT_RUN = "NOT-RUN"
    BLOCKED = "BLOCKED"
    SMOKE = "SMOKE"


HOLDS = frozenset(
    {
        Outcome.PROVED,
        Outcome.CONSISTENT_WITH_PRINTED,
        Outcome.REPRODUCED,
        Outcome.ORDER_HOLDS,
        Outcome.IN_EVERY_RUN,
        Outcome.EQUIVALENT,
        Outcome.NOT_INFERIOR,
    }
)
FAILS = frozenset(
    {
        Outcome.REFUTED,
        Outcome.INCONSISTENT_WITH_PRINTED,
        Outcome.DIFFERS,
        Outcome.ORDER_REVERSED,
        Outcome.NOT_IN_EVERY_RUN,
        Outcome.INFERIOR,
    }
)
#: Neither evidence for the claim nor against it; never counted as success.
NO_EVIDENCE = frozenset(
    {
        Outcome.NOT_TESTABLE_HERE,
        Outcome.INSUFFICIENT_SEEDS,
        Outcome.NOT_RUN,
        Outcome.BLOCKED,
        Outcome.SMOKE,
    }
)
