"""How a perturbation of the states grows from block to block in a trained network.

Definition 3 and equation (6) speak of two solutions whose d initial states differ a little.  Here
the initial states are those before the first block that is not a starter: each of them gets a
random direction of a thousandth of its own norm, image by image, and both copies run through the
same blocks.  For f = 0 the roots alone decide how far they drift apart (``responses`` in
:mod:`zerosnet.theory.responses`); the networks show what is left of that with the f that was
learned.  Transitions project the states and so lie outside the prediction.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from zerosnet.data.augmentation import pixels
from zerosnet.data.images import ImageSet
from zerosnet.data.seeds import generator_for
from zerosnet.measuring.columns import GROWTH_COLUMNS, GROWTH_STAGES, RELATIVE
from zerosnet.networks.network import MultistepNetwork

#: Norm of the perturbation over the norm of the state that it perturbs.
SCALE = 1e-3
#: Test images that the median is taken over.
IMAGES = 500


@torch.no_grad()
def growth_in(
    network: MultistepNetwork, images: ImageSet, device: torch.device
) -> dict[str, float | None]:
    """Powers of ten by which a perturbation has grown, medians over test images.

    Returns:
        ``stage_1`` … ``stage_3``: log10 of ‖ŷ − y‖ at the end of each stage over the largest
        ‖ŷ_m − y_m‖ of the initial states; ``relative``: log10 of ‖ŷ − y‖/‖y‖ at the last block over
        the same of the initial states, which is what the normalization before the classifier sees.
        ``None`` where states overflow, and for stages of a shallow network that have no such block.
    """
    network = network.double().eval()  # small differences of large states need the digits
    start = pixels(images.test_images[:IMAGES].to(device)).double()
    history = [network.first_state(start)]
    blocks = list(zip(network.blocks, network.steps(), strict=True))
    interior = next((i for i, (_, step) in enumerate(blocks) if step.role == "interior"), None)
    if interior is None:
        return dict.fromkeys(GROWTH_COLUMNS)
    for block, _ in blocks[:interior]:
        history = block(history)
    generator = generator_for("growth")
    other = [state + _perturbation(state, generator) for state in history]
    initial = torch.stack([_norm(b - a) for a, b in zip(history, other, strict=True)]).amax(0)
    initial_relative = initial / _norm(history[0])
    found: dict[str, float | None] = {}
    for block, step in blocks[interior:]:
        history, other = block(history), block(other)
        distance = _norm(other[0] - history[0])
        found[GROWTH_STAGES[step.stage]] = _median_log(distance / initial)
    found[RELATIVE] = _median_log(distance / _norm(history[0]) / initial_relative)
    # A shallow network may have no interior block in its first stage.
    return {column: found.get(column) for column in GROWTH_COLUMNS}


def _perturbation(state: Tensor, generator: torch.Generator) -> Tensor:
    # Drawn on the CPU, so that every device and every method meets the same directions.
    direction = torch.randn(state.shape, generator=generator, dtype=torch.float32)
    moved = direction.to(state.device, state.dtype)
    lengths = _norm(state) / _norm(moved)
    return SCALE * moved * lengths.view(-1, 1, 1, 1)


def _norm(state: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(state.flatten(1), dim=1)
    return norm


def _median_log(ratio: Tensor) -> float | None:
    """Log10 of the median; nothing where the states have overflowed or do not differ at all."""
    middle = float(ratio.median())
    return round(math.log10(middle), 4) if middle > 0 and math.isfinite(middle) else None
