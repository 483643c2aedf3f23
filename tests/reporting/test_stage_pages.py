"""Pages whatever stands in records and claims: texts stay texts, and the page is written."""

from __future__ import annotations

import re
from dataclasses import asdict, replace

import pytest
from evidence_at_hand import PROVENANCE, claim, row, table

from zerosnet.files.storage import as_read
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.errata import Erratum
from zerosnet.reporting.numbers.of_runs import numbers_of_runs
from zerosnet.reporting.performance import Measured, Performance
from zerosnet.reporting.performance_page import performance_page
from zerosnet.reporting.stage_pages import stage_page
from zerosnet.reporting.summary import errata_page, first_screen

EVIL = "<script>alert(1)</script>|[x](javascript:alert(1))\n\n# big $\\frac{ `"


@pytest.fixture
def harmless():
    """Check a page of markdown: as text, and as a renderer shows it that lets everything through.

    Args of the check: the page, and how many links are its own.
    """
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True})
    parser.validateLink = lambda _url: True

    def check(page, headings):
        assert "alert(1)" in page  # it is there, and nothing was left out to make it harmless
        html = parser.enable("table").render(page)
        assert "<script" not in html
        for target in re.findall(r'(?:href|src)="([^"]*)"', html):
            assert ":" not in target
        assert not re.search(r"<h\d>\s*big", html)
        assert re.findall(r"<h2>(.*?)</h2>", html) == headings

    return check


def evil_claim():
    return replace(
        claim("order"), statement=EVIL, quote=EVIL, place=EVIL, reason=EVIL, headline=EVIL
    )


VERDICT = Verdict(
    "C00",
    Outcome.ORDER_HOLDS,
    EVIL,
    {
        "selection": EVIL,
        "sensitivity": {EVIL: EVIL},
        "cell_verdicts": {EVIL: EVIL},
        "cell_sensitivity": {EVIL: {EVIL: EVIL, "best_on_test": EVIL}},
        "diverged": {EVIL: 1},
        "certificate": [EVIL, "```", "<b>"],
    },
)


def test_a_page_of_runs(harmless):
    rows = [
        row(EVIL, True, [90.0, 91.0], reported=93.0, images=EVIL),
        row("b", False, [80.0, 81.0], reported=78.0, layers=20),
    ]
    made = table(rows, profile="mini", seeds=2)
    provenance = {**PROVENANCE, "commits": [EVIL], "devices": [EVIL], "torch": [EVIL]}
    evidence = as_read(asdict(replace(made, provenance=provenance)))
    content = {
        "stage": "table1_first_order",
        "profile": "mini",
        "title": EVIL,
        "verdicts": [VERDICT.to_json()],
        "evidence": evidence,
    }
    files = stage_page(content, {"C00": evil_claim()}, EVIL)
    harmless(
        files["table1_first_order.md"].decode(),
        ["Verdicts", "Numbers", "Figures", "Provenance", "Runs"],
    )
    pictures = [content for name, content in files.items() if name.endswith(".svg")]
    assert len(pictures) == 2
    assert not any(b"<script" in picture for picture in pictures)


def test_a_depth_that_the_label_has_is_not_said_twice():
    rows = [row("a", True, [90.0], layers=20), row("b, 32 layers", True, [91.0], layers=32)]
    evidence = as_read(asdict(replace(table(rows, seeds=1), provenance=PROVENANCE)))
    content = {"stage": "threshold", "profile": "mini", "title": "t", "verdicts": []}
    files = stage_page({**content, "evidence": evidence}, {}, "")
    runs = files["threshold.md"].decode().partition("## Runs")[2]
    assert "| a, 20 layers " in runs
    assert "| b, 32 layers " in runs


def test_a_page_of_times(harmless):
    interval = [1.0, 0.9, 1.1]
    evidence = {
        "profile": "mini",
        "reported": {"training, batch 128": 1.05},
        "devices": [
            {
                "device": EVIL,
                "record": f"mini/runtime/{EVIL}.json",
                "commit": EVIL,
                "torch": EVIL,
                "ratios": {"training, batch 128": interval},
            }
        ],
    }
    pictures, blocks = numbers_of_runs(evidence, [])
    harmless("\n\n".join(blocks), [])
    assert b"<script" not in pictures[0].svg


def test_the_page_of_performance(harmless):
    one = Measured(EVIL, 1.0, 10, 1.0, 1.0, 1, None, 0.0)
    names = {f"{start}{EVIL}": replace(one, about=f"{start}{EVIL}") for start in ("start-up: ",)}
    page = performance_page([Performance(EVIL, False, names, 1.0, 1, EVIL, EVIL)])
    assert page.count("\n## ") == 1
    harmless(page.replace(f"## {page.split('## ')[1].splitlines()[0]}", ""), [])


def test_the_first_screen_and_the_errata(harmless):
    claims = {"C00": evil_claim()}
    page = first_screen({"C00": VERDICT}, claims, {"C00": ("mini", "mini/a.md")}, {EVIL: 1.0})
    harmless(
        page,
        ["What holds", "What does not hold", "What the runs leave open", "What nobody has run"],
    )
    harmless(errata_page([Erratum(EVIL, "REFUTED", "theory", EVIL)]), [])
