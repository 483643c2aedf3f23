"""Which images stand for a data set of the paper."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class DataChoice:
    """Which images stand for a data set of the paper, and how many of them.

    Args:
        name: of the catalogue, such as ``cifar10-jpeg``.
        size: side in pixels after reduction; ``None`` keeps the images as they are.
        train, test: number of images, the same from every class; ``None`` keeps all.
        held_out: training images of which nothing is learned, the next ones of every class; the
            network is looked at on them after every epoch, so that a choice need not see the test.
    """

    name: str
    size: int | None = None
    train: int | None = None
    test: int | None = None
    held_out: int | None = None

    def description(self) -> dict[str, Any]:
        """JSON-able; only what is unusual adds to it, so that older runs keep their keys."""
        entries = asdict(self)
        if self.held_out is None:
            del entries["held_out"]
        return entries
