"""The page of changed verdicts: grouped by what changed and why."""

from __future__ import annotations

from dataclasses import replace

from evidence_at_hand import claim

from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.changes import Changes, Reason
from zerosnet.reporting.changes_page import changes_page

NAMES = ("C01", "C02", "C03", "C04")
CLAIMS = {name: replace(claim("order"), id=name, statement=f"States {name}.") for name in NAMES}
REASON = Reason(Outcome.ORDER_HOLDS, "more runs")
CHANGES = Changes(
    "0123abc",
    dict.fromkeys(NAMES[:3], Outcome.INCONCLUSIVE),
    {"C01": REASON, "C02": REASON},
)


def page(**now):
    verdicts = {name: Verdict(name, now[name], f"found {name}") for name in NAMES}
    return changes_page(CHANGES, verdicts, CLAIMS, {"C01": ("mini", "mini/a.md")})


def test_equal_changes_stand_together_with_their_reason():
    text = page(
        C01=Outcome.ORDER_HOLDS,
        C02=Outcome.ORDER_HOLDS,
        C03=Outcome.INCONCLUSIVE,
        C04=Outcome.PROVED,
    )
    assert "of the 3 claims that both have, 2 have another verdict. 1 claim is new." in text
    assert text.count("## INCONCLUSIVE → ORDER-HOLDS\n\nMore runs.\n\n") == 1
    assert "[C01](mini/a.md)" in text
    assert "| C02 " in text
    assert "States C03." not in text


def test_a_reason_for_another_verdict_is_none():
    text = page(C01=Outcome.DIFFERS, **dict.fromkeys(NAMES[1:], Outcome.INCONCLUSIVE))
    assert "## INCONCLUSIVE → DIFFERS\n\nNo reason is on record for this verdict." in text
    assert "More runs" not in text
