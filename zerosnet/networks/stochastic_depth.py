"""Stochastic depth: in training, blocks leave out their f at random (Huang et al. 2016).

Of n blocks, block i dies with probability i/(n − 1) · (1 − p_L), so block 0 never; p_L is the
last one's chance of survival.  A kept block's f is divided by its own; a dropped one has f = 0
(by the released code of Lu et al. 2018).  So a dropped block is its method on f = 0: an Euler step
is then the identity, and a method of several steps still mixes its history.

A dropped f is not computed, so its batch norms see nothing of that batch, as in the original.

One decision a block and step holds for the whole batch.  Decisions are drawn on the host before the
epoch begins, so that no step waits for a device, and from the run's seed and the epoch alone, so
that a resumed run draws what the undisturbed one would have drawn.
"""

from __future__ import annotations

from fractions import Fraction

import torch


def death_rates(blocks: int, survival: Fraction) -> tuple[Fraction, ...]:
    """The chance of each of n ≥ 2 blocks to be dropped in a step: i/(n − 1) · (1 − p_L)."""
    return tuple(Fraction(i, blocks - 1) * (1 - survival) for i in range(blocks))


def drop_plans(
    blocks: int, survival: Fraction, steps: int, generator: torch.Generator
) -> list[frozenset[int]]:
    """The blocks that each step of an epoch drops, counted from 0.

    Args:
        blocks: n of the network.
        survival: p_L.
        steps: of the epoch.
        generator: on the CPU; its state when the epoch begins fixes the whole epoch.
    """
    rates = torch.tensor([float(rate) for rate in death_rates(blocks, survival)])
    # rand is below 1 and at least 0: a rate of 0 drops nothing.
    dropped = torch.rand((steps, blocks), generator=generator) < rates
    return [frozenset(torch.nonzero(step).flatten().tolist()) for step in dropped]
