"""What the machine can do at most, and what a training step asks of it: the roofline."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from zerosnet.allocator import keep_freed_memory
from zerosnet.architecture import Architecture
from zerosnet.methods import ZEROSNET_OPT
from zerosnet.network import MultistepNetwork
from zerosnet.recipe import Recipe
from zerosnet.steps import TrainingStep, optimizer_of
from zerosnet.training import default_device

DEVICE = default_device()
BATCH = 128


def synchronized(work):
    def run():
        work()
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()

    return run


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_peak_of_a_matrix_product(benchmark, precision):
    side = 2048 if DEVICE.type == "cpu" else 8192
    one, other = torch.randn(2, side, side, device=DEVICE).to(getattr(torch, precision))
    benchmark.pedantic(synchronized(lambda: one @ other), warmup_rounds=2, rounds=9)
    benchmark.extra_info.update(about=f"peak, {precision}", operations=2 * side**3)


def test_peak_of_a_copy(benchmark):
    """Blocks far larger than any cache."""
    size = 1 << 28
    source = torch.ones(size, dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    benchmark.pedantic(synchronized(lambda: target.copy_(source)), warmup_rounds=2, rounds=9)
    benchmark.extra_info.update(about="peak, copy", bytes=2 * size)


class CountedBytes(TorchDispatchMode):
    """Adds up what every operation reads and writes, as if no cache kept anything."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, operation, _types, arguments=(), keywords=None):
        result = operation(*arguments, **(keywords or {}))
        if not operation.is_view:
            leaves = tree_leaves((arguments, keywords, result))
            self.total += sum(t.nbytes for t in leaves if isinstance(t, torch.Tensor))
        return result


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_step_asks_for(benchmark, precision):
    keep_freed_memory()
    recipe = Recipe(
        "as-paper", 0.1, 0.9, 1e-4, False, BATCH, 1, (), 10.0, False, 4, True, precision
    )
    architecture = Architecture(ZEROSNET_OPT, 20)
    network = MultistepNetwork(architecture, mean=[0.5] * 3, std=[0.25] * 3, classes=10)
    network = network.to(DEVICE).to(memory_format=torch.channels_last)
    step = TrainingStep(network, optimizer_of(network, recipe), recipe, DEVICE)
    inputs = torch.rand(BATCH, 3, 32, 32, device=DEVICE).to(memory_format=torch.channels_last)
    targets = torch.randint(10, (BATCH,), device=DEVICE)

    def work():
        step(inputs, targets, 0.1)

    work()
    with FlopCounterMode(display=False) as operations:
        work()
    with CountedBytes() as moved:
        work()
    benchmark.pedantic(synchronized(work), warmup_rounds=3, rounds=15)
    benchmark.extra_info.update(
        about=f"step, {precision}",
        images=BATCH,
        operations=operations.get_total_flops(),
        bytes=moved.total,
    )
