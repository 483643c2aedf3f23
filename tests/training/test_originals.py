"""The networks against the originals, re-stated plainly: same weights, same logits, same steps."""

from __future__ import annotations

from dataclasses import replace

import originals
import pytest
import torch
from originals import Plain
from small import RECIPE, build

from zerosnet.methods.families import (
    IN_RESNET,
    LAMBDA_IN_RESNET,
    LM_RESNET,
    PRERESNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
)
from zerosnet.training.steps import optimizer_of

#: The bound on differences in float64.
NEAR = 1e-12
OPT = ([torch.tensor(n, dtype=torch.float64) for n in (1 / 3, 5 / 9, 1 / 9)], 16 / 9)
#: Name → (method, what else the architecture says, the original's forward pass).
ORIGINALS = {
    "PreResNet": (PRERESNET, {}, originals.residual_network),
    "LM-ResNet": (LM_RESNET, {"history": "restart"}, originals.lm_network),
    "In-ResNet": (IN_RESNET, {"stage_start": "plain"}, originals.damped_network(False)),
    "λ-In-ResNet": (LAMBDA_IN_RESNET, {"stage_start": "plain"}, originals.damped_network(True)),
    "ZeroSNet-Opt": (ZEROSNET_OPT, {}, originals.zerosnet(lambda _plain, _block: OPT)),
    "ZeroSNet-Tra": (ZEROSNET_TRA, {}, originals.zerosnet(originals.lambda_of)),
}
SHAPES = [("basic", 20), ("basic", 32), ("bottleneck", 20), ("bottleneck", 29)]
_IMAGENET = {"layout": "imagenet", "width": 4}


def networks():
    for name, (method, shape, forward) in ORIGINALS.items():
        for block, depth in SHAPES:
            convolutions = 3 if block == "bottleneck" else 2
            counts = [(depth - 2) // (3 * convolutions)] * 3
            whole = {"block": block, "width": 4, **shape}
            yield pytest.param(method, depth, whole, forward, counts, id=f"{name}, {block} {depth}")
    for name, method, forward in (
        ("PreResNet", PRERESNET, originals.imagenet_zerosnet([1.0], 1.0)),
        ("ZeroSNet-Opt", ZEROSNET_OPT, originals.imagenet_zerosnet([1 / 3, 5 / 9, 1 / 9], 16 / 9)),
    ):
        for block, depth, counts in (("basic", 18, [2] * 4), ("bottleneck", 50, [3, 4, 6, 3])):
            whole = {"block": block, **_IMAGENET}
            yield pytest.param(
                method, depth, whole, forward, counts, id=f"{name}, ImageNet {depth}"
            )


def in_double(method, depth, shape):
    """A network with weights, statistics and trained coefficients of no special value."""
    network = build(method, depth, **shape).double()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
                tensor.add_(noise * (0.2 if "step" in name else 0.1))
    return network


def batch(side):
    generator = torch.Generator().manual_seed(4)
    pixels = torch.rand(4, 3, side, side, generator=generator, dtype=torch.float64)
    return pixels, torch.randint(10, (4,), generator=generator)


def copied(network):
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize(("method", "depth", "shape", "forward", "counts"), [*networks()])
def test_same_weights_same_logits_same_steps(method, depth, shape, forward, counts):
    network = in_double(method, depth, shape)
    pixels, targets = batch(64 if "layout" in shape else 8)
    convolutions = 3 if shape["block"] == "bottleneck" else 2
    weights = copied(network)
    with torch.no_grad():
        for training in (False, True):
            network.train(training)
            ours, plain = (
                network(pixels),
                forward(Plain(weights, training, convolutions), pixels, counts),
            )
            assert (ours - plain).abs().max() < NEAR * max(1, ours.abs().max())
    for name, tensor in network.state_dict().items():
        if "running" in name:
            assert (tensor - weights[name]).abs().max() < NEAR, name
    optimizer = optimizer_of(network, replace(RECIPE, weight_decay=5e-4))
    velocity: dict[str, torch.Tensor] = {}
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(pixels), targets).backward()
        optimizer.step()
        originals.descend(
            lambda weights: forward(Plain(weights, True, convolutions), pixels, counts),
            weights,
            velocity,
            targets,
            RECIPE.learning_rate,
            RECIPE.momentum,
            5e-4,
        )
    for name, tensor in network.named_parameters():
        assert (tensor - weights[name]).abs().max() < NEAR * max(1, tensor.abs().max()), name


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("LM-ResNet", "PreResNet"),
        ("In-ResNet", "λ-In-ResNet"),
        ("λ-In-ResNet", "In-ResNet"),
        ("ZeroSNet-Tra", "ZeroSNet-Opt"),
    ],
)
def test_another_original_would_be_noticed(name, other):
    """The same weights in the forward pass of a system that gives them the same names."""
    method, shape, _ = ORIGINALS[name]
    network = in_double(method, 20, {"width": 4, **shape}).eval()
    pixels, _ = batch(8)
    plain = ORIGINALS[other][2](Plain(copied(network), False, 2), pixels, [3] * 3)
    assert (network(pixels) - plain).abs().max() > 1e-6
