"""From rows of the paper's tables to networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerosnet.data.choice import DataChoice
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import all_tables, plan, plan_stage, row_label
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.methods.families import ZEROSNET_OPT, ZEROSNET_TRA
from zerosnet.methods.multistep import LinearMultistep


@pytest.fixture
def paper(project):
    return load_profile(project / "params.yaml", "paper")


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
    assert [str(row.runs[0].build().steps()[-1].method.alphas[0]) for row in first] == [
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
    assert row_label({"alpha": "0.5"}, ZEROSNET_OPT) == "α = 0.5"
    assert row_label({"k": "0.5"}, ZEROSNET_OPT) == "k = 0.5"
    assert row_label({"model": "LM-ResNet"}, ZEROSNET_OPT) == "LM-ResNet"
    assert row_label({"modulus_1": "1.00"}, ZEROSNET_OPT) == "(1/3, 5/9, 1/9; 16/9)"


def test_what_cannot_be_planned_says_so(project, paper):
    with pytest.raises(SuiteError, match="profile paper: no entry for table1_first_order"):
        plan_stage("table1_first_order", replace(paper, tables={}), project)
    entry = paper.tables["table1_first_order"]
    slip = replace(paper, tables={"table1_frst_order": entry, "table9_runtime": entry})
    with pytest.raises(SuiteError, match="but for table1_frst_order, which is no stage"):
        plan_stage("table1_first_order", slip, project)
    with pytest.raises(SuiteError, match=r"no data for CIFAR-10, which table01_.*csv names"):
        plan_stage("table1_first_order", replace(paper, data={}), project)
    other = replace(paper, data={"CIFAR10": paper.data["CIFAR-10"]})
    with pytest.raises(SuiteError, match=r"no data for CIFAR-10, .* did you mean CIFAR10\?"):
        plan_stage("table1_first_order", other, project)
    with pytest.raises(SuiteError, match="data set 'svhn' is unknown"):
        plan_stage(
            "table1_first_order", replace(paper, data={"CIFAR-10": DataChoice("svhn")}), project
        )
    deeper = {**paper.tables}
    deeper["table1_first_order"] = replace(deeper["table1_first_order"], layers=21)
    message = r"profile paper, table1_first_order: depth 21 is impossible .* for example 20 or 26"
    with pytest.raises(SuiteError, match=message):
        plan_stage("table1_first_order", replace(paper, tables=deeper), project)
    stage = "table7_generalization_gap"
    for change, message in (
        ({"layers": {45: 14}}, "layers names 45, which no network of table07_.* has: 44, 56, 110,"),
        ({"only": {"n_layers": ("44", "45")}}, "table07_.*csv has no row with '45' in n_layers"),
    ):
        slip = {**paper.tables, stage: replace(paper.tables[stage], **change)}
        with pytest.raises(SuiteError, match=message):
            plan_stage(stage, replace(paper, tables=slip), project)


def test_where_trained_coefficients_end_is_asked_of_trained_ones_alone(project, paper):
    tables = all_tables(project)
    table = tables["trained_coefficients"]
    row = {**table.rows[0], "row": "fixed", "method": "PreResNet"}
    changed = {**tables, table.name: replace(table, rows=(*table.rows, row))}
    recipes = paper_folder(project) / "recipes.yaml"
    with pytest.raises(SuiteError, match=r"row 'fixed': its coefficients are not trained"):
        plan(EXPERIMENTS[table.name], paper, changed, recipes)


def test_what_a_cell_breaks_is_said_of_its_table_and_row(project, paper):
    recipes = paper_folder(project) / "recipes.yaml"
    experiment, tables = EXPERIMENTS["against_preresnet"], all_tables(project)
    table = tables["against_preresnet"]

    def planned(**cells):
        row = {**table.rows[0], **cells}
        changed = {**tables, "against_preresnet": replace(table, rows=(row,))}
        return plan(experiment, paper, changed, recipes)

    for cells, message in (
        ({"method": "1/0 1"}, "against_preresnet.csv: row 'PreResNet': α0 is '1/0'"),
        ({"method": "1e400 1"}, "against_preresnet.csv: row 'PreResNet': α0 is '1e400'"),
        ({"n_layers": "33"}, "against_preresnet.csv: depth 33 is impossible"),
        ({"learning_rate": "x"}, "against_preresnet.csv: row 'PreResNet': learning_rate is 'x'"),
        ({"length": "1e9"}, "against_preresnet.csv: row 'PreResNet': length is '1e9': must be"),
    ):
        with pytest.raises(SuiteError, match=message):
            planned(**cells)
    del tables["against_preresnet"]
    with pytest.raises(SuiteError, match=r"reads against_preresnet\.csv, which is neither in"):
        plan(experiment, paper, tables, recipes)


def test_table_4_compares_what_it_says(project, paper):
    rows = plan_stage("table4_comparison", paper, project)
    assert len(rows) == 40
    found = {row.label: row.runs[0].architecture for row in rows if row.row["n_layers"] == "110"}
    assert found["ResNet, CIFAR-10"].activation == "pre"  # starred
    shallow = {row.label: row.runs[0].architecture for row in rows if row.row["n_layers"] == "20"}
    assert shallow["ResNet, CIFAR-10"].activation == "post"
    assert shallow["ResNet, CIFAR-100"].activation == "pre"
    assert shallow["LM-ResNet, CIFAR-10"].history == "restart"
    assert shallow["ZeroSNet-Opt, CIFAR-100"].method == ZEROSNET_OPT
    assert shallow["ZeroSNet-Tra, CIFAR-100"].method == ZEROSNET_TRA
    assert {row.runs[0].recipe.epochs for row in rows} == {160, 300}


def test_table_7_has_bottlenecks_where_the_code_has_them_and_five_hundred_epochs(project, paper):
    rows = plan_stage("table7_generalization_gap", paper, project)
    blocks = {row.row["n_layers"]: row.runs[0].architecture.block for row in rows}
    assert blocks == {
        **dict.fromkeys(("44", "56", "110"), "basic"),
        **dict.fromkeys(("164", "326"), "bottleneck"),
    }
    assert {row.runs[0].recipe.epochs for row in rows} == {500}
    assert {row.runs[0].architecture.stages for row in rows if row.row["n_layers"] == "326"} == {
        (36, 36, 36)
    }


def test_at_one_depth_for_all_rows_all_blocks_are_basic(project, paper):
    """20 layers can be of bottlenecks, too; they would be another network than the others."""

    def planned(layers):
        stage = "table7_generalization_gap"
        choice = replace(paper.tables[stage], layers=layers)
        profile = replace(paper, tables={stage: choice})
        return [row.runs[0].architecture for row in plan_stage(stage, profile, project)]

    assert {(one.depth, one.block) for one in planned(20)} == {(20, "basic")}
    assert (20, "bottleneck") in {(one.depth, one.block) for one in planned({164: 20})}


def test_a_table_has_the_epochs_of_its_own_or_else_those_of_its_profile(project, paper):
    def epochs(own):
        choice = replace(paper.tables["table1_first_order"], epochs=own)
        profile = replace(paper, epochs=30, tables={"table1_first_order": choice})
        rows = plan_stage("table1_first_order", profile, project)
        return {run.recipe.epochs for row in rows for run in row.runs}

    assert epochs(9) == {9}
    assert epochs(None) == {30}


def test_the_released_code_borrows_the_epochs_of_table_7(project, paper):
    code = replace(paper, protocol="as-code")
    for row in plan_stage("table7_generalization_gap", code, project):
        for run in row.runs:
            assert run.recipe.borrowed == ("epochs for generalization gap from as-paper",)


def test_as_the_code_does_is_table_3_with_another_recipe(project, paper):
    one = plan_stage("table3_third_order", paper, project)
    other = plan_stage("table3_as_code", paper, project)
    for a, b in zip(one, other, strict=True):
        assert a.runs[0].architecture == b.runs[0].architecture
        assert (a.runs[0].recipe.protocol, b.runs[0].recipe.protocol) == ("as-paper", "as-code")


def test_in_float32_is_table_3_and_where_that_is_float32_the_same_runs(project, paper):
    keys = {}
    for profile in (paper, replace(paper, precision="bfloat16")):
        for stage in ("table3_third_order", "table3_float32"):
            runs = [row.runs[0] for row in plan_stage(stage, profile, project)]
            keys[profile.precision, stage] = [run.key for run in runs]
    same, other = keys["float32", "table3_third_order"], keys["bfloat16", "table3_third_order"]
    assert same == keys["float32", "table3_float32"] == keys["bfloat16", "table3_float32"]
    assert not set(same) & set(other)


def test_attacks_train_nothing_where_table_6_has(project, paper):
    noise, pgd = (
        {run.key for row in plan_stage(stage, paper, project) for run in row.runs}
        for stage in ("table6_robustness", "appendix_pgd")
    )
    assert noise == pgd
    fgsm = plan_stage("appendix_fgsm", paper, project)
    assert {row.data_set for row in fgsm} == {"MNIST"}
    assert not any(row.runs[0].recipe.flip for row in fgsm)


def test_imagenet_networks(project, paper):
    rows = plan_stage("table5_imagenet", paper, project)
    assert [row.runs[0].architecture.depth for row in rows] == [18, 18, 34, 34, 50, 50]
    assert {row.runs[0].architecture.layout for row in rows} == {"imagenet"}
    assert {row.runs[0].recipe.shards for row in rows} == {8}
    assert len({run.key for row in rows for run in row.runs}) == 18


def test_no_stage_of_smoke_trains_what_another_has_trained(project):
    """Stages share runs by their keys: 99 of them, not the 189 that the stages ask for."""
    smoke = load_profile(project / "params.yaml", "smoke")
    asked = [
        run.key for s in EXPERIMENTS for row in plan_stage(s, smoke, project) for run in row.runs
    ]
    assert len(set(asked)) < 0.6 * len(asked)
