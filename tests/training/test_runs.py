"""A run's key: a hash of the network and the recipe as built."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from small import small_run

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LEAPFROG, LM_CONSISTENT, PRERESNET, ZEROSNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.blocks import FixedStep
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.learning_rate_controls import slopes_control
from zerosnet.training.runs import configuration_key


def test_the_key_is_known_and_stays():
    """Should this fail, results on record no longer belong to the runs that the suite makes:
    raise RESULTS_VERSION, and say in the CHANGELOG that results stop being comparable."""
    run = small_run()
    narrow = replace(run, architecture=replace(run.architecture, width=4))
    assert narrow.key == "2547ad6e9a7cfeeb"


@pytest.mark.parametrize(
    "other",
    [
        small_run(seed=1),
        small_run(method=PRERESNET),
        small_run(depth=14),
        small_run(epochs=5),
        small_run(precision="bfloat16"),
        small_run(weight_decay=5e-4),
        small_run(padding=0),
        small_run(activated_gradients=ActivatedGradients(0.1, 20)),
        small_run(loss_deformation=LossDeformation(5, 1, 1, 1)),
        small_run(rate_factors=(1.0, 1.0, 1.0, 2.0)),
        replace(small_run(), data=replace(small_run().data, train=100)),
        replace(small_run(), data=replace(small_run().data, held_out=100)),
    ],
    ids=lambda run: run.label,
)
def test_whatever_matters_changes_the_key(other):
    assert other.key != small_run().key


def test_each_number_of_an_update_and_of_a_deformation_matters():
    keys = [
        small_run(activated_gradients=ActivatedGradients(*numbers)).key
        for numbers in ((0.1, 20), (0.1, 10), (0.2, 20), (0.1, 20, "step"))
    ]
    keys += [
        small_run(loss_deformation=LossDeformation(*numbers)).key
        for numbers in (
            (5, 2, 2, 2),
            (6, 2, 2, 2),
            (5, 3, 2, 2),
            (5, 2, 3, 2),
            (5, 2, 2, 3),
            (5, 2, 2, 2, "sample"),
        )
    ]
    assert len(set(keys)) == len(keys)
    assert small_run(activated_gradients=ActivatedGradients(0.1, 20.0)).key == keys[0]


def test_the_records_in_git_have_the_keys_of_the_runs_as_they_are_made(project):
    """Records are found by these keys; one that changes leaves them aside."""
    mini = load_profile(project / "params.yaml", "mini")
    for stage in ("table3_third_order", "smaller_roots"):
        rows = plan_stage(stage, mini, project)
        keys = {run.key for row in rows for run in row.runs}
        recorded = {path.name for path in (project / "results/mini/runs").iterdir()}
        assert keys <= recorded


def test_what_a_method_is_called_does_not_matter():
    names = [LEAPFROG, ZEROSNET.at(-1), LM_CONSISTENT.at(1), LinearMultistep((0, 1), 2, "mine")]
    assert len({small_run(method=method).key for method in names}) == 1


def test_a_network_that_is_not_the_one_of_its_key_is_refused(monkeypatch):
    """A network that is asked for one method and computes with another betrays itself."""
    from zerosnet.networks import network

    run = small_run(method=LinearMultistep((1, 1, 1), 1), depth=26)
    assert "(1, 1, 1; 1)" in str(run.configuration["network"]["steps"])
    assert run.build().description() == run.configuration["network"]
    optimal = ZEROSNET.at("-9/5")
    monkeypatch.setattr(network, "step_of", lambda *_step: FixedStep(optimal))
    with pytest.raises(SuiteError, match="is not the one that its key names"):
        run.build()


def test_a_key_is_of_the_configuration_in_any_order():
    configuration = small_run().configuration
    assert configuration_key(dict(reversed(configuration.items()))) == small_run().key


@pytest.mark.parametrize("stage", ["table6_robustness", "perturbation_growth"])
@pytest.mark.parametrize("profile", ["smoke", "mini", "paper"])
def test_what_measures_table_3_trains_nothing_else(project, profile, stage):
    chosen = load_profile(project / "params.yaml", profile)

    def keys(stage):
        return {run.key for row in plan_stage(stage, chosen, project) for run in row.runs}

    assert keys(stage) <= keys("table3_third_order")


def test_rows_of_a_table_are_different_runs(project):
    mini = load_profile(project / "params.yaml", "mini")
    rows = plan_stage("table3_third_order", mini, project)
    assert len(rows) == 10
    assert len({run.key for row in rows for run in row.runs}) == 10 * 5


def test_a_label_says_what_is_unusual():
    assert small_run().label == "ZeroSNet-Opt, 8 layers, digits, seed 0"
    deformed = small_run(loss_deformation=LossDeformation(5, 1, 1, 1))
    control = replace(deformed, recipe=slopes_control(deformed.recipe, "epoch"))
    activated = small_run(activated_gradients=ActivatedGradients(0.1, 20))
    assert ", AP(5, 1, 1, 1), " in deformed.label
    assert ", learning rate times the slopes of AP(5, 1, 1, 1), " in control.label
    assert ", 0.1·arctan(20x) of the gradient, " in activated.label
    dropped = replace(deformed.architecture, survival=Fraction(1, 2))
    assert ", last block kept with 0.5, " in replace(deformed, architecture=dropped).label
    assert control.followed == deformed
    assert deformed.followed is None
