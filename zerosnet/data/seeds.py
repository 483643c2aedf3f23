"""Random numbers: one explicit generator for each purpose, derived from what it is for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def generator_for(*purpose: object) -> torch.Generator:
    """A CPU generator whose stream depends on the purpose alone, such as ("order", seed, epoch).

    Deriving a generator anew for each epoch leaves no generator state to be saved: a resumed run
    draws what the undisturbed one would have drawn, on any device.
    """
    import torch  # a seed alone needs none

    return torch.Generator().manual_seed(seed_for(*purpose))


def seed_for(*purpose: object) -> int:
    """The seed of a purpose, for libraries that take no generator."""
    digest = hashlib.sha256(repr(purpose).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
