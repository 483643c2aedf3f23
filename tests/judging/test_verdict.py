"""What may be judged: never a smoke run, never half a grid, never other images."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidence_at_hand import claim, row, table

from zerosnet.judging.verdict import FAILS, HOLDS, NO_EVIDENCE, Measured, Outcome, Verdict, admit

ROWS = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [80.0, 81.0, 82.0])]
LOSSY = row("c", True, [1.0, 2.0, 3.0], images="cifar10-jpeg", same_images=False)
OTHER_DATA = row(
    "d", True, [1.0, 2.0, 3.0], images="cifar10-jpeg", data_set="CIFAR-100", same_data_set=False
)
ABSENT = row("e", True, [], images="mnist", data_set="MNIST", optional=True)


def test_every_outcome_is_for_against_open_or_no_evidence():
    parts = [HOLDS, FAILS, NO_EVIDENCE, {Outcome.INCONCLUSIVE}]
    assert set.union(*map(set, parts)) == set(Outcome)
    assert sum(map(len, parts)) == len(Outcome)


def test_a_smoke_run_cannot_be_evidence_by_type():
    with pytest.raises(TypeError, match="no evidence about the paper"):
        Measured(table(ROWS, profile="smoke"))
    assert admit(claim("order"), table(ROWS, profile="smoke")).outcome is Outcome.SMOKE


def test_whole_evidence_is_admitted():
    assert isinstance(admit(claim("order"), table(ROWS, profile="mini")), Measured)


@pytest.mark.parametrize(
    ("kind", "fields", "evidence", "outcome"),
    [
        ("order", {"decided_from": "paper"}, table(ROWS, profile="mini"), Outcome.NOT_RUN),
        ("order", {}, table(ROWS, seeds=4), Outcome.INSUFFICIENT_SEEDS),
        ("order", {}, table([row("a", True, [])]), Outcome.NOT_RUN),
        ("equivalence", {}, table([LOSSY]), Outcome.BLOCKED),
        ("order", {}, table([*ROWS, OTHER_DATA]), Outcome.BLOCKED),
        ("order", {}, table([ABSENT]), Outcome.BLOCKED),
        ("order", {"rows": {"alpha": "z"}}, table(ROWS), Outcome.NOT_RUN),
    ],
)
def test_what_is_not_enough_says_so(kind, fields, evidence, outcome):
    verdict = admit(claim(kind, **fields), evidence)
    assert verdict.outcome is outcome
    assert verdict.summary


def test_a_lossy_rendition_may_decide_an_order_but_no_number():
    rows = table([*ROWS, LOSSY], profile="mini")
    assert isinstance(admit(claim("order"), rows), Measured)
    assert "measured on cifar10-jpeg, reported on CIFAR-10" in (
        admit(claim("equivalence"), table([LOSSY], profile="mini")).summary
    )


def test_another_data_set_decides_only_where_the_claim_allows_it():
    rows = table([*ROWS, OTHER_DATA])
    assert "stated of CIFAR-100" in admit(claim("order"), rows).summary
    assert isinstance(admit(claim("order", images="any"), rows), Measured)


def test_images_that_are_missing_are_named_with_the_way_to_get_them():
    assert "`python -m zerosnet data fetch mnist`" in admit(claim("order"), table([ABSENT])).summary


def test_images_that_other_runs_had_are_not_missing():
    """What is missing there is the measuring, or the training of these rows."""
    trained = replace(row("a", True, [], optional=True), keys={0: "k0", 1: "k1"})
    rows = table([trained, row("b", False, [], optional=True)])
    verdict = admit(claim("order"), rows)
    assert verdict.outcome is Outcome.NOT_RUN
    assert verdict.summary == "2 of 6 runs are trained and not yet measured"
    other = admit(claim("order", rows={"alpha": "b"}), rows)
    assert (other.outcome, other.summary) == (Outcome.NOT_RUN, "none of 3 runs is on record")
    assert admit(claim("order"), table([trained, ABSENT])).outcome is Outcome.BLOCKED


def test_a_claim_looks_at_its_own_rows():
    admitted = admit(claim("order", rows={"alpha": ["a", "x"]}), table([*ROWS, OTHER_DATA]))
    assert [r.label for r in admitted.table.rows] == ["a"]
    admitted = admit(claim("order", rows={"data_set": "CIFAR-10"}), table([*ROWS, OTHER_DATA]))
    assert [r.label for r in admitted.table.rows] == ["a", "b"]


def test_diverged_runs_count_as_run():
    rows = [row("a", True, [90.0, 91.0, 92.0]), row("b", False, [80.0], diverged=(1, 2))]
    assert isinstance(admit(claim("order"), table(rows)), Measured)


def test_verdicts_come_back_from_json():
    verdict = Verdict("C01", Outcome.DIFFERS, "a summary", {"margin": 0.5})
    assert Verdict.from_json(verdict.to_json()) == verdict
    with pytest.raises(ValueError, match="MAYBE"):
        Verdict.from_json({**verdict.to_json(), "outcome": "MAYBE"})


def test_cells_do_not_wait_for_each_other():
    """A table whose rows lack runs or have other images is checked where it can be."""
    rows = table([*ROWS, LOSSY, row("d", True, [], reported=90.0)])
    assert isinstance(admit(claim("equivalence"), rows), Measured)


def test_a_second_look_costs():
    measured = Measured(table(ROWS))
    assert measured.level(claim("order")) == 0.05
    again = Measured(replace(table(ROWS), looks=2))
    assert again.level(claim("order")) == 0.0294
    assert again.level(claim("order", level=0.01)) == 0.005
