"""Batch norm and ReLU as one operation."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from zerosnet.networks.fused.layout import Rows, dense, is_dense, rows_of
from zerosnet.networks.fused.library import call, library


def norm_relu(norm: nn.BatchNorm2d, state: Tensor) -> Tensor:
    """max(0, norm(state)), of the same shape (B, C, H, W)."""
    return norm_relu_and_state(norm, state)[0]


def norm_relu_and_state(norm: nn.BatchNorm2d, state: Tensor) -> tuple[Tensor, Tensor]:
    """max(0, norm(state)), and the state for whoever reads it afterwards.

    The gradient of what is read from the state that comes back arrives here, where it is added in
    the pass that writes the batch norm's own.
    """
    rows = _rows(norm, state)
    if rows is None:
        return torch.relu_(norm(state)), state
    if not norm.training:
        return _evaluated(norm, state, rows), state
    running: tuple[Tensor | None, Tensor | None] = (None, None)
    if norm.track_running_stats:
        running = norm.running_mean, norm.running_var
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked.add_(1)
    found: tuple[Tensor, Tensor] = _NormReLU.apply(
        state, norm.weight, norm.bias, rows, running, norm.momentum, norm.eps
    )
    return found


def _rows(norm: nn.BatchNorm2d, state: Tensor) -> Rows | None:
    """The state's rows where the passes do what the module would do."""
    if not (is_dense(state) and norm.affine and norm.weight.dtype == torch.float32):
        return None
    if norm.training:
        # Of a single value a channel there are no statistics: the module says so.
        fits = norm.momentum is not None and state.numel() > norm.num_features
    else:
        fits = norm.track_running_stats and not torch.is_grad_enabled()
    # Of other channels than the norm's the module says so; the passes would read beyond its own.
    fits = fits and state.shape[1] == norm.num_features
    return rows_of(state) if fits and library() is not None else None


def _evaluated(norm: nn.BatchNorm2d, state: Tensor, rows: Rows) -> Tensor:
    activated = torch.empty_like(state)
    call(
        "norm_relu_evaluate",
        *(state.data_ptr(), rows.rows, rows.width, rows.channels, torch.get_num_threads()),
        *(norm.weight.data_ptr(), norm.bias.data_ptr()),
        *(cast(Tensor, of).data_ptr() for of in (norm.running_mean, norm.running_var)),
        *(norm.eps, activated.data_ptr()),
    )
    return activated


class _NormReLU(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        state: Tensor,
        weight: Tensor,
        bias: Tensor,
        rows: Rows,
        running: tuple[Tensor | None, Tensor | None],
        momentum: float,
        epsilon: float,
    ) -> tuple[Tensor, Tensor]:
        ctx.rows = rows
        ctx.set_materialize_grads(False)
        activated = torch.empty_like(state)
        # Mean, 1/deviation, scale and shift of every channel.
        statistics = torch.empty(4, rows.channels)
        call(
            "norm_relu_forward",
            *(state.data_ptr(), rows.rows, rows.width, rows.channels),
            *(torch.get_num_threads(), weight.data_ptr(), bias.data_ptr()),
            *(None if of is None else of.data_ptr() for of in running),
            *(momentum, epsilon, activated.data_ptr(), statistics.data_ptr()),
        )
        ctx.save_for_backward(state, statistics)
        return activated, state.view_as(state)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor | None, other: Tensor | None) -> tuple[Any, ...]:
        if gradient is None:
            return other, None, None, None, None, None, None
        state, statistics = ctx.saved_tensors
        gradient = dense(gradient)
        other = None if other is None else dense(other)
        found = torch.empty_like(state)
        weight, bias = torch.empty(ctx.rows.channels), torch.empty(ctx.rows.channels)
        call(
            "norm_relu_backward",
            *(state.data_ptr(), gradient.data_ptr()),
            *(None if other is None else other.data_ptr(), ctx.rows.rows, ctx.rows.width),
            *(ctx.rows.channels, torch.get_num_threads(), statistics.data_ptr()),
            *(found.data_ptr(), weight.data_ptr(), bias.data_ptr()),
        )
        return found, weight, bias, None, None, None, None
