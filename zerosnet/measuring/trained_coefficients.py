"""Where the parameters of trained coefficients end: inside the region of zero stability or not.

Every block that has a parameter is taken by itself, as if all blocks had its coefficients: that is
what the root condition speaks of.  The decision is exact, for the parameter's binary value.
"""

from __future__ import annotations

from typing import Any

import torch

from zerosnet.data.images import ImageSet
from zerosnet.methods.stability import is_zero_stable
from zerosnet.networks.blocks import MultistepBlock, TrainedStep
from zerosnet.networks.network import MultistepNetwork


def where_they_ended(
    network: MultistepNetwork, _images: ImageSet, _device: torch.device
) -> dict[str, Any]:
    """Percent of the blocks with a parameter whose method is zero-stable; the parameters' range.

    Raises:
        ValueError: no block has a parameter.
    """
    steps = [
        block.step
        for block in network.blocks
        if isinstance(block, MultistepBlock) and isinstance(block.step, TrainedStep)
    ]
    if not steps:
        raise ValueError("no coefficients were trained")
    values = [float(step.value) for step in steps]
    inside = sum(is_zero_stable(step.method) for step in steps)
    return {
        "inside": round(100.0 * inside / len(steps), 4),
        "lowest": round(min(values), 6),
        "mean": round(sum(values) / len(values), 6),
        "highest": round(max(values), 6),
    }
