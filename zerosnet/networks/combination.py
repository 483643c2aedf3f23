"""Equation (2) without its f: the next state from the history and the slope.

A plain expression writes a tensor for every product and every sum.  The networks are small and
bound by memory, so that costs more than anything but the convolutions.  Here the sum grows in the
memory of the slope, which nothing else reads, and in the backward pass each state's gradient is
added to what later blocks left for it, one pass a state: no intermediate is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def advance(
    history: Sequence[Tensor], slope: Tensor, alphas: Sequence[Any], kept: int
) -> list[Tensor]:
    """One step: (y_n, y_{n−1}, …) and β f → (y_{n+1}, y_n, …), newest first.

    Args:
        history: states of one shape, at least as many as coefficients.
        slope: β f(y_n), of the same shape.  It is overwritten where the coefficients are floats.
        alphas: α₀, …, α_{d−1}: floats, or scalar tensors, which get gradients.
        kept: states that the returned history has at most.

    Raises:
        ValueError: the history is too short.
    """
    if len(history) < len(alphas):
        raise ValueError(f"{len(alphas)} coefficients for {len(history)} states of the history")
    passed = history[: kept - 1]
    # A compiler fuses the plain expression itself.
    if torch.compiler.is_compiling() or any(isinstance(alpha, Tensor) for alpha in alphas):
        for alpha, state in zip(alphas, history, strict=False):
            slope = slope + state * alpha
        return [slope, *passed]
    states = history[: max(len(alphas), len(passed))]
    new: tuple[Tensor, ...] = _Combination.apply(tuple(alphas), len(passed), slope, *states)
    return list(new)


class _Combination(torch.autograd.Function):
    """y_{n+1} = β f + Σ αᵢ y_{n−i}, and the states that stay in the history.

    They pass through so that in the backward pass the gradients that later blocks found for them
    arrive here, and αᵢ times the new state's gradient is added to them in one pass.
    """

    @staticmethod
    def forward(
        ctx: Any, alphas: tuple[float, ...], passed: int, slope: Tensor, *states: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.alphas, ctx.passed, ctx.states = alphas, passed, len(states)
        ctx.set_materialize_grads(False)
        ctx.mark_dirty(slope)
        for alpha, state in zip(alphas, states, strict=False):
            if alpha != 0:
                slope.add_(state, alpha=alpha)
        return (slope, *(state.view_as(state) for state in states[:passed]))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        gradient, later = gradients[0], gradients[1:]
        found = [later[i] if i < ctx.passed else None for i in range(ctx.states)]
        if gradient is not None:
            for i, alpha in enumerate(ctx.alphas):
                found[i] = _added(gradient, alpha, found[i])
        return (None, None, gradient, *found)


def _added(gradient: Tensor, alpha: float, other: Tensor | None) -> Tensor:
    """α · gradient + other; an other that is ``None`` is 0."""
    if alpha == 0:
        return torch.zeros_like(gradient) if other is None else other
    if other is not None:
        return other.add(gradient, alpha=alpha)
    return gradient if alpha == 1 else gradient * alpha
