"""Sharpness: against the whole Hessian where it is small enough to be written down."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from scipy.sparse.linalg import ArpackNoConvergence
from small import build, small_images
from torch import nn
from torch.autograd.functional import hessian
from torch.func import functional_call
from torch.nn import functional

from zerosnet.data.augmentation import pixels
from zerosnet.measuring import sharpness
from zerosnet.measuring.measurements import accuracy_and_sharpness
from zerosnet.measuring.sharpness import TOLERANCE, log_sharpness
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT

CPU = torch.device("cpu")
IMAGES = small_images(train=12)


def largest_eigenvalue(network, count):
    """Of the Hessian with all its entries."""
    inputs, targets = pixels(IMAGES.train_images[:count]), IMAGES.train_labels[:count]
    parameters = {name: p.detach().double() for name, p in network.named_parameters()}
    buffers = {name: b.double() for name, b in network.named_buffers()}
    names, shapes = list(parameters), [p.shape for p in parameters.values()]
    sizes = [shape.numel() for shape in shapes]

    def loss(flat):
        parts = flat.split(sizes)
        given = {n: part.view(s) for n, part, s in zip(names, parts, shapes, strict=True)}
        logits = functional_call(network, {**given, **buffers}, (inputs.double(),))
        return functional.cross_entropy(logits, targets)

    flat = torch.cat([p.reshape(-1) for p in parameters.values()])
    return float(torch.linalg.eigvalsh(hessian(loss, flat))[-1])


@pytest.mark.parametrize("method", [PRERESNET, ZEROSNET_OPT])
def test_it_is_the_largest_eigenvalue(method):
    # In float64: some processors' float32 kernels are wrong for so few channels.
    network = build(method, 8, channels=1, width=2).eval().double()
    found = log_sharpness(network, IMAGES, CPU, count=12)
    expected = math.log10(largest_eigenvalue(network, 12))
    assert found == pytest.approx(expected, abs=2 * TOLERANCE)


class Saddle(nn.Module):
    """A loss whose Hessian is diag(10, −100, 2, 0), as sure as it is of a wrong class."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4))

    def forward(self, inputs):
        wrong = 50 + (torch.tensor([5.0, -50.0, 1.0, 0.0]) * self.weight.square()).sum()
        return torch.stack([wrong, torch.zeros(())]).expand(len(inputs), 2)


def test_a_negative_curvature_counts_for_none_however_large_it_is():
    images = replace(IMAGES, train_labels=torch.ones_like(IMAGES.train_labels))
    assert log_sharpness(Saddle(), images, CPU) == pytest.approx(1, abs=2 * TOLERANCE)


def test_it_is_taken_over_as_many_images_as_are_asked_for():
    network = build(PRERESNET, 8, channels=1, width=2).eval()
    found = accuracy_and_sharpness(5).measure(network, IMAGES, CPU)
    assert found["sharpness"] == log_sharpness(network, IMAGES, CPU, count=5)
    assert found["sharpness"] != log_sharpness(network, IMAGES, CPU)


def test_the_same_weights_give_the_same_number_and_are_left_alone():
    network = build(PRERESNET, 8, channels=1, width=8)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    first = log_sharpness(network, IMAGES, CPU)
    assert log_sharpness(network, IMAGES, CPU) == first
    assert all(torch.equal(network.state_dict()[name], t) for name, t in before.items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_loss_without_curvature_has_none():
    """A network so sure of what is right that float32 has no gradient left."""
    network = build(PRERESNET, 8, channels=1, width=8)
    with torch.no_grad():
        network.classifier.bias[0] = 1e3
    images = replace(IMAGES, train_labels=torch.zeros_like(IMAGES.train_labels))
    assert log_sharpness(network, images, CPU) is None


def test_a_curvature_that_is_not_finite_is_none(monkeypatch):
    monkeypatch.setattr(sharpness, "_flat", not_finite_the_second_time())
    assert log_sharpness(build(PRERESNET, 8, channels=1, width=8), IMAGES, CPU) is None


def not_finite_the_second_time():
    """The gradient is finite, its products with directions are not."""
    flat, calls = sharpness._flat, []

    def found(*arguments):
        calls.append(arguments)
        return flat(*arguments) * (1 if len(calls) == 1 else math.nan)

    return found


def test_a_search_that_finds_nothing_is_an_error(monkeypatch):
    """It is none of the network's."""

    def search(*_, **__):
        raise ArpackNoConvergence("no convergence", [], [])

    monkeypatch.setattr(sharpness, "eigsh", search)
    with pytest.raises(ArpackNoConvergence):
        log_sharpness(build(PRERESNET, 8, channels=1, width=8), IMAGES, CPU)


def test_a_network_that_overflows_has_none():
    network = build(PRERESNET, 8, channels=1, width=8)
    with torch.no_grad():
        network.classifier.weight.fill_(float("inf"))
    assert log_sharpness(network, IMAGES, CPU) is None
