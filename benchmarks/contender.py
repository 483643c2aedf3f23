"""One side of a contest, in a process of its own: does a round whenever a line comes in.

    python benchmarks/contender.py TASK SIDE METHOD DEPTH BATCH IMAGES

Answers each line with JSON: the round's seconds, and the process's peak memory in MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import plain_loop
import torch

from zerosnet.data.augmentation import Augmentation, epoch_batches, pad
from zerosnet.data.perturb import perturbations_of
from zerosnet.data.seeds import generator_for
from zerosnet.measuring.measurements import accuracy
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.allocator import keep_freed_memory
from zerosnet.training.loop import default_device, evaluate
from zerosnet.training.recipe import Recipe
from zerosnet.training.steps import (
    CapturedStep,
    TrainingStep,
    captures_steps,
    optimizer_of,
    set_arithmetic,
)

METHODS = {"PreResNet": PRERESNET, "ZeroSNet": ZEROSNET_OPT}
#: What a recipe has that plain SGD has not, after the name of a side.
UPDATES = {
    "activated-gradient": {"activated_gradients": ActivatedGradients(0.1, 20)},
    "activated-step": {"activated_gradients": ActivatedGradients(0.1, 20, "step")},
    "deformed-loss": {"loss_deformation": LossDeformation(2.5, 3, 2, 1)},
}
SIDES = (
    "plain",
    "suite",
    "suite-float32",
    "suite-float32-default-allocator",
    *(f"suite-{update}" for update in UPDATES),
)
NOISE = "gauss_sd0.02_acc_mean_pct"
SIDE = 32
DEVICE = default_device()


def recipe(batch, precision):
    return Recipe("as-paper", 0.1, 0.9, 1e-4, False, batch, 1, (), 10.0, False, 4, True, precision)


def build(arguments, mean=plain_loop.MEAN, std=plain_loop.STD):
    architecture = Architecture(METHODS[arguments.method], arguments.depth)
    return MultistepNetwork(architecture, mean=mean, std=std, classes=10).to(DEVICE)


def plain_round(arguments, images, labels):
    """The plain loop's round; its transforms normalize, so its network must not."""
    network = build(arguments, mean=(0.0,) * 3, std=(1.0,) * 3)
    training = arguments.task in ("training", "augmentation")
    transform = plain_loop.TRAINING if training else plain_loop.TESTING
    batches = plain_loop.loader(images, labels, transform, arguments.batch)
    if arguments.task == "training":
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
        return lambda: plain_loop.train(network, optimizer, batches, DEVICE)
    if arguments.task == "augmentation":
        return lambda: [None for _ in batches]
    if arguments.task == "evaluation":
        return lambda: plain_loop.evaluate(network, batches, DEVICE)
    return lambda: plain_loop.evaluate(
        network, batches, DEVICE, lambda pixels: pixels + 0.02 * torch.randn_like(pixels)
    )


def suite_round(arguments, images, labels):
    """The suite's round, as training, evaluation and measuring do it."""
    if not arguments.side.endswith("default-allocator"):
        keep_freed_memory()
    network = build(arguments).to(memory_format=torch.channels_last)
    # Evaluation in training has the recipe's precision, measurements are always in float32.
    chosen = recipe(arguments.batch, "float32" if "float32" in arguments.side else "bfloat16")
    chosen = replace(chosen, **UPDATES.get(arguments.side.removeprefix("suite-"), {}))
    set_arithmetic(chosen)
    images, labels = images.to(DEVICE), labels.to(DEVICE)
    if arguments.task == "evaluation":
        return lambda: evaluate(network, images, labels, chosen)
    if arguments.task == "noise":
        noise = perturbations_of([NOISE])[0]
        network.eval()
        return lambda: accuracy(
            network, images, labels, DEVICE, lambda _n, clean, _l, batch: noise(clean, batch)
        )
    padded, augmentation = pad(images, 4), Augmentation(4, True)

    def batches():
        order = generator_for("benchmark")
        return epoch_batches(padded, labels, arguments.batch, augmentation, order)

    if arguments.task == "augmentation":
        return lambda: [None for _ in batches()]
    step = TrainingStep(network, optimizer_of(network, chosen), chosen, DEVICE)
    taken = CapturedStep(step, arguments.batch) if captures_steps(DEVICE) else step

    def train():
        network.train()
        for inputs, targets in batches():
            taken(inputs, targets, 0.1)
        return step.take_totals()

    return train


def peak_mebibytes():
    """The most memory that this process has had."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux ru_maxrss has the peak of the process that started this one, too.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("training", "augmentation", "evaluation", "noise"))
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("depth", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("images", type=int)
    arguments = parser.parse_args()
    draw = torch.Generator().manual_seed(0)
    shape = (arguments.images, SIDE, SIDE, 3)
    images = torch.randint(256, shape, dtype=torch.uint8, generator=draw)
    labels = torch.randint(10, (arguments.images,), generator=draw)
    prepare = plain_round if arguments.side == "plain" else suite_round
    work = prepare(arguments, images, labels)
    for _ in sys.stdin:
        start = time.perf_counter()
        work()
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "peak_mib": round(peak_mebibytes())}), flush=True)


if __name__ == "__main__":
    main()
