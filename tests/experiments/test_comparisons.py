"""From rows of the neighbouring systems' tables to networks and recipes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from small import RECIPE

from zerosnet.experiments.comparisons import architecture_of, length_of, load_rows, recipe_of
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import all_tables, paper_tables, plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import comparisons_folder
from zerosnet.methods.families import (
    IN_RESNET,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    PRERESNET,
    ZEROSNET_OPT,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable, parasitic_radius
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import SEEN, LogarithmicDeformation, LossDeformation
from zerosnet.training.learning_rate_controls import activated_gradients_control, slopes_control

ROW = {"row": "a", "dataset": "CIFAR-10", "n_layers": "20", "method": "PreResNet"}


def test_a_row_that_says_nothing_else_is_usual():
    architecture = architecture_of({**ROW, "block": "", "survival": "", "groups": ""})
    assert architecture.method == PRERESNET
    assert (architecture.depth, architecture.block, architecture.survival) == (20, "basic", 1)
    assert recipe_of({**ROW, "gradients": "", "loss": "", "control": ""}, RECIPE) == RECIPE


def test_every_choice_reaches_the_network():
    architecture = architecture_of(
        {
            **ROW,
            "n_layers": "29",
            "method": "In-ResNet",
            "block": "bottleneck",
            "width": "64",
            "groups": "8",
            "group_width": "64",
            "history": "restart",
            "stage_start": "plain",
            "survival": "4/5",
            "noise": "1/10",
        }
    )
    assert architecture.method == IN_RESNET
    assert (architecture.width, architecture.groups, architecture.group_width) == (64, 8, 64)
    assert (architecture.history, architecture.stage_start) == ("restart", "plain")
    assert (architecture.survival, architecture.noise) == (Fraction(4, 5), Fraction(1, 10))
    assert architecture_of({**ROW, "composition": "fractal"}).composition == "fractal"
    assert architecture_of({**ROW, "method": "RevNet", "memory": "recomputed"}).memory == (
        "recomputed"
    )


def test_every_choice_reaches_the_recipe():
    activated = recipe_of({**ROW, "gradients": "0.1 20 step", "weight_decay": "5e-4"}, RECIPE)
    assert activated.activated_gradients == ActivatedGradients(0.1, 20, "step")
    assert activated.weight_decay == 5e-4
    other = recipe_of({**ROW, "learning_rate": "0.025", "weight_decay": "0"}, RECIPE)
    assert (other.learning_rate, other.weight_decay) == (0.025, 0)
    deformed = recipe_of({**ROW, "loss": "2.5 3 2 1"}, RECIPE)
    assert deformed.loss_deformation == LossDeformation(2.5, 3, 2, 1)
    logarithm = recipe_of({**ROW, "loss": "log 1.9"}, RECIPE)
    assert logarithm.loss_deformation == LogarithmicDeformation(1.9)
    controls = {
        ("gradients", "0.1 20 gradient", "learning rate"): activated_gradients_control,
        ("loss", "5 1 1 1", "slope"): lambda recipe: slopes_control(recipe, "training"),
        ("loss", "5 1 1 1", "slopes"): lambda recipe: slopes_control(recipe, "epoch"),
    }
    for (column, cell, control), expected in controls.items():
        row = {**ROW, column: cell}
        assert recipe_of({**row, "control": control}, RECIPE) == expected(recipe_of(row, RECIPE))


def test_methods_are_named_in_any_case():
    assert architecture_of({**ROW, "method": " zerosnet-opt "}).method == ZEROSNET_OPT


def test_coefficients_are_a_method_too():
    assert architecture_of({**ROW, "method": "-3 5 -1 4"}).method == LinearMultistep((-3, 5, -1), 4)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"method": "VGG"}, "row 'a': method 'VGG' is unknown: one of PreResNet"),
        ({"method": "VGG"}, "coefficients α₀ … β"),
        ({"method": "ZeroSNetOpt"}, "method 'ZeroSNetOpt' is unknown: did you mean ZeroSNet-Opt"),
        ({"method": "LM-ResNet began outside"}, "is unknown: did you mean LM-ResNet started"),
        ({"method": "1/0 1"}, "row 'a': α0 is '1/0'"),
        ({"method": "1/2 1/2 nan"}, "row 'a': β is 'nan'"),
        ({"n_layers": "twenty"}, "n_layers is 'twenty': 1 number is expected"),
        ({"n_layers": "2_0"}, "n_layers is '2_0': 1 number is expected"),
        ({"n_layers": "-20"}, "n_layers is '-20': 1 number is expected"),
        ({"width": "1_6"}, "width is '1_6': 1 number is expected"),
        ({"width": "0"}, "width is '0': 1 number is expected"),
        ({"noise": "1_0"}, "noise is '1_0': 1 number is expected"),
        ({"branch_growth": "1e999"}, "branch_growth is '1e999': 1 number is expected"),
        ({"n_layers": "21"}, "depth 21 is impossible"),
        ({"survival": "1/0"}, "survival is '1/0'"),
        ({"survival": "2"}, "survival 2 is impossible"),
        ({"groups": "8 8", "block": "bottleneck"}, "groups is '8 8': 1 number is expected"),
        ({"noise": "loud"}, "noise is 'loud': 1 number is expected"),
        ({"composition": "poly-3"}, "composition 'poly-3' is unknown"),
        ({"memory": "recomputed"}, "memory recomputed needs"),
        ({"stage_start": "odd"}, "stage_start 'odd' is unknown"),
    ],
)
def test_slips_in_networks_are_named(cells, message):
    with pytest.raises(SuiteError, match=message):
        architecture_of({**ROW, **cells})


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"gradients": "0.1 gradient"}, "gradients is '0.1 gradient': 2 numbers are expected"),
        ({"gradients": "0.1 20 loss"}, "gradients are activated on 'loss'"),
        ({"gradients": " "}, "gradients is ' ': 2 numbers are expected"),
        ({"loss": " "}, "loss is ' ': 4 numbers are expected"),
        ({"loss": "5 1 1"}, "loss is '5 1 1': 4 numbers are expected"),
        ({"loss": "5 1 1 x"}, "loss is '5 1 1 x'"),
        ({"loss": "log"}, "loss is 'log': 1 number is expected"),
        ({"loss": "log 1.9", "control": "slopes"}, "slopes below 0: no learning rate amounts"),
        ({"weight_decay": "small"}, "weight_decay is 'small'"),
        ({"weight_decay": "nan"}, "weight_decay is 'nan': 1 number is expected"),
        ({"weight_decay": "-1"}, "weight_decay is '-1': must be 0 or more"),
        ({"loss": "5 1 1 nan"}, "loss is '5 1 1 nan': 4 numbers are expected"),
        ({"gradients": "inf 20 step"}, "gradients is 'inf 20 step': 2 numbers are expected"),
        *(
            ({"learning_rate": text}, f"row 'a': learning_rate is '{text}': 1 number is expected")
            for text in ("nan", "inf", "-inf", "1e999", "1_0", "٣", "0x1")
        ),
        *(
            ({"learning_rate": text}, f"row 'a': learning_rate is '{text}': must be above 0")
            for text in ("0", "-1", "-0.0", "1e-399")
        ),
        ({"control": "learning rate"}, "no activated gradients"),
        ({"control": "slope"}, "no loss deformation"),
    ],
)
def test_slips_in_recipes_are_named(cells, message):
    with pytest.raises(SuiteError, match=message):
        recipe_of({**ROW, **cells}, RECIPE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, "1 number is expected") for text in ("nan", "inf", "1e999", "1_0", "1/0", "1 2")),
        *((text, "must be above 0 and at most 10") for text in ("0", "-1", "1e9", "10.1")),
    ],
)
def test_a_training_has_a_sensible_length(text, message):
    with pytest.raises(SuiteError, match=f"row 'a': length is '{text}': {message}"):
        length_of({**ROW, "length": text})
    assert length_of({**ROW, "length": "1/4"}) == Fraction(1, 4)
    assert length_of({**ROW, "length": "10"}) == 10
    assert length_of({**ROW, "length": ""}) == length_of(ROW) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("row,dataset,n_layers,method,colour\na,b,c,d,e\n", "column 'colour' is unknown"),
        ("row,dataset,n_layers\na,b,c\n", "has no column 'method'"),
        (
            "row,dataset,n_layers,method\na,b,c,d\na,b,c,e\n",
            "two rows are called 'a': rename one",
        ),
        (
            "row,dataset,n_layers,method,control\na,b,c,d,rate\n",
            "row 'a': control 'rate' is unknown: one of learning rate, slope, slopes",
        ),
    ],
)
def test_tables_are_read_strictly(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(SuiteError, match=message):
        load_rows(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("const_mu0.3_acc_mean_pct", "const_mu0.3_acc_pct"), "column 'const_mu0.3_acc_pct' is"),
        (("const_mu0.3_acc_mean_pct", "blok"), "column 'blok' is unknown: did you mean block"),
    ],
)
def test_columns_that_nothing_reads_are_refused(project, tmp_path, change, message):
    text = (project / "claims/comparisons/scaled_noise.csv").read_text()
    (tmp_path / "scaled_noise.csv").write_text(text.replace(*change))
    with pytest.raises(SuiteError, match=message):
        load_rows(tmp_path)


def test_every_table_is_a_stages_and_stands_beside_the_papers(project):
    ours = set(all_tables(project)) - set(paper_tables(project))
    assert ours == {stage for stage, e in EXPERIMENTS.items() if e.table == stage and stage in ours}
    assert ours == {path.stem for path in comparisons_folder(project).glob("*.csv")}
    # Tables may be added; one that is lost is missed by the stage that reads it.
    assert {experiment.table for experiment in EXPERIMENTS.values()} <= set(all_tables(project))
    assert len(ours) >= 15


def test_the_profile_paper_runs_every_row_as_its_system_does(project):
    paper = load_profile(project / "params.yaml", "paper")
    lm = {row.label: row.runs[0] for row in plan_stage("lm_resnet", paper, project)}
    assert lm["LM-ResNet-56"].architecture.method == LM_RESNET
    assert lm["LM-ResNet-56 started outside"].architecture.method == LM_RESNET_UNSTABLE
    assert lm["LM-ResNet-110, stochastic depth"].architecture.survival == Fraction(1, 2)
    resnext = lm["LM-ResNeXt-29, 8×64d"]
    assert (resnext.recipe.epochs, resnext.recipe.weight_decay) == (300, 5e-4)
    assert resnext.recipe.decay_epochs == (150, 225)
    # 34.4 million parameters at 10 classes (Xie et al. 2017); 92,160 more at 100.
    plain = lm["ResNeXt-29, 8×64d"].configuration["network"]["parameters"]
    assert plain == pytest.approx(34.4e6 + 92_160, rel=3e-3)


def test_the_main_effect_is_looked_for_in_balanced_conditions(project):
    paper = load_profile(project / "params.yaml", "paper")
    rows = plan_stage("main_effect", paper, project)
    stable = {}
    for row in rows:
        method = row.runs[0].build().steps()[-1].method
        stable.setdefault(row.row["condition"], []).append(is_zero_stable(method))
        recipe = row.runs[0].recipe
        bare = row.row["condition"] == "no augmentation"
        assert (recipe.padding, recipe.flip) == ((0, False) if bare else (recipe.padding, True))
        assert bool(recipe.padding) != bare
    assert list(stable) == ["20 layers", "no augmentation", "Fashion-MNIST", "canonical images"]
    assert set(map(tuple, stable.values())) == {(True, True, False, False)}
    with pytest.raises(SuiteError, match="augmentation is 'none' or left out"):
        recipe_of({**ROW, "augmentation": "all"}, RECIPE)


def test_the_rows_of_rescue_are_what_they_are_called(project):
    for row in all_tables(project)["rescue"].rows:
        method = architecture_of(row).method
        assert is_zero_stable(method) == row["row"].startswith("ZeroSNet-Opt")


def test_the_methods_of_smaller_roots_have_smaller_roots(project):
    """The first has theorem 3's 1/3; each that follows has more steps."""
    methods = [architecture_of(row).method for row in all_tables(project)["smaller_roots"].rows]
    radii = {method.steps: parasitic_radius(method) for method in methods}
    expected = {steps: 1 / (2 * steps - 3) for steps in radii}
    assert radii == pytest.approx(expected, abs=1e-6)


def test_the_rows_of_deformation_are_what_they_are_called(project):
    """Those in use in the released files, by formula; the others by their four numbers."""
    for row in all_tables(project)["deformation"].rows:
        name = row["row"].partition(" slope of ")[2] or row["row"]
        found = recipe_of({**row, "control": ""}, RECIPE).loss_deformation
        if name == "plain loss":
            assert found is None
        else:
            assert found == SEEN[name] if name in SEEN else found.name == name


def test_gradients_are_activated_as_the_rows_are_called(project):
    for row in all_tables(project)["activated_gradients"].rows:
        if not row["control"] and row["gradients"]:
            assert recipe_of(row, RECIPE).activated_gradients.name == row["row"]
    for row in all_tables(project)["rescue"].rows:
        place = {"gradients": "gradient", "steps": "step"}.get(row["row"].split()[-1])
        found = recipe_of(row, RECIPE).activated_gradients
        assert (found.applied_to if found else None) == place


def test_systems_are_compared_at_equal_parameters(project):
    """To within 2 % for FractalNet, 1 % for RevNet, but for the second norms for PolyNet."""
    rows = plan_stage("poly_fractal_rev", load_profile(project / "params.yaml", "mini"), project)
    size = {row.label: row.runs[0].configuration["network"]["parameters"] for row in rows}
    # Two batch norms of two numbers a channel, in each block that keeps the shape.
    norms = 4 * (5 * 16 + 4 * 32 + 4 * 64)
    assert size["PolyNet-32"] == size["PreResNet-32"] + norms
    assert size["RevNet-32"] == pytest.approx(size["PreResNet-32"], rel=0.01)
    assert size["FractalNet-20, two columns"] == pytest.approx(size["PreResNet-44"], rel=0.02)


@pytest.mark.parametrize(("stage", "system"), [("lm_resnet", "LM"), ("in_resnet", "In")])
def test_the_small_bottlenecks_have_steps_of_their_system(project, stage, system):
    """And at no smaller depth: each stage begins with an Euler step."""
    rows = plan_stage(stage, load_profile(project / "params.yaml", "mini"), project)
    (row,) = [row for row in rows if row.label == f"{system}-ResNeXt-20, 8×4d"]
    shape = row.runs[0].architecture
    assert (shape.depth, shape.block, shape.groups, shape.group_width) == (20, "bottleneck", 8, 4)
    roles = [step.role for step in row.runs[0].build().steps()]
    assert roles == ["starter", "interior", *["starter+transition", "interior"] * 2]
