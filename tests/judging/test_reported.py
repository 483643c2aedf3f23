"""Reported numbers one by one, each beside what was measured of its row."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.files.paths import paper_folder
from zerosnet.files.storage import as_read
from zerosnet.judging.judge import judge
from zerosnet.judging.reported import ReportedCell, reported_cells, verdict_on_cell
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.tables import load_tables

CELL = ReportedCell(0, "α = a", "CIFAR-10", "test", 90.0, 0.2)


@pytest.mark.parametrize(
    ("name", "number"),
    [("C06", 5), ("C12", 4), ("C22", 30), ("C25", 40), ("C28", 12), ("C29", 70), ("C34-runs", 45)],
)
def test_each_reported_number_is_a_cell(claims, project, name, number):
    """As many as the claims' statements say; table 7 has three numbers a network."""
    cells = reported_cells(claims[name], load_tables(paper_folder(project) / "tables"))
    assert len(cells) == number
    assert len({(cell.label, cell.column) for cell in cells}) == number


def test_cells_have_the_paper_s_numbers_and_words(claims, project):
    tables = load_tables(paper_folder(project) / "tables")
    first = reported_cells(claims["C06"], tables)[0]
    assert first == ReportedCell(0, "PreResNet-32, α = 2", "CIFAR-10", "test", 79.13, 0.3)
    copied = reported_cells(claims["C25"], tables)[0]
    assert copied == ReportedCell(0, "ResNet, 20 layers, CIFAR-10", "CIFAR-10", "test", 91.25, None)


def judged(*rows):
    """A table's result: its claim judged, with the evidence."""
    about, evidence = claim("equivalence"), table(rows)
    verdict = judge(about, evidence)
    return about, verdict, as_read({"profile": "paper", "evidence": asdict(evidence)})


def outcome_of(cell, about, verdict, result):
    found, shown = verdict_on_cell(cell, about, verdict, result)
    return found.outcome, shown


def test_a_cell_has_a_verdict_of_its_own():
    met = row("a", True, (90.0, 90.1, 89.9), reported=90.0)
    missed = replace(row("b", False, (70.0, 70.1, 69.9), reported=80.0), number=1)
    about, verdict, result = judged(met, missed)
    assert verdict.outcome == Outcome.DIFFERS
    assert outcome_of(CELL, about, verdict, result) == (
        Outcome.REPRODUCED,
        "paper 90.00 ± 0.20, ours 90.00 in 3 runs of paper, margin ±0.75",
    )
    assert outcome_of(replace(CELL, number=1), about, verdict, result)[0] == Outcome.DIFFERS


def test_the_epochs_that_the_released_code_would_take_stand_beside_the_last():
    met = row("a", True, (90.0, 90.1, 89.9), best=(90.4, 90.5, 90.3), reported=90.0)
    shown = outcome_of(CELL, *judged(met))[1]
    assert "ours 90.00 in 3 runs of paper (90.40 at the epochs best on the test images)" in shown


def test_a_row_that_was_left_out_was_not_run():
    about, verdict, result = judged(row("a", True, (90.0, 90.1, 89.9), reported=90.0))
    found, shown = verdict_on_cell(replace(CELL, number=7), about, verdict, result)
    assert (found.outcome, found.summary) == (Outcome.NOT_RUN, "the profile leaves it out")
    assert "no run" in shown


def test_without_a_result_a_cell_was_not_run():
    about = claim("equivalence")
    nothing = Verdict("C00", Outcome.NOT_RUN, "no result is on record")
    assert verdict_on_cell(CELL, about, nothing, None)[0] == nothing


def test_what_a_profile_may_not_decide_shows_its_numbers_all_the_same():
    """In mini: other images, fewer epochs."""
    result = as_read(
        {"profile": "mini", "evidence": asdict(table([row("a", True, (60.0,), reported=90.0)]))}
    )
    refused = Verdict("C00", Outcome.NOT_RUN, "needs profile paper; these runs are mini")
    found, shown = verdict_on_cell(CELL, claim("equivalence"), refused, result)
    assert found.outcome == Outcome.NOT_RUN
    assert shown == "paper 90.00 ± 0.20, ours 60.00 in 1 run of mini, margin ±0.75"
