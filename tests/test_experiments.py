"""From rows of the paper's tables to networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.errors import SuiteError
from zerosnet.experiments import (
    EXPERIMENTS,
    experiment_named,
    method_with_moduli,
    paper_tables,
    plan_stage,
    row_label,
)
from zerosnet.methods import ZEROSNET_OPT
from zerosnet.multistep import LinearMultistep
from zerosnet.profiles import DataChoice, load_profile
from zerosnet.stability import is_zero_stable
from zerosnet.tables import COEFFICIENTS


@pytest.fixture
def paper(project):
    return load_profile(project / "params.yaml", "paper")


def test_every_row_of_tables_3_and_6_finds_its_coefficients(project):
    tables = paper_tables(project)
    for stage in ("table3_third_order", "table6_robustness"):
        for row in tables[EXPERIMENTS[stage].table].rows:
            method = method_with_moduli(row, tables)
            assert is_zero_stable(method) == (row["zero_stable_paper"] == "yes")


def test_moduli_that_no_row_has_are_refused(project):
    tables = paper_tables(project)
    with pytest.raises(SuiteError, match="has 0 rows with moduli"):
        method_with_moduli({"modulus_1": "9", "modulus_2": "9", "modulus_3": "9"}, tables)
    doubled = replace(tables[COEFFICIENTS], rows=tables[COEFFICIENTS].rows * 2)
    row = tables[COEFFICIENTS].rows[0]
    with pytest.raises(SuiteError, match="has 2 rows"):
        method_with_moduli(row, {**tables, COEFFICIENTS: doubled})


def test_the_papers_own_scale(project, paper):
    third = plan_stage("table3_third_order", paper, project)
    assert len(third) == 30
    assert {row.runs[0].architecture.depth for row in third} == {32, 44, 56}
    assert third[9].runs[0].architecture.method == ZEROSNET_OPT
    second = plan_stage("table2_second_order", paper, project)
    assert {row.runs[0].architecture.depth for row in second} == {44}
    assert {row.runs[0].architecture.history for row in second} == {"restart"}
    # Eq. (8) as printed, k = −1.5: (2.5, −1.5; −2).
    assert second[0].runs[0].architecture.method == LinearMultistep(("5/2", "-3/2"), -2)
    first = plan_stage("table1_first_order", paper, project)
    assert [str(row.runs[0].build().interior_method.alphas[0]) for row in first] == [
        "2",
        "3/2",
        "1/2",
        "7/10",
        "1",
    ]


def test_seeds_are_counted_from_zero(project, paper):
    for row in plan_stage("table1_first_order", paper, project):
        assert [run.seed for run in row.runs] == [0, 1, 2]


def test_labels_tell_rows_apart(project, paper):
    for stage in EXPERIMENTS:
        rows = plan_stage(stage, paper, project)
        assert len({(row.label, row.runs[0].architecture.depth) for row in rows}) == len(rows)
    assert row_label({"alpha": "0.5"}) == "α = 0.5"
    assert row_label({"k": "0.5"}) == "k = 0.5"


def test_what_cannot_be_planned_says_so(project, paper):
    with pytest.raises(SuiteError, match="'table9' trains nothing: one of table1_first_order"):
        experiment_named("table9")
    with pytest.raises(SuiteError, match="profile paper: no entry for table1_first_order"):
        plan_stage("table1_first_order", replace(paper, tables={}), project)
    with pytest.raises(SuiteError, match="no data for CIFAR-10"):
        plan_stage("table1_first_order", replace(paper, data={}), project)
    with pytest.raises(SuiteError, match="data set 'svhn' is unknown"):
        plan_stage(
            "table1_first_order", replace(paper, data={"CIFAR-10": DataChoice("svhn")}), project
        )
    deeper = {**paper.tables}
    deeper["table1_first_order"] = replace(deeper["table1_first_order"], layers=21)
    with pytest.raises(SuiteError, match=r"depth 21 is impossible .* for example 20 or 26"):
        plan_stage("table1_first_order", replace(paper, tables=deeper), project)
