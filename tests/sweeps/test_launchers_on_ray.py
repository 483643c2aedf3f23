"""What Ray is not asked for; sweeps that it trains are in faults/test_ray_sweep.py."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from launched import longer_runs
from small import small_place

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
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
