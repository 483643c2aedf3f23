"""Precision: one for each data set and seed, decided by what is on record, and by who trains."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.precisions import in_float32, precisions_in_words
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import TRAINING, record_path
from zerosnet.experiments.rows import plan_stage


@pytest.fixture
def mini(checkout):
    """The tiny profile in bfloat16, its table 1 with two rows."""
    path = checkout / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["profiles"]["mini"]["precision"] = "bfloat16"
    params["profiles"]["mini"]["tables"]["table1_first_order"]["only"] = {"alpha": ["1", "0.5"]}
    path.write_text(yaml.safe_dump(params))
    return load_profile(path, "mini")


def put_on_record(root, runs):
    for run in runs:
        path = record_path(root / "results", "mini", run.key, TRAINING)
        path.parent.mkdir(parents=True)
        path.touch()


def precisions(rows):
    """Seed → precisions of its runs."""
    found = {}
    for run in distinct_runs(rows):
        found.setdefault(run.seed, set()).add(run.recipe.precision)
    return found


def both(precision):
    return {0: {precision}, 1: {precision}}


def exact():
    return "float32"


def nobody():
    raise AssertionError("nobody needs to ask the machine")


def test_without_records_who_trains_decides(mini, checkout):
    stage = "table1_first_order"
    assert precisions(plan_stage(stage, mini, checkout)) == both("bfloat16")
    for here in ("bfloat16", "float32"):
        rows = plan_stage(stage, mini, checkout, lambda here=here: here)
        assert precisions(rows) == both(here)


def test_a_seed_that_is_complete_in_either_is_taken_by_all(mini, checkout):
    stage = "table1_first_order"
    planned = distinct_runs(plan_stage(stage, mini, checkout))
    put_on_record(checkout, [in_float32(run) for run in planned if run.seed == 0])
    put_on_record(checkout, [run for run in planned if run.seed == 1])
    expected = {0: {"float32"}, 1: {"bfloat16"}}
    assert precisions(plan_stage(stage, mini, checkout)) == expected
    assert precisions(plan_stage(stage, mini, checkout, nobody)) == expected


def test_a_seed_of_which_a_part_is_there_is_not(mini, checkout):
    stage = "table1_first_order"
    planned = distinct_runs(plan_stage(stage, mini, checkout))
    put_on_record(checkout, [in_float32(run) for run in planned if run.seed == 0][:1])
    put_on_record(checkout, [run for run in planned if run.seed == 1][:1])
    assert precisions(plan_stage(stage, mini, checkout)) == both("bfloat16")
    rows = plan_stage(stage, mini, checkout, exact)
    assert precisions(rows) == both("float32")


def test_the_profiles_own_comes_first(mini, checkout):
    planned = distinct_runs(plan_stage("table1_first_order", mini, checkout))
    put_on_record(checkout, [*planned, *map(in_float32, planned)])
    rows = plan_stage("table1_first_order", mini, checkout, nobody)
    assert distinct_runs(rows) == planned


def test_what_is_in_float32_by_its_own_definition_stays_so(mini, checkout):
    assert plan_stage("table3_float32", mini, checkout) == plan_stage(
        "table3_float32", mini, checkout, nobody
    )
    paper = replace(mini, precision="float32")
    assert plan_stage("table1_first_order", paper, checkout, nobody)


def test_data_sets_are_decided_apart(mini, checkout):
    cifar100 = {"CIFAR-100": replace(mini.data["CIFAR-100"], test=40)}
    two = replace(mini, data={**mini.data, **cifar100})
    rows = plan_stage("table4_comparison", two, checkout)
    first = [row for row in rows if row.data_set == "CIFAR-10"]
    put_on_record(checkout, [in_float32(run) for run in distinct_runs(first)])
    found = plan_stage("table4_comparison", two, checkout)
    assert {(row.data_set, run.recipe.precision) for row in found for run in row.runs} == {
        ("CIFAR-10", "float32"),
        ("CIFAR-100", "bfloat16"),
    }


def test_in_words(mini, checkout):
    runs = distinct_runs(plan_stage("table1_first_order", mini, checkout))
    assert precisions_in_words(runs) == "bfloat16"
    mixed = [in_float32(run) if run.seed else run for run in runs]
    assert precisions_in_words(mixed) == "bfloat16 (seed 0), float32 (seed 1)"
    three = [*mixed, replace(mixed[0], seed=2)]
    assert precisions_in_words(three) == "bfloat16 (seeds 0, 2), float32 (seed 1)"
