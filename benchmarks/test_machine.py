"""What the machine can do at most, and what a training step asks of it: the roofline."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.training.allocator import keep_freed_memory
from zerosnet.training.loop import default_device
from zerosnet.training.recipe import Recipe
from zerosnet.training.steps import TrainingStep, optimizer_of

aten = torch.ops.aten
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


class Convolutions(TorchDispatchMode):
    """Keeps every convolution of a step, forward and backward, to do them again alone."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def __torch_dispatch__(self, operation, _types, arguments=(), keywords=None):
        if operation.overloadpacket in (aten.convolution, aten.convolution_backward):
            self.kept.append((operation, arguments))
        return operation(*arguments, **(keywords or {}))


def training_step(precision):
    """A step of ZeroSNet-20 on 32×32 pixels, as often as it is called."""
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
    return work


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_step_asks_for(benchmark, precision):
    work = training_step(precision)
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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_its_convolutions_alone(benchmark, precision):
    """The library's convolutions, as if everything else cost nothing: no engine is faster."""
    work = training_step(precision)
    with Convolutions() as convolutions:
        work()
    assert len(convolutions.kept) == 2 * 25  # 19 and 6 that project, forward and backward

    @torch.no_grad()
    def alone():
        for operation, arguments in convolutions.kept:
            operation(*arguments)

    benchmark.pedantic(synchronized(alone), warmup_rounds=3, rounds=15)
    benchmark.extra_info.update(about=f"convolutions, {precision}", images=BATCH)
