"""Coverage: every statement and every cell, and a claim that reads nothing shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.experiments.profiles import load_profile
from zerosnet.files.paths import paper_folder
from zerosnet.judging.coverage import Notebook, coverage_of, reads_of_runs, statements
from zerosnet.judging.stages import EXACT_STAGES, load_result, stage_content
from zerosnet.paper.claims import load_claims
from zerosnet.paper.tables import load_table


@pytest.fixture
def everything(project):
    return load_claims(paper_folder(project) / "claims.yaml")


@pytest.fixture
def coverage(project, everything, paper):
    """From the results in git: tests of the stages see to it that these are what is decided."""
    results = project / "results"
    stages = [*EXACT_STAGES, "table1_first_order", "table2_second_order", "table6_robustness"]
    reads = [load_result(results, stage, "mini")["reads"] for stage in stages]
    reads.append(reads_of_runs(everything, load_profile(project / "params.yaml", "paper"), project))
    return coverage_of(paper.tables, reads)


def test_every_cell_of_every_table_is_reached(coverage):
    assert coverage.unread() == []
    assert len(coverage.cells) > 900


def test_every_statement_has_a_claim(project, everything):
    listed = load_table(paper_folder(project) / "statements.csv")
    found = statements(listed, everything)
    assert len(found) == 52
    assert [statement for statement, claims in found.items() if not claims] == []


def test_every_claim_is_of_a_statement_or_of_the_suites_own(project, everything):
    listed = {row["id"] for row in load_table(paper_folder(project) / "statements.csv").rows}
    own = [c.id for c in everything if c.id.partition("-")[0] not in listed]
    assert own
    # A: audit; G: the gauge and what it asks; X: beyond the paper.
    assert all(claim[0] in "AGX" for claim in own)


def test_what_nobody_reads_is_unread(paper):
    assert len(coverage_of(paper.tables, []).unread()) == len(coverage_of(paper.tables, []).cells)


def test_only_what_is_read_is_noted(paper):
    notebook = Notebook()
    noting = notebook.noting(paper)
    row = noting.tables["table09_runtime_cifar10"].rows[1]
    row["bs128_s"]  # for nobody
    with notebook.reading_for("C40", "C41"):
        assert row["bs512_s"] == "829"
        assert row.get("none", "–") == "–"
        with notebook.reading_for("C42"):
            assert row.get("bs4096_s") == "928"
        assert row["phase"] == "training"
    assert notebook.reads() == {
        "C40": {"table09_runtime_cifar10": {"bs512_s": [1], "phase": [1]}},
        "C41": {"table09_runtime_cifar10": {"bs512_s": [1], "phase": [1]}},
        "C42": {"table09_runtime_cifar10": {"bs4096_s": [1]}},
    }


def test_a_result_says_what_its_claims_read(project):
    content = stage_content(
        "theorem3_optimal_coefficients", load_profile(project / "params.yaml"), project
    )
    assert set(content["reads"]) <= {"C20"}


def test_a_claim_reads_only_the_rows_that_it_is_about(project, everything):
    (equivalence,) = [c for c in everything if c.id == "C25"]
    only = replace(equivalence, rows={"data_set": "CIFAR-10"})
    reads = reads_of_runs([only], load_profile(project / "params.yaml", "paper"), project)
    columns = reads["C25"]["table04_comparison_cifar"]
    assert "cifar10_acc_mean_pct" in columns
    assert "cifar100_acc_mean_pct" not in columns
