"""How much a network computes: counted from its architecture, without building it, without torch.

What is counted is what takes the time: the convolutions and the linear layer, a multiplication and
an addition each (He et al. count the two as one).
"""

from __future__ import annotations

from functools import cache

from zerosnet.networks.architecture import Architecture
from zerosnet.networks.layout import CALLS, EXPANSION, PlannedBlock, layout_of

#: Of training, in passes over the network: forward, and backward for states and for weights.
TRAINING_PASSES = 3


@cache
def forward_operations(architecture: Architecture, channels: int, side: int, classes: int) -> int:
    """Floating-point operations of one image's forward pass.

    Args:
        channels, side: of the images.
    """
    width = architecture.width
    if architecture.layout == "imagenet":
        side = _halved(side)
        total = 49 * channels * width * side**2
        side = _halved(side)  # the pooling
    else:
        total = 9 * channels * width * side**2
    blocks = layout_of(architecture)
    for block in blocks:
        before, side = side, _halved(side) if block.stride == 2 else side
        if architecture.activation == "pre":
            shapes = [shape for shape in block.read if shape != block.new]
            total += sum(shape[0] * block.new[0] * side**2 for shape in shapes)
        total += CALLS[block.composition] * _residual(architecture, block, before, side)
    return int(2 * (total + blocks[-1].new[0] * classes))


def _residual(architecture: Architecture, block: PlannedBlock, before: int, after: int) -> int:
    """Multiplications of one f, whose 3×3 convolution takes images from one side to another."""
    inputs, width, inner = block.inputs, block.width, block.inner
    if architecture.block == "basic":
        return 9 * (inputs + width) * width * after**2
    middle = 9 * inner * (inner // architecture.groups) + inner * width * EXPANSION
    return inputs * inner * before**2 + middle * after**2


def _halved(side: int) -> int:
    return (side + 1) // 2
