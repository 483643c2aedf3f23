"""``dvc.yaml``: legible, complete, and no stage overlooks a source that it loads."""

from __future__ import annotations

import pytest
import yaml
from closures import outside

from zerosnet.experiments.timed import RUNTIME_STAGE, RUNTIME_TITLE
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.judging.stages import EXACT_STAGES

TITLES = {
    **EXACT_STAGES,
    **{stage: experiment.title for stage, experiment in EXPERIMENTS.items()},
    RUNTIME_STAGE: RUNTIME_TITLE,
}


@pytest.fixture
def stages(project):
    text = (project / "dvc.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text.replace("${profile}", "mini"))["stages"]


def test_it_fits_a_few_screens(project):
    assert len((project / "dvc.yaml").read_text(encoding="utf-8").splitlines()) <= 250


def test_every_stage_says_what_it_is_about(stages):
    described = {name: stage["desc"] for name, stage in stages.items()}
    assert described.keys() - TITLES.keys() == {"data_at_hand", "report"}
    assert {name: described[name] for name in TITLES} == TITLES
    assert all(described.values())


def test_a_stage_is_called_what_its_command_is_about(stages):
    for name in EXACT_STAGES:
        assert stages[name]["cmd"] == f"python -m zerosnet judge {name}"
        assert stages[name]["outs"] == [{f"results/theory/{name}.json": {"cache": False}}]
    for name in (*EXPERIMENTS, RUNTIME_STAGE):
        assert stages[name]["cmd"] == f"python -m zerosnet run {name} --profile mini"
        assert stages[name]["outs"] == [{f"results/mini/{name}.json": {"cache": False}}]


def test_no_stage_overlooks_a_source_that_it_loads(stages):
    for name, stage in stages.items():
        if not stage.get("always_changed"):
            assert outside(stage["cmd"], stage["deps"]) == [], name


@pytest.mark.parametrize("stage", ["theorem1_consistency", "table3_third_order", "report"])
def test_a_missing_dependency_is_noticed(stages, stage):
    command, deps = stages[stage]["cmd"], stages[stage]["deps"]
    folders = [dep for dep in deps if dep.startswith("zerosnet")]
    for folder in folders:
        left = [dep for dep in deps if dep != folder]
        assert any(path.startswith(folder) for path in outside(command, left)), folder


def test_the_decider_of_zero_stability_is_one_of_table_3s_sources(stages):
    """The stage once declared 18 of the 79 modules that it loads; this one was not among them."""
    stage = stages["table3_third_order"]
    left = [dep for dep in stage["deps"] if dep != "zerosnet/methods"]
    assert "zerosnet/methods/stability.py" in outside(stage["cmd"], left)
