"""The summary's first points: scale, what holds, and what it follows; from what was judged."""

from __future__ import annotations

import pytest
from evidence_at_hand import claim
from judged_stages import MADE, WEIGHT, design, first, row, stage, third

from zerosnet.reporting.answer import answer
from zerosnet.reporting.what_it_follows import ALIKE, GAIN


def told(*stages, profile="mini"):
    merged = {name: content for one in stages for name, content in one.items()}
    return answer({profile: merged}, MADE).splitlines()


def test_scale_and_what_holds_come_from_the_runs():
    scale, holds, follows = told(third())
    assert "Networks of 32 layers in tables 1 to 3, trained for 12 epochs on " in scale
    assert "10,000 images of 16×16 pixels" in scale
    assert "reach 50 to 58 % on test images (profile `mini`)" in scale
    assert "more accurate in: third order (table 3) 1 of 1. Each pair is" in holds
    assert "difference is +8.00 points [" in holds
    assert "on training images: they fit these faster." in holds
    assert "No run of such an experiment is on record." in follows


def test_a_row_without_runs_is_no_part_of_the_scale():
    content = third()
    planned = {**row((), True), "layers": 56}
    content["table3_third_order"]["evidence"]["rows"].append(planned)
    assert "Networks of 32 layers in tables 1 to 3" in told(content)[0]


def test_reported_accuracies_that_were_checked_are_counted():
    assert "training; no reported accuracy is confirmed or refuted." in told(third())[0]
    content = {**third()["table3_third_order"], "title": "Table 4: everything"}
    cells = {"a": "REPRODUCED", "b": "NOT-RUN", "c": "DIFFERS", "d": "REPRODUCED"}
    content["verdicts"] = [
        {"claim": "C25", "details": {"cell_verdicts": cells}},
        {"claim": "C41", "details": {"cell_verdicts": cells}},
    ]
    claims = {**MADE, "C25": claim("equivalence"), "C41": claim("order")}
    scale = answer({"mini": third(), "paper": {"table4_comparison": content}}, claims).splitlines()
    assert (
        "training; reported accuracies checked: "
        "3 of 4 in [Table 4]({reports}paper/table4_comparison.md) (REPRODUCED 2, DIFFERS 1)."
    ) in scale[0]


def test_speed_is_not_named_where_test_images_gain_more():
    assert "they fit these faster" not in told(third((40.0, 39.0)))[1]


def test_speed_is_not_named_where_test_images_lose():
    worse = row((50, 50.1, 50.2), True, (40, 40.2, 39.9))
    better = row((58, 58.4, 57.9), False, (30, 30.1, 30))
    holds = told({"table3_third_order": stage("table3_third_order", [worse, better])})[1]
    assert "the difference is −8.00 points" in holds
    assert "and +10.00 on training images." in holds


LEFT, MOST, NEXT = (50, 50.1, 50.2), (56, 56.2, 56.1), (57.5, 57.6, 57.8)


def test_both_readings_of_table_1_are_counted():
    both = first(a100=MOST, a200=NEXT) | first("table1_bare_projections", a100=MOST, a200=LEFT)
    holds = told(both)[1]
    assert "first order (table 1) 0 of 1 (less accurate in 1) with PreResNet's own" in holds
    assert "1 of 1 with bare ones (no norm before them; the paper names neither)" in holds
    assert "bare ones" not in told(first(a100=MOST, a200=NEXT))[1]
    # Without table 1 its other reading is nobody's.
    assert (
        "bare ones" not in told(third(), first("table1_bare_projections", a100=MOST, a200=LEFT))[1]
    )


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ({"zero-stable": -1.5, "Σ|α| < 3": 3.2}, True),
        ({"zero-stable": 1.5, "Σ|α| < 3": 3.2}, False),
        ({"zero-stable": -1.5, "Σ|α| < 3": -0.2}, False),
        ({"Σ|α| < 3": 3.2}, False),
        ({}, False),
    ],
)
def test_a_rival_that_separates_the_rows_is_named_where_the_roots_do_not(gaps, said):
    content = third()
    labels = {name: {"gap": gap} for name, gap in gaps.items()}
    details = {"labels": labels} if labels else {}
    content["table3_third_order"]["verdicts"] = [{"claim": "C23", "details": details}]
    assert ("Σ|α| < 3 separates these rows without one" in told(content)[1]) is said


@pytest.mark.parametrize(
    ("stronger", "profile"),
    [
        (third(), "paper"),
        (third() | first(a100=MOST, a200=NEXT), "paper"),
        # A few runs at a larger scale do not hide what is complete at a smaller one.
        (first(a100=MOST, a200=NEXT), "mini"),
        ({}, "mini"),
    ],
)
def test_the_profile_with_most_of_table_3_is_told_of(stronger, profile):
    results = {"mini": third() | first(a100=MOST, a200=NEXT), "paper": stronger}
    assert f"(profile `{profile}`)" in answer(results, MADE)
    results["mini"] = first(a100=MOST, a200=NEXT)
    assert ("(profile `paper`)" in answer(results, MADE)) is bool(stronger)


def test_without_runs_nothing_is_said():
    assert answer({}, MADE) == answer({"mini": {}}, MADE) == ""


def test_the_table_stands_under_the_points():
    assert len(told(third())) == 3
    *_, empty, header, rule, gain, loss, equal, pair = told(third(), design(3, WEIGHT))
    assert (empty, rule[:4]) == ("", "| --")
    assert header.startswith("| what is changed ")
    for line, text in ((equal, f"[{ALIKE}]"), (pair, "1 of 2"), (gain, f"[{GAIN}]"), (loss, "…")):
        assert text in line
