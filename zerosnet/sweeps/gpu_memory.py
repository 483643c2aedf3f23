"""A run that a GPU has no memory for: one line, and the memory is there for others."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from zerosnet.files.errors import SuiteError


class GPUMemoryError(SuiteError):
    """A run needs more memory than its GPU has left; others may not."""


@contextmanager
def within_gpu_memory(problem: str) -> Iterator[None]:
    """Let go of what the block has on the GPU where there was not enough.

    Args:
        problem: what is then said: which run, what to do.

    Raises:
        GPUMemoryError: there was not enough.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        # The error knows the functions that it came through, and these what they had on the GPU.
        traceback.clear_frames(error.__traceback__)
        torch.cuda.empty_cache()  # for those who share the GPU
        raise GPUMemoryError(problem) from None
