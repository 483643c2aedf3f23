"""How much a network computes: counted from its architecture, without building it, without torch.

What is counted is what takes the time: the convolutions and the linear layer, a multiplication and
an addition each (He et al. count the two as one).
"""

from __future__ import annotations

from functools import cache

from zerosnet.networks.architecture import Architecture

#: Channels of a bottleneck's result, per channel of its middle.
_EXPANSION = {"basic": 1, "bottleneck": 4}
#: How often a block computes its f.
_CALLS = {"single": 1, "poly-2": 2, "fractal": 3}
#: Of training, in passes over the network: forward, and backward for states and for weights.
TRAINING_PASSES = 3


@cache
def forward_operations(architecture: Architecture, channels: int, side: int, classes: int) -> int:
    """Floating-point operations of one image's forward pass.

    Args:
        channels, side: of the images.
    """
    expansion, method = _EXPANSION[architecture.block], architecture.method
    width = architecture.width
    if architecture.layout == "imagenet":
        side = _halved(side)
        total = 49 * channels * width * side**2
        side = _halved(side)  # the pooling
    else:
        total = 9 * channels * width * side**2
    # The channels and the stage of every state that the history holds before the block.
    held = [(width, 0)]
    for stage, count in enumerate(architecture.stages):
        new = (architecture.width * 2**stage * expansion, stage)
        for index in range(count):
            transition = stage > 0 and index == 0
            before, side = side, _halved(side) if transition else side
            if transition and architecture.history == "restart":
                del held[1:]
            plain = index == 0 and architecture.stage_start == "plain"
            reads = 1 if len(held) < method.steps or plain else method.steps
            read = held[: max(reads, method.steps - 1) if transition else reads]
            if architecture.activation == "pre":
                total += sum(shape[0] * new[0] * side**2 for shape in read if shape != new)
            inputs = held[0][0]
            calls = 1 if held[0] != new else _CALLS[architecture.composition]
            total += calls * _residual(architecture, stage, inputs, before, side)
            widens = stage == index == 0 and held[0] != new
            raw = widens and architecture.keeps_first_state
            passed = held if raw else [*([new] * len(read)), *held[len(read) :]]
            held = [new, *passed][: method.steps]
    return int(2 * (total + held[0][0] * classes))


def _residual(architecture: Architecture, stage: int, inputs: int, before: int, after: int) -> int:
    """Multiplications of one f, whose 3×3 convolution takes images from one side to another."""
    scale: int = 2**stage
    width = architecture.width * scale
    if architecture.block == "basic":
        return 9 * (inputs + width) * width * after**2
    inner = architecture.groups * (architecture.group_width or architecture.width) * scale
    middle = 9 * inner * (inner // architecture.groups) + inner * width * _EXPANSION["bottleneck"]
    return inputs * inner * before**2 + middle * after**2


def _halved(side: int) -> int:
    return (side + 1) // 2
