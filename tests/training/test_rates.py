"""How fast a device trains: measured once, on a GPU with as many images a step as it gets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from zerosnet.files.paths import paper_folder
from zerosnet.training import rates
from zerosnet.training.rates import measured_rate
from zerosnet.training.recipe import load_recipe

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(autouse=True)
def anew():
    """What is measured is kept in this process, too."""
    measured_rate.cache_clear()
    yield
    measured_rate.cache_clear()


def test_rates_are_measured_once(checkout, monkeypatch):
    first = measured_rate("float32", CPU)
    assert first.images > 1
    measured_rate.cache_clear()
    monkeypatch.setattr(rates, "_seconds_a_step", None)
    assert measured_rate("float32", CPU) == first


def test_the_fastest_step_counts_but_for_the_first(monkeypatch):
    """It does what only a first step does, however fast the clock says that it was."""
    ends = [(0.0, 0.1), (1.0, 1.5), (2.0, 2.3), (3.0, 3.4)]
    clock = iter([time for step in ends for time in step])
    monkeypatch.setattr(rates, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    recipe = rates._recipe("float32", 8)
    assert rates._seconds_a_step(recipe, CPU, 8, 2) == pytest.approx(0.3)


def test_a_gpu_is_timed_with_the_recipes_batch(checkout, project, monkeypatch):
    """Else it would be timed how fast the work is launched; a CPU takes its time for any image."""
    timed = []

    def seconds_a_step(recipe, device, side, images):
        timed.append((device.type, side, images))
        return 0.5

    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    monkeypatch.setattr(rates, "_seconds_a_step", seconds_a_step)
    recipes = paper_folder(project) / "recipes.yaml"
    batch = load_recipe(recipes, "as-paper", "CIFAR-10", side=32).batch
    found = [measured_rate("bfloat16", device, 32) for device in (CPU, GPU)]
    assert timed == [("cpu", 32, 64), ("cuda", 32, batch)]
    assert [rate.images for rate in found] == [128, batch / 0.5]
    assert found[1].operations / found[0].operations == batch / 64
