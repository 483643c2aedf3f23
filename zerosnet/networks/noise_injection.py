"""Noise injection: in training, every block's new state gets noise (Lu et al. 2018).

By their released code, U(0, level) is added to every element of the state after each block, with
level 0.001 unless another is asked for.  Later blocks read the state with its noise, as history,
too.  In evaluation nothing is added.  Half precision rounds 0.001 away beside states above about
0.25, so a level that can act there must be larger.

The noise of an epoch is drawn on the device of the states, from the run's seed and the epoch alone,
so that a resumed run draws what the undisturbed one would have drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor

from zerosnet.data.seeds import seed_for


def noise_generator(seed: int, epoch: int, device: torch.device) -> torch.Generator:
    """The generator of an epoch's noise."""
    return torch.Generator(device).manual_seed(seed_for("noise", seed, epoch))


def with_noise(state: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """The state plus U(0, level), element by element; the gradient passes as it is."""
    return state + torch.empty_like(state).uniform_(0, level, generator=generator)
