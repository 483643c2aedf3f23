"""Runs that take a second: eight images a side, a handful of them."""

from __future__ import annotations

from dataclasses import replace

import torch

from zerosnet.data.choice import DataChoice
from zerosnet.data.images import ImageSet
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.sweeps.missing import runs_without_record
from zerosnet.sweeps.train import train_runs
from zerosnet.sweeps.workplace import Workplace
from zerosnet.training.recipe import Recipe
from zerosnet.training.runs import Run

RECIPE = Recipe(
    protocol="as-paper",
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=1e-4,
    nesterov=False,
    batch=16,
    epochs=4,
    decay_epochs=(2, 3),
    decay_divisor=10.0,
    first_step_at_zero=False,
    padding=1,
    flip=True,
)


def build(method, depth=20, *, classes=10, channels=3, seed=0, **shape) -> MultistepNetwork:
    """A network for pixels whose mean is 1/2 and whose standard deviation is 1/4."""
    return MultistepNetwork(
        Architecture(method, depth, **shape),
        mean=[0.5] * channels,
        std=[0.25] * channels,
        classes=classes,
        seed=seed,
    )


def small_run(seed=0, method=ZEROSNET_OPT, depth=8, **recipe):
    """A run of a tiny network on (stand-ins of) digits."""
    architecture = Architecture(method, depth, width=8)
    return Run(architecture, DataChoice("digits"), replace(RECIPE, **recipe), seed)


def small_images(train=40, test=20):
    """Random images of the digits' shape."""
    generator = torch.Generator().manual_seed(5)

    def draw(count):
        images = torch.randint(256, (count, 8, 8, 1), dtype=torch.uint8, generator=generator)
        return images, torch.randint(10, (count,), generator=generator)

    return ImageSet(*draw(train), *draw(test), checksum="0" * 64)


def small_place(checkout, profile="smoke", scratch=".zerosnet/runs"):
    """Where a sweep of a tiny checkout works, on the CPU."""
    return Workplace(
        checkout, checkout / "results", checkout / scratch, profile, torch.device("cpu")
    )


def train_missing(rows, place):
    """Train what has no record yet, as the commands do; how many runs were trained."""
    return train_runs(runs_without_record(rows, place.results, place.profile, ()), place)
