"""Damped networks: In-ResNet, λ-In-ResNet, and what they are at their ends."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from small import build
from torch import nn
from torch.nn import functional

from zerosnet.methods.families import (
    EULER,
    IN,
    IN_RESNET,
    IN_RESNET_164,
    LAMBDA_IN,
    LAMBDA_IN_RESNET,
    PRERESNET,
    ZEROSNET_OPT,
    Trainable,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.blocks import FixedStep, MultistepBlock, TrainedStep
from zerosnet.networks.residuals import Residual

PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))


def same(one, other):
    """The same logits and gradients, to the bit, with the same weights."""
    for network in (one, other):
        network.train()
        network(PIXELS).square().sum().backward()
    gradients = dict(other.named_parameters())
    return torch.equal(one(PIXELS), other(PIXELS)) and all(
        torch.equal(p.grad, gradients[name].grad)
        for name, p in one.named_parameters()
        if name in gradients
    )


@pytest.mark.parametrize("stage_start", ["method", "plain"])
@pytest.mark.parametrize("alpha", ["-1/2", "1/2", "7/10", "1"])
def test_table_1_is_the_damped_network(alpha, stage_start):
    """Two names, one network: κ = α (the paper's table 1 has no plain blocks)."""
    ours = build(IN.at(alpha), stage_start=stage_start)
    assert same(ours, build(EULER.at(alpha), stage_start=stage_start))
    same_description = build(EULER.at(alpha), stage_start=stage_start).description()
    assert ours.description() == same_description


def test_plain_blocks_make_another_network():
    method, plain = build(IN.at("1/2")), build(IN.at("1/2"), stage_start="plain")
    assert not torch.equal(method(PIXELS), plain(PIXELS))
    assert method.description() != plain.description()


@pytest.mark.parametrize("method", [IN.at(1), IN.at(3), LAMBDA_IN.at(0), LAMBDA_IN.at(-2)], ids=str)
def test_without_damping_it_is_the_resnet_to_the_bit(method):
    assert same(build(method), build(PRERESNET))


@pytest.mark.parametrize(
    "trainable",
    [Trainable(IN, Fraction(1)), Trainable(IN, Fraction(5, 4)), Trainable(LAMBDA_IN, Fraction(0))],
    ids=str,
)
def test_without_damping_a_trained_network_is_the_resnet_to_the_bit(trainable):
    network = build(trainable, stage_start="plain")
    assert same(network, build(PRERESNET))
    parameters = [b.step.parameter for b in network.blocks if isinstance(b.step, TrainedStep)]
    assert all(p.grad == 0 for p in parameters)


class PlainCNN(nn.Module):
    """The blocks of a network without any shortcut, written out."""

    def __init__(self, network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels):
        state = self.network.stem((pixels - 0.5) / 0.25)
        for block in self.network.blocks:
            for start in range(0, 6, 3):
                norm, activation, convolution = list(block.residual)[start : start + 3]
                state = convolution(activation(norm(state)))
        state = functional.relu(self.network.norm(state))
        return self.network.classifier(state.mean(dim=(2, 3)))


@pytest.mark.parametrize("method", [IN.at(0), LinearMultistep((0,), 1)], ids=str)
def test_fully_damped_it_is_the_plain_cnn_to_the_bit(method):
    ours = build(method)
    plain = PlainCNN(build(method))
    logits = [network(PIXELS) for network in (ours, plain)]
    assert torch.equal(*logits)
    for each in logits:
        each.square().sum().backward()
    for name, parameter in ours.named_parameters():
        other = dict(plain.network.named_parameters())[name]
        if ".projections." in name:  # the shortcut that counts for nothing
            assert parameter.grad is None or not parameter.grad.any()
        else:
            assert torch.equal(parameter.grad, other.grad), name
    almost = build(IN.at("1/1000"))
    assert not torch.equal(almost(PIXELS), logits[0])


@pytest.mark.parametrize(
    ("trainable", "low", "high"), [(IN_RESNET, 0.75, 0.8), (LAMBDA_IN_RESNET, 0.2, 0.25)]
)
def test_every_block_but_the_stages_first_learns_its_damping(trainable, low, high):
    network = build(trainable, 32, stage_start="plain", seed=3)
    learned = [isinstance(block.step, TrainedStep) for block in network.blocks]
    assert learned == ([False] + [True] * 4) * 3
    started = [b.step.parameter.item() for b in network.blocks if isinstance(b.step, TrainedStep)]
    assert all(low <= value <= high for value in started)
    assert len(set(started)) == len(started)
    network(PIXELS).square().sum().backward()
    assert all(p.grad.abs() > 0 for n, p in network.named_parameters() if n.endswith("parameter"))
    steps = network.description()["steps"]
    name = trainable.family.name
    assert steps[:2] == [[1, "starter (1; 1)"], [4, f"interior {name}({trainable.start}) trained"]]
    assert steps[2] == [1, "starter+transition (1; 1)"]


def test_bottlenecks_have_starts_of_their_own():
    network = build(IN_RESNET_164, 11, block="bottleneck")
    assert "in-resnet(U(0.8, 0.9)) trained" in str(network.description()["steps"])
    assert network(PIXELS).shape == (4, 10)


def test_a_plain_stage_start_of_a_method_with_history_leaves_no_dead_parameters():
    """The block hands y_n and y_{n−1} on, projected; an older state nobody would read."""
    network = build(ZEROSNET_OPT, stage_start="plain")
    assert [len(block.projections) for block in network.blocks] == [0, 0, 0, 2, 0, 0, 2, 0, 0]
    network(PIXELS).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize("value", [0.7, 0.3])
@pytest.mark.parametrize("family", [IN, LAMBDA_IN], ids=lambda family: family.name)
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_those_of_finite_differences(family, value, training):
    torch.manual_seed(0)
    step = TrainedStep(Trainable(family, Fraction(str(value))))
    block = MultistepBlock(Residual("basic", 2, 2, 1), step, 1).double().train(training)
    state = torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)

    def advanced(state, parameter):
        return torch.func.functional_call(block, {"step.parameter": parameter}, ([state],))[0]

    parameter = step.parameter.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(advanced, (state, parameter))


def test_a_fixed_and_a_trained_damping_compute_the_same():
    residual = Residual("basic", 4, 4, 1)
    state = torch.rand(2, 4, 4, 4)
    for family, value in ((IN, "3/4"), (LAMBDA_IN, "1/4")):
        fixed = MultistepBlock(residual, FixedStep(family.at(value)), 1)([state])[0]
        trained = TrainedStep(Trainable(family, Fraction(value)))
        torch.testing.assert_close(fixed, MultistepBlock(residual, trained, 1)([state])[0])
