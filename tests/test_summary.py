"""The first screen, from verdicts made up: what holds first, what nobody has run last."""

from __future__ import annotations

from dataclasses import replace

from evidence_at_hand import claim

from zerosnet.reporting.summary import counts, errata_page, first_screen
from zerosnet.verdict import Outcome, Verdict

OUTCOMES = {
    "C01": Outcome.PROVED,
    "C02": Outcome.NOT_RUN,
    "C03": Outcome.REFUTED,
    "C04": Outcome.INCONCLUSIVE,
    "C05": Outcome.ORDER_HOLDS,
}


def claims():
    made = {
        name: replace(claim("order"), id=name, headline=f"Headline {name}") for name in OUTCOMES
    }
    made["C05"] = replace(made["C05"], headline="")
    return made


def verdicts():
    return {name: Verdict(name, outcome, "a summary") for name, outcome in OUTCOMES.items()}


def test_claims_stand_where_their_verdicts_put_them():
    pages = {"C01": ("theory", "theory/a.md")}
    screen = first_screen(verdicts(), claims(), pages, {"mini": 1.25})
    places = [
        screen.index(text)
        for text in (
            "## What holds",
            "Headline C01",
            "And 1 more.",
            "## What does not",
            "Headline C03",
            "## What the runs leave open",
            "Headline C04",
            "## What nobody has run",
            "Headline C02",
        )
    ]
    assert places == sorted(places)
    assert "[C01, theory](theory/a.md)" in screen
    assert "`mini`: 1.2 hours" in screen
    assert "All 5 claims: **PROVED** 1 · **REFUTED** 1" in screen


def test_nothing_of_a_kind_is_said_to_be_nothing():
    only = {"C01": verdicts()["C01"]}
    screen = first_screen(only, {"C01": claims()["C01"]}, {}, {})
    assert "## What does not\n\n0 claims." in screen
    assert "record: none" in screen


def test_counts_and_errata():
    assert counts(verdicts()).startswith("**PROVED** 1 · **REFUTED** 1")
    assert errata_page([]).startswith("# Errata")
