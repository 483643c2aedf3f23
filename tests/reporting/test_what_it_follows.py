"""What accuracy follows is what the verdicts say, whatever they turn out to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_stages import MADE, WEIGHT, design, first, moved, row, stage

from zerosnet.judging.verdict import Outcome
from zerosnet.judging.wording import signed
from zerosnet.paper.claims import load_claims
from zerosnet.reporting.numbers.predicted import correlation_given
from zerosnet.reporting.summary import PLACE
from zerosnet.reporting.what_it_follows import (
    ALIKE,
    CLAIMS,
    DESIGN,
    DRAWN,
    DRAWN_CLAIMS,
    GAIN,
    LOSS,
    MOVED,
    MOVED_CLAIMS,
    PAIRS,
    SHARPENING,
    differences,
    what_it_follows,
)

HOLDS, EQUAL = Outcome.ORDER_HOLDS, Outcome.EQUIVALENT
LEFT, MOST, NEXT = (50, 50.1, 50.2), (56, 56.2, 56.1), (57.5, 57.6, 57.8)


def merged(*stages):
    return {"mini": {name: content for one in stages for name, content in one.items()}}


def follows(*stages):
    return what_it_follows(merged(*stages))


def rows(*stages, singly=()):
    """The table's lines, each as its cells."""
    lines = differences(merged(*stages), MADE, singly).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_without_runs_there_is_the_theorem_and_no_table():
    assert "No run of such an experiment is on record." in what_it_follows({})
    assert "has 0 of" not in follows(design(0))
    assert differences({}, MADE) == differences(merged(design(0)), MADE) == ""


def test_too_few_seeds_are_named_and_nothing_is_decided():
    said = follows(design(1))
    assert "**not decided yet**" in said
    assert f"({PLACE}mini/{DESIGN}.md) has 4 of 12 runs: in the one seed of all rows " in said
    assert differences(merged(design(2)), MADE) == ""


def test_a_verdict_without_evidence_leaves_it_undecided():
    made = design(3, WEIGHT | {LOSS: Outcome.INSUFFICIENT_SEEDS})
    assert "**not decided yet**" in follows(made)
    assert rows(made) == []


@pytest.mark.parametrize(
    ("alike", "gain", "loss", "sentence"),
    [
        (
            EQUAL,
            HOLDS,
            HOLDS,
            "**In the paper's rows, at this scale, mostly the weight of the blocks",
        ),
        (EQUAL, HOLDS, Outcome.INCONCLUSIVE, "**Not the roots**"),
        (EQUAL, Outcome.DIFFERS, HOLDS, "**Not the roots**"),
        (Outcome.DIFFERS, HOLDS, HOLDS, "**Both the roots and the relative weight"),
        (Outcome.DIFFERS, Outcome.ORDER_REVERSED, HOLDS, "**The roots**"),
        (Outcome.INCONCLUSIVE, HOLDS, HOLDS, "**The relative weight of the blocks**; whether"),
        (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, HOLDS, "**Not decided**"),
    ],
)
def test_what_it_follows_is_what_the_verdicts_say(alike, gain, loss, sentence):
    made = design(3, {PAIRS: Outcome.INCONCLUSIVE, ALIKE: alike, GAIN: gain, LOSS: loss})
    assert follows(made).startswith(sentence)
    assert "alone: roots of one function make +7.25 points, weight kept instead" in follows(made)
    gains, losses, equal, pairs = rows(made)
    shown = "+7.25 [+6.50, +8.00] (90 %)"
    page = f"[{ALIKE}]({PLACE}mini/{DESIGN}.md)"
    assert equal[1:] == [shown, "±1", f"**{alike}**", page]
    assert pairs[1] == "1 of 2 shown to be alike"
    assert pairs[3] == "**INCONCLUSIVE**"
    assert gains[1:4] == [shown, "≥ 3", f"**{gain}**"]
    assert losses[1:4] == [shown, "≥ 3", f"**{loss}**"]
    # The range is of what stands before it: of networks that are not zero-stable.
    (decaying,) = (
        row["measured"]["last_epoch"]["test"]
        for row in made[DESIGN]["evidence"]["rows"]
        if (row["cells"]["roots"], row["cells"]["branch"]) == ("zero-stable", "decaying")
    )
    for seed in decaying:
        decaying[seed] += 5
    assert "points (+12.00 to +12.00 by set)" in follows(made)


def test_a_verdict_that_does_not_outlive_the_correction_is_marked():
    marked = [line[3] for line in rows(design(3, WEIGHT), singly={ALIKE, "C23"})]
    assert [text.endswith(" ¹") for text in marked] == [False, False, True, False]


def test_a_claim_that_was_asked_once_runs_were_known_is_marked():
    late = MADE | {GAIN: replace(MADE[GAIN], afterwards="its runs were known")}
    table = differences(merged(design(3, WEIGHT)), late, {GAIN})
    gain, loss = table.splitlines()[2:4]
    assert f"**{HOLDS}** ¹ ²" in gain
    assert "²" not in loss


def test_a_stronger_profile_that_decides_counts_and_one_that_does_not_stands_beside():
    both = merged(design(3, WEIGHT)) | {"medium": design(1)}
    assert f"{PLACE}mini/{DESIGN}.md" in differences(both, MADE)
    assert (
        f"[`medium`]({PLACE}medium/{DESIGN}.md) (32 layers, 12 epochs, 45 to 58 %) "
        "has 4 of 12 runs: in the one seed of all rows "
    ) in what_it_follows(both)
    both["medium"] = design(3, WEIGHT)
    assert f"{PLACE}medium/{DESIGN}.md" in differences(both, MADE)
    said = what_it_follows(both)
    assert f"[An experiment]({PLACE}medium/{DESIGN}.md)" in said
    assert (
        "(32 layers, 12 epochs, 47 to 59 %) shows for the roots +7.25 points (EQUIVALENT), for "
        "weight kept +7.25 points (ORDER-HOLDS)."
    ) in said.partition(f"[`mini`]({PLACE}mini/{DESIGN}.md)")[2]


def test_a_stronger_profile_with_fewer_rows_does_not_stand_before_one_with_more():
    """As with the verdicts themselves: it decides less than the claim says."""
    fewer = design(3, WEIGHT)
    del fewer[DESIGN]["evidence"]["rows"][2:]
    both = merged(design(3, WEIGHT)) | {"medium": fewer}
    assert f"[An experiment]({PLACE}mini/{DESIGN}.md)" in what_it_follows(both)
    # Nor is what it has told without saying of how much it is.
    other = design(3, WEIGHT)
    for one in other[DESIGN]["evidence"]["rows"]:
        one["cells"] = one["cells"] | {"condition": "(1, 1, 1; 1)"}
    both["mini"][DESIGN]["evidence"]["rows"] += other[DESIGN]["evidence"]["rows"]
    assert "(1 of the 2 sets; 32 layers, 12 epochs" in what_it_follows(both)
    assert f"{PLACE}medium/{DESIGN}.md" not in differences(both, MADE)


def test_table_1_is_told_of_from_the_profile_that_has_it():
    both = merged(design(3, WEIGHT), first(a50=LEFT, a100=MOST, a200=NEXT))
    both["medium"] = design(3, WEIGHT)
    assert f"[PreResNet's]({PLACE}mini/table1_first_order.md)" in what_it_follows(both)
    assert f"[table 1]({PLACE}mini/table1_first_order.md)" in differences(both, MADE)


@pytest.mark.parametrize(
    ("half", "double", "said"),
    [
        (
            LEFT,
            LEFT,
            "α < 1, whose blocks gain weight, costs points: 6.00 with [PreResNet's]",
        ),
        (NEXT, NEXT, "in table 1 α = 2, whose blocks lose weight, gains 1.53 with [PreResNet's]"),
        (
            LEFT,
            NEXT,
            "(reports/mini/table1_first_order.md); α = 2, whose blocks lose weight, gains ",
        ),
        (MOST, MOST, ""),
    ],
)
def test_what_else_table_1_shows_of_the_weight_of_blocks_is_said(half, double, said):
    made = (first(a50=half, a100=MOST, a200=double), design(3, WEIGHT))
    text = follows(*made).replace(PLACE, "reports/")
    assert said in text
    assert ("It is not all" in text) is bool(said)
    assert ("costs points" in text) is (half == LEFT)
    assert (" gains " in text) is (double == NEXT)
    # The table shows both whatever they are, and that nothing was stated of them.
    more, less = rows(*made)[-2:]
    assert more[0] == "table 1: α = 0.5 (zero-stable) instead of 1"
    assert less[0] == "table 1: α = 2 (not zero-stable) instead of 1"
    differences_shown = {LEFT: "−6.00 [", NEXT: "+1.53 [+1.15, +1.91]", MOST: "+0.00 ["}
    assert more[1].startswith(differences_shown[half])
    assert less[1].startswith(differences_shown[double])
    assert more[2:4] == less[2:4] == ["–", "(measured only)"]


def test_both_readings_of_table_1_are_told_of():
    bare = first("table1_bare_projections", a50=LEFT, a100=MOST, a200=LEFT)
    own = first(a50=LEFT, a100=MOST, a200=NEXT)
    assert (
        "costs points: 6.00 with [bare projections](reports/mini/table1_bare_projections.md), "
        "6.00 with [PreResNet's](reports/mini/table1_first_order.md); α = 2, whose "
    ) in follows(bare, own, design(3, WEIGHT)).replace(PLACE, "reports/")
    # A gain with bare projections would be said, too.
    odd = first("table1_bare_projections", a50=LEFT, a100=MOST, a200=NEXT)
    assert "gains 1.53 with [bare projections]" in follows(odd, design(3, WEIGHT))


def test_table_1_alone_has_no_line():
    alone = first(a50=LEFT, a100=MOST, a200=NEXT)
    assert rows(alone) == []
    assert len(rows(design(3, WEIGHT), first(a50=LEFT, a200=NEXT))) == 4


def test_what_a_moved_root_makes_has_its_lines_once_runs_decide_it():
    lines = rows(design(3, WEIGHT), moved(Outcome.INCONCLUSIVE))[4:]
    said = follows(design(3, WEIGHT), moved(Outcome.INCONCLUSIVE))
    assert f"[One root, −k]({PLACE}mini/{MOVED}.md), inside instead of outside " in said
    assert "whether it jumps at the edge is open (+1.50). The sign of k makes +1.50 " in said
    assert {line[1] for line in lines} == {"+1.50 [−0.50, +3.50] (95 %)"}
    assert {line[2] for line in lines} == {"≥ 1"}
    listed = [claim for claim in MOVED_CLAIMS if claim != SHARPENING]
    assert [line[4] for line in lines] == [f"[{c}]({PLACE}mini/{MOVED}.md)" for c in listed]
    for some in (moved(Outcome.INSUFFICIENT_SEEDS), moved(HOLDS, runs=0)):
        assert len(rows(design(3, WEIGHT), some)) == 4
        assert "One root" not in follows(design(3, WEIGHT), some)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (
            Outcome.DIFFERS,
            "on average a jump of a point at its edge is excluded (+1.50); the bend that zero "
            "stability predicts was not tested.",
        ),
        (Outcome.ORDER_REVERSED, "at the edge it jumps the other way round (+1.50)."),
        (HOLDS, "at the edge there is a jump (+1.50)."),
    ],
)
def test_what_is_at_the_edge_is_what_the_verdict_says(outcome, text):
    assert text in follows(design(3, WEIGHT), moved(outcome))


def test_networks_outside_that_beat_others_inside_have_a_line():
    made = moved(HOLDS)
    made[MOVED]["evidence"]["rows"] = [
        row((58, 58.2, 58.4), False, side="outside", sign="positive"),
        row((50, 50.1, 50.4), True, side="inside", sign="negative"),
    ]
    line = rows(made)[-1]
    assert line[0] == "… k > 0 outside instead of k &lt; 0 inside"
    assert line[1].startswith("+8.03 [")
    assert line[2:4] == ["–", "(measured only)"]
    made[MOVED]["evidence"]["rows"].append(row((), True, side="inside", sign="negative"))
    assert len(rows(made)) == len(MOVED_CLAIMS) - 1


def drawn(outcome=HOLDS, **details):
    """The stage of methods drawn at random, with one verdict on all of its claims."""
    one = {"value": 0.75, "interval": [0.5, 0.9], "p_value": 0.001}
    details = {"correlations": {"a number": one}, "interval_level": 0.05} | details
    verdicts = [
        {"claim": name, "outcome": outcome, "summary": "", "details": details}
        for name in DRAWN_CLAIMS
    ]
    return {DRAWN: stage(DRAWN, [row((57, 58), True)], verdicts)}


def test_what_methods_drawn_at_random_go_with_has_its_lines():
    lines = rows(drawn())
    assert [line[4] for line in lines] == [f"[{c}]({PLACE}mini/{DRAWN}.md)" for c in DRAWN_CLAIMS]
    assert {line[1] for line in lines} == {"correlation +0.75 [+0.50, +0.90] (95 %)"}
    assert {line[2] for line in lines} == {"> 0"}
    label = {"ours": {"value": 0.75, "most": 0.8667, "interval": [None, None]}}
    assert rows(drawn(correlations=label))[0][1] == "correlation +0.75 (at most ±0.87)"
    both = {"weight": {"value": 0.75, "interval": [0, 1]}, "roots": {"value": -0.5}}
    assert rows(drawn(correlations=both))[0][1] == "correlations +0.75 and −0.50"
    assert rows(drawn(Outcome.INSUFFICIENT_SEEDS)) == []
    said = follows(design(3, WEIGHT), drawn(correlations=label, rows_compared=24))
    page = f"[methods drawn at random]({PLACE}mini/{DRAWN}.md)"
    assert f"Over 24 {page} accuracy has the rank correlation +0.75 (at most 0.87) with " in said
    several = drawn(correlations=label, rows_compared=24)
    several[DRAWN]["evidence"]["rows"] = [
        row((accuracy, accuracy), stable) | {"method": method}
        for accuracy, stable, method in (
            (50, True, "(1; 1/2)"),
            (53, True, "(1/2, 1/2; 3/2)"),
            (49, False, "(2; 2)"),
            (51, False, "(3, -2; -1)"),
        )
    ]
    given = correlation_given(
        "zero stability", "relative branch weight", several[DRAWN]["evidence"], "last_epoch"
    )
    assert given == pytest.approx(0.0894 / 0.4099, abs=1e-3)  # by hand
    said = follows(design(3, WEIGHT), several)
    assert f"(at most 0.87; {signed(given)} at equal weight) with zero stability and " in said
    for nothing in ((), (drawn(Outcome.INSUFFICIENT_SEEDS),), (drawn(correlations={}),)):
        assert "drawn at random" not in follows(design(3, WEIGHT), *nothing)


def test_a_difference_without_ends_or_of_runs_that_diverged_is_said_as_what_it_is():
    unbounded = moved(Outcome.INCONCLUSIVE, interval=[None, None])
    assert {line[1] for line in rows(unbounded)} == {"+1.50"}
    diverged = moved(HOLDS)
    for verdict in diverged[MOVED]["verdicts"]:
        verdict["details"] = {}
    assert {line[1] for line in rows(diverged)} == {"none that could be measured"}
    without = design(3, WEIGHT)
    for verdict in without[DESIGN]["verdicts"]:
        del verdict["details"]["difference"]
    assert "of one function make no difference that could be measured, weight kept" in follows(
        without
    )


def test_the_claims_that_it_reads_are_those_of_the_stages(project):
    every = load_claims(project / "claims/paper/claims.yaml")
    mine = [c for c in every if c.stage == DESIGN and c.decided_from == "mini"]
    assert tuple(c.id for c in mine) == CLAIMS
    assert [c.kind for c in mine] == ["alike", "alike", "order", "order"]
    assert {c.id for c in every if c.stage == MOVED} == set(MOVED_CLAIMS)
    assert tuple(c.id for c in every if c.stage == DRAWN) == DRAWN_CLAIMS
