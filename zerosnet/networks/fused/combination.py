"""The sum of equation (2), and its gradients, each as one pass."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch
from torch import Tensor

from zerosnet.networks.fused.layout import dense, is_dense
from zerosnet.networks.fused.library import call, library

#: States that a pass reads at most.
MOST = 3


def is_fused(alphas: Sequence[float], slope: Tensor, *states: Tensor) -> bool:
    """Whether the passes take these coefficients and tensors.

    Shapes that differ are the framework's to refuse: a pass would read beyond the smaller.
    """
    return (
        len(alphas) <= MOST
        and all(map(is_dense, (slope, *states)))
        and all(state.shape == slope.shape for state in states)
        and library() is not None
    )


def add_states(slope: Tensor, alphas: Sequence[float], states: Sequence[Tensor]) -> None:
    """Add Σ αᵢ y_{n−i} to the slope, in place, rounding to bfloat16 once."""
    read = [(alpha, state) for alpha, state in zip(alphas, states, strict=False) if alpha != 0]
    if not read:
        return
    call(
        "combine",
        *(slope.data_ptr(), len(read), _pointers([state for _, state in read])),
        *(_floats([alpha for alpha, _ in read]), slope.numel(), torch.get_num_threads()),
    )


def distribute(
    gradient: Tensor, alphas: Sequence[float], others: Sequence[Tensor | None]
) -> list[Tensor]:
    """otherᵢ + αᵢ · gradient, for every coefficient; an other that is ``None`` is 0."""
    gradient = dense(gradient)
    others = [None if other is None else dense(other) for other in others]
    found = [torch.empty_like(gradient) for _ in alphas]
    call(
        "distribute",
        *(gradient.data_ptr(), len(alphas), _floats(alphas), _pointers(others)),
        *(_pointers(found), gradient.numel(), torch.get_num_threads()),
    )
    return found


def _pointers(tensors: Sequence[Tensor | None]) -> ctypes.Array[ctypes.c_void_p]:
    addresses = [None if tensor is None else tensor.data_ptr() for tensor in tensors]
    return (ctypes.c_void_p * len(addresses))(*addresses)


def _floats(values: Sequence[float]) -> ctypes.Array[ctypes.c_float]:
    return (ctypes.c_float * len(values))(*values)
