"""Which tensors the compiled passes take, and how they lie in memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

#: Elements that a pass takes together (``LANES`` in ``passes.c``).
LANES = 128


@dataclass(frozen=True)
class Rows:
    """A tensor (B, C, H, W) with its channels innermost, as rows of a multiple of LANES elements.

    Attributes:
        rows, width: their product is the number of elements; the channels divide the width.
        channels: C.
    """

    rows: int
    width: int
    channels: int


def is_dense(tensor: Tensor) -> bool:
    """Whether it is bfloat16 on the CPU, (B, C, H, W), channels innermost, without gaps."""
    return (
        tensor.dtype == torch.bfloat16
        and tensor.device.type == "cpu"
        and tensor.dim() == 4
        and tensor.is_contiguous(memory_format=torch.channels_last)
        and not torch.compiler.is_compiling()
    )


def dense(tensor: Tensor) -> Tensor:
    """The same values with the channels innermost, without gaps."""
    return tensor.contiguous(memory_format=torch.channels_last)


def rows_of(tensor: Tensor) -> Rows | None:
    """The rows of a dense tensor; ``None`` where its elements do not fill such rows."""
    channels, elements = tensor.shape[1], tensor.numel()
    width = LANES if channels < LANES else channels
    if width % channels or width % LANES or elements % width:
        return None
    return Rows(elements // width, width, channels)
