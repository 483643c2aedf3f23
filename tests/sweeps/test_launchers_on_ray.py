"""What Ray is not asked for; sweeps that it trains are in faults/test_ray_sweep.py."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest
from launched import longer_runs
from small import small_place

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers import on_ray
from zerosnet.sweeps.launchers.on_ray import train_on_ray

pytestmark = pytest.mark.long


@pytest.fixture
def place(checkout):
    return small_place(checkout)


def test_without_ray_it_says_how_to_get_it(checkout, place, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SuiteError, match="Ray is not installed: pip install"):
        train_on_ray(longer_runs(checkout, seeds=1, epochs=1), place)


def test_imagenet_is_not_for_ray(checkout, place):
    rows = plan_stage(IMAGENET_STAGE, load_profile(checkout / "params.yaml"), checkout)
    with pytest.raises(SuiteError, match="all GPUs of a node: type the same with --launcher slurm"):
        train_on_ray(distinct_runs(rows), place)


@pytest.mark.parametrize("in_the_way", ["scratch", "scratch/ray.log/"])
def test_a_scratch_folder_that_cannot_be_written_is_named(checkout, monkeypatch, in_the_way):
    """Ray itself is not asked: any module does."""
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))
    if in_the_way.endswith("/"):
        (checkout / in_the_way).mkdir(parents=True)
    else:
        (checkout / in_the_way).touch()
    place = small_place(checkout, scratch="scratch/runs")
    with pytest.raises(SuiteError, match=r"cannot write .*ray\.log \(.*\): make room or make"):
        train_on_ray(longer_runs(checkout, seeds=1, epochs=1), place)


def test_a_cluster_that_does_not_answer_is_named(checkout, place, monkeypatch):
    pytest.importorskip("ray", reason="the extra `cluster` is not installed")
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    with pytest.raises(SuiteError, match="no Ray cluster at nonsense"):
        train_on_ray(longer_runs(checkout, seeds=1, epochs=1), place)


@pytest.mark.parametrize("share", ["", "0"])
@pytest.mark.parametrize("gpus", [0, 8])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_cluster_of_cpus_that_emulates_bfloat16_is_said_to(
    checkout, place, monkeypatch, capsys, share, gpus, precision
):
    """Where nobody has said that there are no GPUs; here the cluster has no nodes either."""
    ray = SimpleNamespace(cluster_resources=lambda: {"GPU": gpus}, nodes=list)
    monkeypatch.setattr(on_ray, "_cluster", lambda _: contextlib.nullcontext(ray))
    monkeypatch.setattr(on_ray, "precision_here", lambda *_: "float32")
    monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", share)
    (run,) = longer_runs(checkout, seeds=1, epochs=1)
    run = replace(run, recipe=replace(run.recipe, precision=precision))
    with pytest.raises(SuiteError, match="no node of the Ray cluster has 1 core"):
        train_on_ray([run], place)
    said = "ZEROSNET_GPUS_PER_RUN=0 lets it choose the precision" in capsys.readouterr().err
    assert said == (precision == "bfloat16" and not gpus and not share)
