"""What a page says of a claim's margin, its reason, its looks and its p-values."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import claim

from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.judging.wording import p_text, points
from zerosnet.paper.changes import Changes, Reason
from zerosnet.reporting.stage_pages import Elsewhere, stage_page


def page_of(claim_, details=None, outcome=Outcome.INCONCLUSIVE):
    """The page of a stage with this claim alone, decided without runs."""
    content = {
        "stage": "table1_first_order",
        "profile": "mini",
        "title": "A title",
        "verdicts": [Verdict(claim_.id, outcome, "a summary", details or {}).to_json()],
        "evidence": None,
    }
    return stage_page(content, {claim_.id: claim_})["table1_first_order.md"].decode()


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("alike", {}, "Declared beforehand: margin ±1 point, because a test."),
        ("as_good", {}, "Declared beforehand: margin 0.5 points, because a test."),
        (
            "equivalence",
            {"reason": "as for table 1"},
            "Declared beforehand: margin ±0.75 points, as for table 1.",
        ),
        (
            "order",
            {"at_least_by": 3, "reason": "as for G12"},
            "Declared beforehand: at least 3 points, as for G12.",
        ),
        ("order", {"reason": "a test"}, "Declared beforehand: a test."),
        (
            "order",
            {"fit_within": 1, "reason": "a test"},
            "Declared beforehand: fits within 1 point, because a test.",
        ),
        (
            "as_good",
            {"margin": 1, "reason": "", "exploratory": "it came late"},
            "**Exploratory** (margin 1 point): it came late.",
        ),
        (
            "order",
            {"afterwards": "it was one claim before"},
            "**Results were known before**: it was one claim before.",
        ),
    ],
)
def test_margins_and_reasons_are_sentences(kind, fields, sentence):
    assert sentence in page_of(claim(kind, **fields)).split("\n\n")


def test_what_was_changed_later_is_not_called_declared():
    page = page_of(claim("order", afterwards="it was one claim before"))
    assert "Declared beforehand" not in page


def test_what_no_run_can_decide_gives_its_reason_once():
    literature = replace(claim("order"), kind="literature", reason="a summary", favoured="")
    page = page_of(literature, outcome=Outcome.BLOCKED)
    assert "Declared beforehand" not in page


def test_a_second_look_that_leaves_a_claim_open_is_named():
    details = {"level": 0.0294, "p_value": 0.0421}
    page = page_of(claim("order"), details)
    assert "the level is 2.94 % instead of 5 % (Pocock); at 5 % the claim would be decided" in page
    assert "(p = 0.0421)" in page
    for p in (0.01, 0.2):
        assert "would be decided" not in page_of(claim("order"), {"level": 0.0294, "p_value": p})
    assert "Pocock" not in page_of(claim("order"), {"level": 0.05, "p_value": 0.04})


def test_small_p_values_have_a_bound():
    assert [p_text(p) for p in (0.0, 0.00004, 0.0001, 0.0421, 1.0)] == [
        *("< 0.0001", "< 0.0001", "0.0001", "0.0421", "1.0000"),
    ]
    pair = {"difference": 1.0, "interval": [0.5, 1.5], "p_better": 0.0, "p_worse": 1.0}
    details = {"pairs": {"a row": pair}, "interval_level": 0.05}
    assert "&lt; 0.0001" in page_of(claim("best"), details)


def test_one_point():
    assert [points(x) for x in (1, 1.0, 0.5, 2)] == ["1 point", "1 point", "0.5 points", "2 points"]


def test_pages_say_what_printed_numbers_and_what_runs_carry():
    """Of one statement asked of both: each page names the other's verdict, with a link."""
    ours = claim("order", printed="A03")
    audit = replace(ours, id="A03", kind="recomputed", favoured="", printed="", decided_from="")
    claims = {"C00": ours, "A03": audit}
    elsewhere = Elsewhere(
        {
            "C00": Verdict("C00", Outcome.ORDER_REVERSED, "less"),
            "A03": Verdict("A03", Outcome.CONSISTENT_WITH_PRINTED, "six of six"),
        },
        {"C00": ("mini", "mini/table1.md"), "A03": ("theory", "theory/paper_audit.md")},
    )

    def page(claim_):
        verdict = elsewhere.verdicts[claim_.id]
        content = {
            "stage": claim_.stage,
            "profile": "mini",
            "title": "A title",
            "verdicts": [verdict.to_json()],
            "evidence": None,
        }
        return stage_page(content, claims, "", elsewhere)[f"{claim_.stage}.md"].decode()

    assert (
        "By the paper's printed numbers ([A03](../theory/paper_audit.md)): "
        "**CONSISTENT-WITH-PRINTED**. Six of six."
    ) in page(ours)
    assert "By our runs: [C00](../mini/table1.md) in `mini` **ORDER-REVERSED**." in page(audit)


def test_a_verdict_that_has_changed_says_what_it_was_and_why():
    before = {"C00": Outcome.INCONCLUSIVE, "C01": Outcome.INCONCLUSIVE}
    reason = Reason(Outcome.ORDER_HOLDS, "the test is paired by seed now")
    elsewhere = Elsewhere(changes=Changes("0123abc", before, {"C00": reason}))

    def page(name, outcome):
        content = {
            "stage": "table1_first_order",
            "profile": "mini",
            "title": "A title",
            "verdicts": [Verdict(name, outcome, "a summary").to_json()],
            "evidence": None,
        }
        made = {name: replace(claim("order"), id=name)}
        return stage_page(content, made, "", elsewhere)["table1_first_order.md"].decode()

    said = "Before ([changes](../changes.md)): **INCONCLUSIVE**. The test is paired by seed now."
    assert said in page("C00", Outcome.ORDER_HOLDS)
    assert "Before (" not in page("C00", Outcome.SMOKE)  # the reason explains another verdict
    assert "Before (" not in page("C01", Outcome.INCONCLUSIVE)


def test_a_claim_is_shown_with_the_verdict_that_qualifies_it():
    qualified = claim("order", beside="C01")
    other = {"C01": Verdict("C01", Outcome.INCONCLUSIVE, "open")}
    content = {
        "stage": "table1_first_order",
        "profile": "mini",
        "title": "A title",
        "verdicts": [Verdict("C00", Outcome.ORDER_HOLDS, "a summary").to_json()],
        "evidence": None,
    }
    files = stage_page(content, {"C00": qualified}, "", Elsewhere(other))
    assert "To be read beside C01: **INCONCLUSIVE**." in files["table1_first_order.md"].decode()
