"""Which images stand for a data set of the paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataChoice:
    """Which images stand for a data set of the paper, and how many of them.

    Args:
        name: of the catalogue, such as ``cifar10-jpeg``.
        size: side in pixels after reduction; ``None`` keeps the images as they are.
        train, test: number of images, the same from every class; ``None`` keeps all.
    """

    name: str
    size: int | None = None
    train: int | None = None
    test: int | None = None
