"""The power of planned checks: of cells by themselves, and of all of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import all_tables, plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.paths import paper_folder
from zerosnet.judging.planned_power import planned_power
from zerosnet.judging.stages import claims_of
from zerosnet.judging.statistics import Spread, tost_power
from zerosnet.paper.claims import load_claims


@pytest.fixture
def paper(project):
    profile = load_profile(project / "params.yaml", "paper")
    tables, claims = all_tables(project), load_claims(paper_folder(project) / "claims.yaml")

    def powers(stage, change=lambda claim: claim):
        experiment = EXPERIMENTS[stage]
        some = [change(claim) for claim in claims_of(stage, project, claims)]
        rows = plan_stage(stage, profile, project)
        return planned_power(some, experiment, tables[experiment.table], rows, profile)

    return powers


def test_each_cell_counts_by_its_own_deviation(paper):
    """Table 1 prints five deviations: five cells, five powers."""
    (found,) = paper("table1_first_order").values()
    assert found.cells == 5
    assert 0 < found.least < found.most <= 1
    assert found.of_all < found.least
    assert found.told.endswith(f"a cell, {found.of_all:.2f} for all 5 of them")


def test_a_cell_without_a_deviation_is_one_run_that_varies_as_the_others_do(paper, project):
    """Table 4 takes 12 of its 40 cells from other papers, without a deviation."""
    (found,) = paper("table4_comparison").values()
    assert found.cells == 40
    assert found.of_all < 0.8 < found.most
    (claim,) = (c for c in claims_of("table4_comparison", project) if c.kind == "equivalence")
    rows = all_tables(project)["table04_comparison_cifar"].rows
    cells = [row[f"cifar{n}_acc_std_pct"] for row in rows for n in (10, 100)]
    variances = [float(sd) ** 2 * 3 / 2 for sd in cells if sd]
    usual = sum(variances) / len(variances)
    of_three = (tost_power(claim.margin, 3, 3, Spread(math.sqrt(v), 4)) for v in variances)
    of_one = tost_power(claim.margin, 3, 1, Spread(math.sqrt(usual), 2))
    assert found.of_all == pytest.approx(math.prod(of_three) * of_one ** (40 - len(variances)))


def test_where_nothing_is_printed_nothing_is_known(paper):
    assert set(paper("table5_imagenet").values()) == {None}


def test_a_stricter_level_has_less_power(paper):
    (usual,) = paper("table1_first_order").values()
    strict = paper("table1_first_order", lambda claim: replace(claim, level=0.01))
    assert next(iter(strict.values())).of_all < usual.of_all


def test_the_power_is_that_of_the_test(paper, project):
    rows = all_tables(project)["table01_preresnet32_alpha_cifar10"].rows
    # As cells are tested: printed deviations are read as dividing by n, here by 3.
    deviations = [float(row["test_acc_std_pct"]) * (3 / 2) ** 0.5 for row in rows]
    claim = next(c for c in load_claims(paper_folder(project) / "claims.yaml") if c.id == "C06")
    (found,) = paper("table1_first_order").values()
    expected = [tost_power(claim.margin, 3, 3, Spread(sd, 4)) for sd in deviations]
    assert (found.least, found.most) == pytest.approx((min(expected), max(expected)))
    assert found.of_all == pytest.approx(math.prod(expected))
