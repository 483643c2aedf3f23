"""The originals' forward passes and optimizer, re-stated plainly: formulas on tensors by name.

Nothing of the suite is used here but the names that its networks give their tensors.  Each function
says whose code it re-states.  In training mode batch norms use and update the statistics of the
batch, as PyTorch's do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Weights = dict[str, Tensor]


class Plain:
    """Layers by name.

    Args:
        weights: tensors by the names of the suite's networks; running statistics are changed.
        training: whether batch norms look at the batch.
        convolutions: of f: 2 (basic) or 3 (bottleneck).
    """

    def __init__(self, weights: Weights, training: bool, convolutions: int) -> None:
        self.weights, self.training, self.convolutions = weights, training, convolutions

    def norm_relu(self, name: str, x: Tensor) -> Tensor:
        """max(0, γ(x − mean)/√(variance + 10⁻⁵) + β), channel by channel."""
        mean, variance = (self.weights[f"{name}.running_{what}"] for what in ("mean", "var"))
        if self.training:
            count = x.numel() // x.shape[1]
            seen_mean = x.mean((0, 2, 3))
            seen = ((x - seen_mean[:, None, None]) ** 2).mean((0, 2, 3))
            with torch.no_grad():
                mean += 0.1 * (seen_mean - mean)
                variance += 0.1 * (seen * count / (count - 1) - variance)
            mean, variance = seen_mean, seen
        scaled = (x - mean[:, None, None]) / torch.sqrt(variance + 1e-5)[:, None, None]
        gamma, beta = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return torch.clamp(scaled * gamma[:, None, None] + beta[:, None, None], min=0)

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        """A convolution without bias, padded so that it keeps the image's size."""
        weight = self.weights[f"{name}.weight"]
        return torch.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)

    def f(self, block: int, x: Tensor, stride: int) -> Tensor:
        """BN–ReLU–convolution, two or three times; the stride is that of the first 3×3."""
        return self.f_behind_its_first_relu(block, self.first_relu(block, x), stride)

    def first_relu(self, block: int, x: Tensor) -> Tensor:
        """What f's first convolution reads."""
        return self.norm_relu(f"blocks.{block}.residual.0", x)

    def f_behind_its_first_relu(self, block: int, x: Tensor, stride: int) -> Tensor:
        """The rest of f."""
        for layer in range(self.convolutions):
            if layer:
                x = self.norm_relu(f"blocks.{block}.residual.{3 * layer}", x)
            strides = stride if layer == self.convolutions - 2 else 1
            x = self.conv(f"blocks.{block}.residual.{3 * layer + 2}", x, strides)
        return x

    def activated(self, block: int, x: Tensor, stride: int) -> Tensor:
        """A shortcut of its own: BN–ReLU–1×1 convolution (``Downsample``)."""
        name = f"blocks.{block}.projections.0"
        return self.conv(f"{name}.2", self.norm_relu(f"{name}.0", x), stride)

    def bare(self, block: int, number: int, x: Tensor, stride: int) -> Tensor:
        """A shortcut of a 1×1 convolution alone (``Downsample_clean``)."""
        return self.conv(f"blocks.{block}.projections.{number}", x, stride)

    def stem(self, x: Tensor) -> Tensor:
        """Pixels around 1/2 by 1/4, and a 3×3 convolution."""
        return self.conv("stem", (x - 0.5) / 0.25)

    def head(self, x: Tensor) -> Tensor:
        """BN–ReLU, the mean over the image, a linear layer."""
        pooled = self.norm_relu("norm", x).mean((2, 3))
        return pooled @ self.weights["classifier.weight"].T + self.weights["classifier.bias"]


def stages(counts: Sequence[int]) -> list[tuple[int, int, bool]]:
    """(block, stride, whether a later stage begins with it) of all blocks."""
    found = []
    for stage, count in enumerate(counts):
        for index in range(count):
            starts = stage > 0 and index == 0
            found.append((len(found), 2 if starts else 1, starts))
    return found


def residual_network(plain: Plain, pixels: Tensor, counts: Sequence[int]) -> Tensor:
    """``ResNet`` of LM-ResNet's code (Lu et al. 2018): y + f(y), PreResNet."""
    y = plain.stem(pixels)
    for block, stride, starts in stages(counts):
        widens = block == 0 and plain.convolutions == 3
        short = plain.activated(block, y, stride) if starts or widens else y
        y = plain.f(block, y, stride) + short
    return plain.head(y)


def lm_network(plain: Plain, pixels: Tensor, counts: Sequence[int]) -> Tensor:
    """``MResNet`` of the same code, its switch thrown: (1 − k)y_n + k y_{n−1} + f(y_n)."""
    y = plain.stem(pixels)
    last = y
    for block, stride, starts in stages(counts):
        plainly = starts or block == 0
        widens = block == 0 and plain.convolutions == 3
        short = plain.activated(block, y, stride) if starts or widens else y
        if plainly:
            new = plain.f(block, y, stride) + short
        else:
            stored = plain.weights[f"blocks.{block}.step.parameter"]  # 1 − k
            new = plain.f(block, y, stride) + stored * short + (1 - stored) * last
        y, last = new, short
    return plain.head(y)


def damped_network(rectified: bool) -> Callable[[Plain, Tensor, Sequence[int]], Tensor]:
    """``InResNet`` (Yang et al. 2020), or the line that makes λ-In-ResNet of it."""

    def forward(plain: Plain, pixels: Tensor, counts: Sequence[int]) -> Tensor:
        y = plain.stem(pixels)
        for block, stride, starts in stages(counts):
            widens = block == 0 and plain.convolutions == 3
            slope = plain.f(block, y, stride)
            if starts or block == 0:
                y = slope + (plain.activated(block, y, stride) if starts or widens else y)
                continue
            number = plain.weights[f"blocks.{block}.step.parameter"]
            damping = torch.clamp(number if rectified else 1 - number, min=0)
            y = (1 - damping) * y + ((1 + damping) if rectified else 1) * slope
        return plain.head(y)

    return forward


def lambda_of(plain: Plain, block: int) -> tuple[list[Tensor], Tensor]:
    """Eq. (10): α₀, α₁, α₂ and β of a block's λ."""
    number = plain.weights[f"blocks.{block}.step.parameter"]
    alphas = [(3 * number + 3) / (4 * number), -1 / number, (number + 1) / (4 * number)]
    return alphas, (3 * number - 1) / (2 * number)


def zerosnet(
    coefficients: Callable[[Plain, int], tuple[list[Tensor], Tensor]],
) -> Callable[[Plain, Tensor, Sequence[int]], Tensor]:
    """``ZeroSNet_Opt`` and ``ZeroSNet_Tra``: two Euler steps, then three states in each step.

    A bottleneck's first shortcut is activated, but y₀ stays as it came, and the third block, which
    reads it last, projects it bare.
    """

    def forward(plain: Plain, pixels: Tensor, counts: Sequence[int]) -> Tensor:
        y = plain.stem(pixels)
        raw, older = y, [y]  # y_{n−1}, y_{n−2}
        for block, stride, starts in stages(counts):
            slope = plain.f(block, y, stride)
            if block == 0:
                new = slope + (plain.activated(0, y, 1) if plain.convolutions == 3 else y)
                older = [raw]
            elif block == 1:
                new, older = slope + y, [y, raw]
            else:
                states = [y, *older]
                if starts:
                    states = [plain.bare(block, i, s, stride) for i, s in enumerate(states)]
                elif block == 2 and plain.convolutions == 3:
                    states[2] = plain.bare(2, 2, states[2], 1)
                alphas, beta = coefficients(plain, block)
                new = beta * slope + sum(a * s for a, s in zip(alphas, states, strict=True))
                older = states[:2]
            y = new
        return plain.head(y)

    return forward


def imagenet_zerosnet(
    alphas: Sequence[float], beta: float
) -> Callable[[Plain, Tensor, Sequence[int]], Tensor]:
    """``zerosnet_in`` of the authors' ImageNet code, but for the head, which is CIFAR's here.

    Where a block changes the shape, y_n's shortcut begins behind f's first batch norm and ReLU, and
    older states' shortcuts bare.  PreResNet is the same with one state.
    """

    def forward(plain: Plain, pixels: Tensor, counts: Sequence[int]) -> Tensor:
        y = plain.conv("stem.0", (pixels - 0.5) / 0.25, 2)
        y = torch.max_pool2d(plain.norm_relu("stem.1", y), 3, stride=2, padding=1)
        older: list[Tensor] = []
        for block, stride, starts in stages(counts):
            first = plain.first_relu(block, y)
            slope = plain.f_behind_its_first_relu(block, first, stride)
            changes = starts or (block == 0 and plain.convolutions == 3)
            short = plain.bare(block, 0, first, stride) if changes else y
            if starts:
                older = [plain.bare(block, 1 + i, s, stride) for i, s in enumerate(older)]
            states = [short, *older]
            if len(states) < len(alphas):
                new = slope + short
            else:
                new = beta * slope + sum(a * s for a, s in zip(alphas, states, strict=True))
            y, older = new, states[: len(alphas) - 1]
        return plain.head(y)

    return forward


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean of log Σ exp(logits) − the target's logit."""
    chosen = logits[torch.arange(len(targets)), targets]
    return (torch.logsumexp(logits, 1) - chosen).mean()


def descend(
    forward: Callable[[Weights], Tensor],
    weights: Weights,
    velocity: Weights,
    targets: Tensor,
    rate: float,
    momentum: float,
    decay: float,
) -> None:
    """A step of SGD: v ← μv + g + wd·w, w ← w − η v; the first v is g + wd·w."""
    trained = [name for name in weights if "running" not in name and "tracked" not in name]
    for name in trained:
        weights[name].requires_grad_()
    loss = cross_entropy(forward(weights), targets)
    gradients = torch.autograd.grad(loss, [weights[name] for name in trained])
    for name, gradient in zip(trained, gradients, strict=True):
        value = weights[name].detach()
        step = gradient + decay * value
        velocity[name] = momentum * velocity[name] + step if name in velocity else step
        weights[name] = value - rate * velocity[name]
