"""Batches on the device: random crops of zero-padded images and flips, without a loop over images.

All random numbers of an epoch come from one explicit CPU generator, drawn in one go, so they are
the same on every device and a resumed epoch repeats them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """What is done to a training image.

    Args:
        padding: zeros on each side, before a crop of the original size at a random place.
        flip: mirror left and right with probability 1/2.
    """

    padding: int
    flip: bool


def pad(images: Tensor, padding: int) -> Tensor:
    """(N, H, W, C) → (N, H+2p, W+2p, C), zeros around every image."""
    return functional.pad(images, (0, 0, padding, padding, padding, padding))


def pixels(images: Tensor) -> Tensor:
    """uint8 (N, H, W, C) → float32 (N, C, H, W) in [0, 1], channels last in memory."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def epoch_batches(
    padded: Tensor,
    labels: Tensor,
    batch: int,
    augmentation: Augmentation,
    generator: torch.Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Every image once, in random order: (pixels (B, C, S, S), labels (B,)); the last may be small.

    Args:
        padded: square images, uint8 (N, S+2p, S+2p, C), of :func:`pad`, on the device.
        labels: int64 (N,), on the same device.
        batch: B.
        generator: on the CPU; its state when the epoch begins fixes the whole epoch.
    """
    count, padded_side = padded.shape[:2]
    side = padded_side - 2 * augmentation.padding
    shifts = 2 * augmentation.padding + 1
    order = torch.randperm(count, generator=generator)
    top, left = torch.randint(shifts, (2, count), generator=generator)
    mirrored = torch.rand(count, generator=generator) < (0.5 if augmentation.flip else 0.0)
    span = torch.arange(side)
    rows = top[:, None] + span
    columns = left[:, None] + torch.where(mirrored[:, None], span.flip(0), span)
    order, rows, columns = (index.to(padded.device) for index in (order, rows, columns))
    for start in range(0, count, batch):
        part = slice(start, start + batch)
        chosen = order[part]
        cropped = padded[chosen[:, None, None], rows[part, :, None], columns[part, None, :]]
        yield pixels(cropped), labels[chosen]
