"""Table 9's claims on times made up: close, not close, open."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from simulated import binomial_bounds

from zerosnet.experiments.rows import paper_tables
from zerosnet.experiments.timed import RUNTIME_TABLE
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import as_read, write_json
from zerosnet.judging.runtime_claims import (
    ReportedRatio,
    Timing,
    judge_runtime,
    load_timings,
    reported_ratios,
    runtime_evidence,
    verdict_on_ratio,
)
from zerosnet.judging.statistics import paired_log_ratio
from zerosnet.judging.verdict import FAILS, Outcome
from zerosnet.paper.claims import Claim
from zerosnet.reporting.numbers.of_runs import numbers_of_runs

CELLS = [f"{phase}, batch {batch}" for phase in ("training", "test") for batch in (128, 512, 4096)]


def claim(test, margin=10.0):
    return Claim(
        id="C40",
        stage="table9_runtime",
        statement="A statement.",
        quote="a quote",
        place="table 9",
        kind="runtime",
        decided_from="mini",
        test=test,
        margin=margin,
        reason="a test",
    )


@pytest.fixture
def table(project):
    return paper_tables(project)[RUNTIME_TABLE]


def seconds(ratio, noise=0.001):
    other = [1.0, 1.2, 0.9, 1.1, 1.0]
    return {
        "PreResNet20": other,
        "ZeroSNet20": [ratio * (1 + noise * (-1) ** i) * x for i, x in enumerate(other)],
    }


@pytest.fixture
def timings(tmp_path):
    def made(ratios, device="cpu", noise=0.001, name="one"):
        folder = tmp_path / "mini" / "runtime"
        write_json(
            folder / f"{name}.json",
            {
                "schema": 1,
                "seconds": {c: seconds(r, noise) for c, r in zip(CELLS, ratios, strict=True)},
                "environment": {
                    "device": device,
                    "processor": "a processor",
                    "threads": 2,
                    "torch": "2.11",
                },
                "commit": "0123",
            },
        )
        return load_timings(folder)

    return made


def test_the_papers_ratios(table):
    ratios = reported_ratios(table)
    assert list(ratios) == CELLS
    assert ratios["training, batch 128"] == pytest.approx(1662 / 1532)
    assert ratios["test, batch 4096"] == pytest.approx(220 / 212)


@pytest.mark.parametrize(
    ("test", "ratios", "outcome"),
    [
        ("close", [1.05] * 6, Outcome.ORDER_HOLDS),
        ("close", [1.05] * 5 + [1.2], Outcome.ORDER_REVERSED),
        ("close", [1.05] * 5 + [1.1], Outcome.INCONCLUSIVE),
        ("less_for_large_batches", [1.08, 1.02, 1.03] * 2, Outcome.ORDER_HOLDS),
        ("less_for_large_batches", [1.02, 1.08, 1.03] * 2, Outcome.ORDER_REVERSED),
        ("less_for_large_batches", [1.05] * 6, Outcome.INCONCLUSIVE),
        ("as_reported", [1.085, 1.0, 1.016, 1.063, 1.021, 1.038], Outcome.REPRODUCED),
        ("as_reported", [1.5, 1.0, 1.016, 1.063, 1.021, 1.038], Outcome.DIFFERS),
        ("as_reported", [0.8, 1.0, 1.016, 1.063, 1.021, 1.038], Outcome.DIFFERS),
        ("as_reported", [1.185, 1.0, 1.016, 1.063, 1.021, 1.038], Outcome.INCONCLUSIVE),
    ],
)
def test_claims(timings, table, test, ratios, outcome):
    verdict = judge_runtime(claim(test), timings(ratios), table, "mini")
    assert verdict.outcome is outcome
    assert "a processor, 2 threads" in verdict.summary


#: Where times vary by a tenth: ratios one of which alone speaks against a claim, but not as the
#: least of all cells.
SINGLY = [
    ("close", [1.05] * 5 + [1.3], Outcome.ORDER_REVERSED),
    ("less_for_large_batches", [1.05, 1.28, 1.05] + [1.05] * 3, Outcome.ORDER_REVERSED),
    ("as_reported", [1.085, 1.19, 1.016, 1.063, 1.021, 1.038], Outcome.DIFFERS),
]


@pytest.mark.parametrize(("test", "ratios", "against"), SINGLY)
def test_one_cell_of_many_refutes_only_after_the_correction_over_all(
    timings, table, test, ratios, against
):
    margin = 5.0 if test == "as_reported" else 10.0
    verdict = judge_runtime(claim(test, margin), timings(ratios, noise=0.1), table, "mini")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    cells = 4 if test == "less_for_large_batches" else 6
    # By itself the cell would decide, at the same level.
    assert verdict.details["p_value"] / cells <= verdict.details["level"] == 0.05
    clearer = judge_runtime(claim(test, margin), timings(ratios, noise=0.05), table, "mini")
    assert clearer.outcome is against


@pytest.mark.parametrize("test", ["close", "less_for_large_batches", "as_reported"])
def test_true_claims_are_refuted_as_rarely_as_their_level_says(table, test):
    """At the border of what is claimed, in every cell, with the noise of this machine's times."""
    reported = reported_ratios(table)
    border = dict.fromkeys(reported, 1.1 if test == "close" else 1.05)
    if test == "as_reported":
        border = {name: ratio + 0.05 for name, ratio in reported.items()}
    margin = {"close": 10.0, "as_reported": 5.0}.get(test, 0.0)
    draw = np.random.default_rng(3)
    draws, refuted = 400, 0
    for _ in range(draws):
        logarithms = {
            name: paired_log_ratio(ratio * np.exp(draw.normal(0, 0.1, 5)), [1.0] * 5)
            for name, ratio in border.items()
        }
        timing = Timing("cpu", logarithms, "a record", "0123", "2.11")
        verdict = judge_runtime(claim(test, margin), [timing], table, "mini")
        refuted += verdict.outcome in FAILS
    level = 0.05 if test == "as_reported" else 0.025
    assert refuted / draws <= binomial_bounds(level, draws)[1]


@pytest.mark.parametrize("noise", [0.001, 0.02, 0.1])
@pytest.mark.parametrize("test", ["close", "less_for_large_batches", "as_reported"])
@pytest.mark.parametrize("ratio", [0.9, 1.02, 1.05, 1.1, 1.3])
def test_a_verdict_goes_with_its_p_value(timings, table, test, noise, ratio):
    found = timings([1.07, ratio, ratio, 1.07, ratio, ratio], noise=noise)
    details = judge_runtime(claim(test), found, table, "mini").details
    outcome = judge_runtime(claim(test), found, table, "mini").outcome
    assert (details["p_value"] <= details["level"]) == (outcome is not Outcome.INCONCLUSIVE)


def test_a_level_is_that_of_each_side_of_tost_and_of_both_sides_of_an_order(timings, table):
    reported = [*reported_ratios(table).values()]
    alike = judge_runtime(claim("as_reported"), timings(reported, noise=0.06), table, "mini")
    assert 0.025 < alike.details["p_value"] < 0.05
    assert alike.outcome is Outcome.REPRODUCED
    order = judge_runtime(claim("close"), timings([1.02] * 6, noise=0.05), table, "mini")
    assert 0.05 < order.details["p_value"] < 0.1
    assert order.outcome is Outcome.INCONCLUSIVE


def test_p_values_are_those_of_students_test_on_logarithms(timings, table):
    """Against a claim times the number of cells; of orders two-sided; to four digits that count."""
    ratios = [1.085, 1.19, 1.016, 1.063, 1.021, 1.038]
    found = timings(ratios, noise=0.1)
    times = seconds(1.19, 0.1)
    logs = [math.log(a / b) for a, b in zip(times["ZeroSNet20"], times["PreResNet20"], strict=True)]

    def p_of(test, margin):
        return judge_runtime(claim(test, margin), found, table, "mini").details["p_value"]

    def p_above(bound):
        return stats.ttest_1samp(logs, math.log(bound), alternative="greater").pvalue

    below = stats.ttest_1samp(logs, math.log(0.95), alternative="less").pvalue
    assert p_of("as_reported", 5.0) == float(f"{6 * (p_above(1.05) + 1 - below):.4g}")
    assert p_of("close", 1.0) == float(f"{2 * 6 * p_above(1.01):.4g}")
    small = seconds(1.085, 0.1)
    first = [
        math.log(a / b) for a, b in zip(small["ZeroSNet20"], small["PreResNet20"], strict=True)
    ]
    welch = stats.ttest_ind(logs, first, equal_var=False, alternative="greater").pvalue
    assert p_of("less_for_large_batches", 0.0) == min(1.0, float(f"{2 * 4 * welch:.4g}"))


@pytest.mark.parametrize("test", ["close", "less_for_large_batches", "as_reported"])
def test_what_was_not_timed_shows_nothing(timings, table, test):
    """A profile may time the smallest batch alone."""
    (timing,) = timings([1.085, 1.0, 1.016, 1.063, 1.021, 1.038])
    smallest = {name: x for name, x in timing.logarithms.items() if name.endswith("batch 128")}
    verdict = judge_runtime(claim(test), [replace(timing, logarithms=smallest)], table, "mini")
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_it_has_to_hold_on_every_device(timings, table):
    timings([1.05] * 6)
    both = timings([1.3] * 6, device="NVIDIA H200", name="two")
    assert len(both) == 2
    verdict = judge_runtime(claim("close"), both, table, "mini")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "NVIDIA H200: the largest ratio is 1.300" in verdict.summary
    evidence = runtime_evidence(both, table, "mini")
    assert [d["record"] for d in evidence["devices"]] == [
        "mini/runtime/one.json",
        "mini/runtime/two.json",
    ]


def on_each(found, table):
    """The verdict on each ratio, from a result as it is read."""
    about = claim("as_reported", margin=5.0)
    verdict = judge_runtime(about, found, table, "mini")
    result = as_read({"evidence": runtime_evidence(found, table, "mini")})
    cells = [ReportedRatio(*pair) for pair in reported_ratios(table).items()]
    return [verdict_on_ratio(cell, about, verdict, result) for cell in cells]


def test_each_ratio_has_a_verdict_of_its_own(timings, table):
    first, *others = on_each(timings([1.5, 1.0, 1.066, 1.063, 1.021, 1.038]), table)
    assert first[0].outcome is Outcome.DIFFERS
    assert first[1] == "paper 1.085, ours 1.500 on a processor, 2 threads, margin ±0.05"
    assert [verdict.outcome for verdict, _ in others] == [
        Outcome.REPRODUCED,
        Outcome.INCONCLUSIVE,
        *[Outcome.REPRODUCED] * 3,
    ]


def test_a_ratio_by_itself_is_corrected_as_all_are(timings, table):
    found = on_each(timings([1.085, 1.19, 1.016, 1.063, 1.021, 1.038], noise=0.1), table)
    assert {verdict.outcome for verdict, _ in found} == {Outcome.INCONCLUSIVE}


def test_a_ratio_has_to_come_out_on_every_device(timings, table):
    reported = [*reported_ratios(table).values()]
    timings(reported)
    found = on_each(timings([1.5, *reported[1:]], device="NVIDIA H200", name="two"), table)
    assert [verdict.outcome for verdict, _ in found] == [
        Outcome.INCONCLUSIVE,
        *[Outcome.REPRODUCED] * 5,
    ]


def test_a_ratio_that_a_device_was_not_timed_for_is_open(timings, table):
    (timing,) = timings([1.085, 1.0, 1.016, 1.063, 1.021, 1.038])
    smallest = {name: x for name, x in timing.logarithms.items() if name.endswith("batch 128")}
    first, second, *_ = on_each([replace(timing, logarithms=smallest)], table)
    assert (first[0].outcome, second[0].outcome) == (Outcome.REPRODUCED, Outcome.INCONCLUSIVE)
    assert "no time" in second[1]


def test_a_ratio_without_times_or_spread_is_not_judged(timings, table):
    ((verdict, shown), *_) = on_each([], table)
    assert (verdict.outcome, shown) == (
        Outcome.NOT_RUN,
        "paper 1.085, no time, margin ±0.05",
    )
    ((verdict, _), *_) = on_each(timings([1.085] * 6, noise=0), table)
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS


def test_without_times_and_in_smoke_there_is_no_verdict(timings, table):
    assert judge_runtime(claim("close"), [], table, "mini").outcome is Outcome.NOT_RUN
    found = timings([1.05] * 6)
    assert judge_runtime(claim("close"), found, table, "smoke").outcome is Outcome.SMOKE


def test_damaged_records_are_named(tmp_path):
    (tmp_path / "one.json").write_text("{")
    with pytest.raises(SuiteError, match=r"one\.json is damaged"):
        load_timings(tmp_path)


@pytest.mark.parametrize("test", ["close", "less_for_large_batches", "as_reported"])
@pytest.mark.parametrize("repeats", [1, 2], ids=["one repeat", "twice the same to the digit"])
def test_repeats_without_any_spread_decide_nothing_and_are_shown_so(
    timings, table, monkeypatch, test, repeats
):
    def alike(ratio, _noise):
        return {"PreResNet20": [2.0] * repeats, "ZeroSNet20": [2.0 * ratio] * repeats}

    monkeypatch.setitem(globals(), "seconds", alike)
    found = timings([1.05] * 6)
    verdict = judge_runtime(claim(test), found, table, "mini")
    assert verdict.outcome is Outcome.INSUFFICIENT_SEEDS
    assert verdict.summary.endswith("the repeats say nothing of the spread")
    assert json.dumps(verdict.details, allow_nan=False)
    evidence = runtime_evidence(found, table, "mini")
    assert evidence["devices"][0]["ratios"][CELLS[0]] == [1.05, 0.0, None]
    pictures, blocks = numbers_of_runs(evidence, [verdict])
    assert "1.050 [no ends]" in blocks[1]
    assert pictures[0].svg.startswith(b"<?xml")
