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
    inputs, states = width, 1
    for stage, count in enumerate(architecture.stages):
        outputs = architecture.width * 2**stage * expansion
        for index in range(count):
            transition = stage > 0 and index == 0
            before, side = side, _halved(side) if transition else side
            reshapes = transition or inputs != outputs
            if transition and architecture.history == "restart":
                states = 1
            starter = states < method.steps or (index == 0 and architecture.stage_start == "plain")
            if reshapes and architecture.activation == "pre":
                read = min(states, max(1 if starter else method.steps, method.steps - 1))
                total += read * inputs * outputs * side**2
            calls = 1 if reshapes else _CALLS[architecture.composition]
            total += calls * _residual(architecture, stage, inputs, before, side)
            states, inputs = min(states + 1, method.steps), outputs
    return int(2 * (total + inputs * classes))


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
