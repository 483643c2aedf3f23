"""Residual functions f and what projects states where a stage changes their shape.

Shapes are (batch, channels, height, width).  Every f is called with a scale and gives scale · f.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from zerosnet.networks.architecture import Block
from zerosnet.networks.layout import EXPANSION


class Residual(nn.Sequential):
    """f: pre-activated convolutions, BN–ReLU–conv repeated, ending in a convolution.

    The paper's assumption 1 wants a normalization last; the released code has none there, and
    neither has He et al. (2016), whose block this is.

    Args:
        block: ``basic``, two 3×3 convolutions, or ``bottleneck``, 1×1, 3×3 and 1×1.
        inputs: channels of the state that is read.
        width: channels of the result (basic), or a quarter of them (bottleneck).
        stride: of the first 3×3 convolution.
        inner: channels of a bottleneck's 3×3 convolution; ``None``: ``width``.
        groups: of that convolution (ResNeXt, Xie et al. 2017).
    """

    def __init__(
        self,
        block: Block,
        inputs: int,
        width: int,
        stride: int,
        inner: int | None = None,
        groups: int = 1,
    ) -> None:
        if block == "basic":
            shapes = [(inputs, width, 3, stride, 1), (width, width, 3, 1, 1)]
        else:
            middle = width if inner is None else inner
            shapes = [
                (inputs, middle, 1, 1, 1),
                (middle, middle, 3, stride, groups),
                (middle, width * EXPANSION, 1, 1, 1),
            ]
        layers: list[nn.Module] = []
        for channels_in, channels_out, kernel, step, parts in shapes:
            layers += [
                nn.BatchNorm2d(channels_in),
                nn.ReLU(inplace=True),
                convolution(channels_in, channels_out, kernel, step, parts),
            ]
        super().__init__(*layers)

    def forward(
        self,
        state: Tensor,
        scale: Any = 1.0,
        with_activated: bool = False,
        norms: Sequence[nn.BatchNorm2d] = (),
    ) -> Any:
        """Scale · f(state); the last convolution's few weights are scaled, not its many outputs.

        Args:
            state: y, (B, C, H, W).
            scale: a number or scalar tensor.
            with_activated: whether what the first batch norm and ReLU make of the state is
                handed back, too.
            norms: batch norms instead of its own.
        """
        layers = list(self)
        norms = norms or cast(list[nn.BatchNorm2d], layers[::3])
        convolutions = cast(list[nn.Conv2d], layers[2::3])
        inner = activated = norm_relu(norms[0], state)
        for norm, convolution in zip(norms[1:], convolutions, strict=False):
            inner = norm_relu(norm, convolution(inner))
        last = convolutions[-1]
        weight = _scaled(last.weight, scale)
        slope = functional.conv2d(inner, weight, None, last.stride, last.padding)
        return (slope, activated) if with_activated else slope


class PostActivatedResidual(nn.Sequential):
    """f of the ResNet of He et al. 2015: conv–BN–ReLU–conv–BN."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__(
            convolution(inputs, width, 3, stride),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            convolution(width, width, 3, 1),
            nn.BatchNorm2d(width),
        )

    def forward(self, state: Tensor, scale: Any = 1.0) -> Tensor:
        """Scale · f(state)."""
        first, norm, _relu, second, last = self
        inner = norm_relu(cast(nn.BatchNorm2d, norm), first(state))
        return _scaled(last(second(inner)), scale)


class Poly2(nn.Module):
    """F + F∘F with one F: y + F(y) + F(F(y)) is PolyNet's second-order block (Zhang et al. 2017).

    For linear F it truncates (I − F)⁻¹ = I + F + F² + …, a step of backward Euler; for any F = h·f
    its first terms are those of x′ = f(x) + f(0) (:mod:`zerosnet.theory.discretizations`).  Both F
    have the same convolutions and batch norms of their own, as in two ports of the released model.
    With one set of norms for both, running statistics would be those of y and of F(y) together, and
    fit neither.

    Args:
        function: F, whose result has the shape of the state.
        norms: batch norms of the second call; those of the first, if none.
    """

    def __init__(self, function: nn.Module, norms: Sequence[nn.BatchNorm2d] = ()) -> None:
        super().__init__()
        self.function = function
        self.norms = nn.ModuleList(norms)

    def forward(self, state: Tensor, scale: Any = 1.0) -> Tensor:
        """Scale · (F(state) + F(F(state)))."""
        first = self.function(state)
        again = {"norms": tuple(self.norms)} if len(self.norms) else {}
        return _scaled(first + self.function(first, **again), scale)


def poly2(function: Residual) -> Poly2:
    """PolyNet's block of one F, with batch norms of its own for the second call."""
    norms = [m for m in function if isinstance(m, nn.BatchNorm2d)]
    return Poly2(function, [nn.BatchNorm2d(norm.num_features) for norm in norms])


class Fractal(nn.Module):
    """Two columns of FractalNet (Larsson et al. 2017): f₂ = (f₁ + f₁∘f₁)/2, minus the identity.

    Every f₁ is an Euler step y + F(y) with an F of its own, the reading in which the block is a
    Runge–Kutta method (Lu et al. 2018).  The original's f₁ is a convolution without the identity,
    and its columns are dropped at random in training (from memory); neither is built here.

    Args:
        short: F of the column of one step.
        first, second: F of the column of two.
    """

    def __init__(self, short: nn.Module, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.short, self.first, self.second = short, first, second

    def forward(self, state: Tensor, scale: Any = 1.0) -> Tensor:
        """Scale · (f₂(state) − state)."""
        half = scale * 0.5
        inner = self.first(state)
        outer: Tensor = self.second(state + inner, half)
        short: Tensor = self.short(state, half)
        return outer + short + _scaled(inner, half)


def _scaled(tensor: Tensor, scale: Any) -> Tensor:
    """A factor of 1 costs no multiplication, so an Euler step is y + f to the bit."""
    return tensor if not isinstance(scale, Tensor) and scale == 1 else tensor * scale


class PaddedShortcut(nn.Module):
    """Every stride-th pixel, new channels zero: a projection without parameters."""

    def __init__(self, new_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels, self.stride = new_channels, stride

    def forward(self, state: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C + new, H/stride, W/stride)."""
        kept = state[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, 0, self.new_channels))


def norm_relu(norm: nn.BatchNorm2d, state: Tensor) -> Tensor:
    """max(0, norm(state)), of the same shape."""
    return torch.relu_(norm(state))


def convolution(inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the image's size but for the stride."""
    return nn.Conv2d(
        inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False
    )


def bare_projection(inputs: int, outputs: int, stride: int) -> nn.Module:
    """A 1×1 convolution of a state."""
    return convolution(inputs, outputs, 1, stride)


def activated_projection(inputs: int, outputs: int, stride: int) -> nn.Module:
    """A 1×1 convolution of a state behind a batch norm and ReLU of its own."""
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolution(inputs, outputs, 1, stride))
