"""Stages that train: their names, and which network a row of their tables means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.experiments.rows import paper_tables
from zerosnet.experiments.trained_stages import EXPERIMENTS, experiment_named, method_with_moduli
from zerosnet.files.errors import SuiteError
from zerosnet.methods.stability import is_zero_stable
from zerosnet.paper.tables import COEFFICIENTS


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


def test_a_stage_is_found_in_any_case_and_a_wrong_name_says_so():
    assert experiment_named("TABLE1_first_order") is EXPERIMENTS["table1_first_order"]
    with pytest.raises(SuiteError, match="no stage that trains is called 'table9'"):
        experiment_named("table9")
