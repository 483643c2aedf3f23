"""How fast a training step is: images a second, for the networks of the paper.

    make bench

The suite's own loop (batches on the device, channels last) in both precisions.
"""

from __future__ import annotations

import pytest
import torch

from zerosnet.architecture import Architecture
from zerosnet.augmentation import Augmentation, epoch_batches, pad
from zerosnet.methods import PRERESNET, ZEROSNET_OPT
from zerosnet.profiles import DataChoice
from zerosnet.recipe import Recipe
from zerosnet.runs import Run
from zerosnet.seeds import generator_for
from zerosnet.training import default_device, train_epoch

BATCH, BATCHES = 128, 4
DEVICE = default_device()


def recipe(precision):
    return Recipe("as-paper", 0.1, 0.9, 1e-4, False, BATCH, 1, (), 10.0, False, 4, True, precision)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("method", [PRERESNET, ZEROSNET_OPT], ids=lambda method: method.name)
def test_training_step(benchmark, method, precision):
    run = Run(Architecture(method, 20), DataChoice("cifar10"), recipe(precision), 0)
    network = run.build().to(DEVICE).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    images = torch.randint(256, (BATCH * BATCHES, 32, 32, 3), dtype=torch.uint8, device=DEVICE)
    labels = torch.randint(10, (BATCH * BATCHES,), device=DEVICE)

    def one_epoch():
        batches = epoch_batches(
            pad(images, 4), labels, BATCH, Augmentation(4, True), generator_for("benchmark")
        )
        train_epoch(network, optimizer, run.recipe, 0, batches)

    benchmark.pedantic(one_epoch, warmup_rounds=1, rounds=3)
    benchmark.extra_info["images_per_second"] = BATCH * BATCHES / benchmark.stats["median"]
