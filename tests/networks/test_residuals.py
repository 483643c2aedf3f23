"""Residual functions and what is composed of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from small import build
from torch import nn

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import EULER, LM_RESNET, PRERESNET, ZEROSNET_OPT
from zerosnet.networks.blocks import FixedStep, MultistepBlock
from zerosnet.networks.network import count_parameters
from zerosnet.networks.residuals import Fractal, Poly2, PostActivatedResidual, Residual, poly2

PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))


def functions(count, channels=4):
    torch.manual_seed(0)
    return [Residual("basic", channels, channels, 1) for _ in range(count)]


def state_of(channels=4, dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, channels, 3, 3, generator=generator, dtype=dtype)


@pytest.mark.parametrize("scale", [1.0, 1.0 / 3])
def test_every_f_is_scaled(scale):
    state = state_of()
    (one,) = functions(1)
    for f in (
        one,
        Residual("bottleneck", 4, 1, 1, inner=6, groups=3),
        PostActivatedResidual(4, 4, 1),
        Poly2(one),
        Fractal(*functions(3)),
    ):
        torch.testing.assert_close(f(state, scale), scale * f(state))


def test_polynets_block_uses_one_f_twice():
    (f,) = functions(1)
    y = state_of()
    block = MultistepBlock(Poly2(f), FixedStep(PRERESNET), 1)
    torch.testing.assert_close(block([y])[0], y + f(y) + f(f(y)))
    assert count_parameters(block) == count_parameters(f)
    before = f[0].num_batches_tracked.clone()
    block([y])
    assert f[0].num_batches_tracked == before + 2


def test_polynets_second_call_has_batch_norms_of_its_own():
    (f,) = functions(1)
    composed = poly2(f)
    y = state_of()
    # At the start both calls have the same norms, and running statistics are of one input each.
    torch.testing.assert_close(composed(y), f(y) + f(f(y)))
    assert count_parameters(composed) == count_parameters(f) + 2 * (4 + 4)
    f[0].reset_running_stats()
    composed.norms[0].reset_running_stats()
    composed(y)
    inner = f(y)
    assert f[0].num_batches_tracked == 2  # composed(y) and f(y)
    assert composed.norms[0].num_batches_tracked == 1
    expected = 0.1 * inner.mean((0, 2, 3))
    torch.testing.assert_close(composed.norms[0].running_mean, expected)
    nn.init.constant_(composed.norms[0].weight, 2.0)
    norms = tuple(composed.norms)
    torch.testing.assert_close(composed(y), f(y) + f(f(y), norms=norms))
    assert not torch.allclose(composed(y), f(y) + f(f(y)))


def test_fractalnets_block_is_the_mean_of_two_columns_of_euler_steps():
    f, g, h = functions(3)
    y = state_of()
    block = MultistepBlock(Fractal(f, g, h), FixedStep(PRERESNET), 1)
    middle = y + g(y)
    torch.testing.assert_close(block([y])[0], ((y + f(y)) + (middle + h(middle))) / 2)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kind", ["poly-2", "fractal", "grouped"])
def test_gradients_are_those_of_finite_differences(kind, training):
    torch.manual_seed(0)
    made = {
        "poly-2": lambda: Poly2(*functions(1, 2)),
        "fractal": lambda: Fractal(*functions(3, 2)),
        "grouped": lambda: Residual("bottleneck", 4, 1, 1, inner=4, groups=2),
    }[kind]()
    block = MultistepBlock(made, FixedStep(PRERESNET), 1).double().train(training)
    names, parameters = zip(*block.named_parameters(), strict=True)

    def advanced(state, *values):
        given = dict(zip(names, values, strict=True))
        return torch.func.functional_call(block, given, ([state],))[0]

    state = state_of(4 if kind == "grouped" else 2, torch.float64)
    inputs = [x.detach().clone().requires_grad_() for x in (state, *parameters)]
    assert torch.autograd.gradcheck(advanced, inputs)


@pytest.mark.parametrize(("composition", "kind"), [("poly-2", Poly2), ("fractal", Fractal)])
def test_blocks_that_keep_the_shape_are_composed(composition, kind):
    network = build(PRERESNET, composition=composition)
    composed = [isinstance(block.residual, kind) for block in network.blocks]
    assert composed == [True, True, True, *[False, True, True] * 2]
    network(PIXELS).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())
    assert network.description()["composition"] == composition
    plain = build(PRERESNET)
    assert "composition" not in plain.description()
    more = count_parameters(network) - count_parameters(plain)
    # The batch norms of the second call: four numbers a channel of the eight composed blocks.
    assert composition == "fractal" or more == 4 * sum(
        block.residual.norms[0].num_features
        for block in network.blocks
        if hasattr(block.residual, "norms")
    )


def test_a_fractal_of_nothing_but_its_short_column_is_half_an_euler_step():
    f, *others = functions(3)
    for other in others:
        nn.init.zeros_(other[5].weight)
    y = state_of()
    torch.testing.assert_close(Fractal(f, *others)(y), f(y) / 2)


def test_composed_blocks_survive_and_die():
    network = build(PRERESNET, composition="fractal", survival=Fraction(1, 2))
    network.dropped = frozenset({1, 8})
    network(PIXELS).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize(
    ("method", "shape"),
    [(ZEROSNET_OPT, {}), (EULER.at("1/2"), {}), (PRERESNET, {"activation": "post"})],
    ids=str,
)
def test_only_pre_activated_euler_steps_are_composed(method, shape):
    with pytest.raises(SuiteError, match="composition poly-2 is of pre-activated Euler steps"):
        build(method, composition="poly-2", **shape)


# ResNeXt


def original_resnext(groups, width, classes):
    """Parameters of ResNeXt-29 (Xie et al. 2017), post-activated, counted by its definition."""
    count, inputs = 3 * 64 * 9 + 2 * 64, 64
    for stage in range(3):
        inner, outputs = groups * width * 2**stage, 256 * 2**stage
        for _ in range(3):
            count += inputs * inner + inner * (inner // groups) * 9 + inner * outputs
            count += 2 * (inner + inner + outputs)  # a batch norm behind each convolution
            count += (inputs * outputs + 2 * outputs) * (inputs != outputs)
            inputs = outputs
    return count + inputs * classes + classes


def test_resnext_29_has_the_known_number_of_parameters():
    """34.4 and 68.1 million (8×64d, 16×64d) are recalled."""
    assert original_resnext(8, 64, 10) / 1e6 == pytest.approx(34.4, abs=0.05)
    assert original_resnext(16, 64, 10) / 1e6 == pytest.approx(68.1, abs=0.06)
    ours = build(PRERESNET, 29, block="bottleneck", width=64, groups=8)
    # Pre-activated, it differs by batch norms alone, each of two numbers a channel: they stand
    # before the convolutions, before every projection and before the classifier.
    theirs = 64 + sum((3 + 1) * channels for channels in (256, 512, 1024))
    before_blocks = (64 + 256 + 256) + (256 + 512 + 512) + (512 + 1024 + 1024)
    before_projections = 64 + 256 + 512
    difference = 2 * (before_blocks + before_projections + 1024 - theirs)
    assert count_parameters(ours) - original_resnext(8, 64, 10) == difference == -1920


def test_lm_resnext_is_the_lm_method_with_groups():
    network = build(
        LM_RESNET, 29, block="bottleneck", width=8, groups=4, group_width=2, history="restart"
    )
    convolution = network.blocks[4].residual[5]
    assert (convolution.groups, convolution.in_channels) == (4, 16)
    description = network.description()
    assert (description["groups"], description["group_width"]) == (4, 2)
    assert "lm(U(-0.1, 0), stored as 1 - k) trained" in str(description["steps"])
    network(PIXELS).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_groups_of_the_usual_width_need_not_say_so():
    shape = {"depth": 11, "block": "bottleneck", "width": 8, "groups": 2}
    implicit, explicit = build(PRERESNET, **shape), build(PRERESNET, **shape, group_width=8)
    assert implicit.description() == explicit.description()
    assert "groups" not in build(PRERESNET, 11, block="bottleneck").description()
    one_group = build(PRERESNET, 11, block="bottleneck", groups=1)
    plain = build(PRERESNET, 11, block="bottleneck")
    assert torch.equal(one_group(PIXELS), plain(PIXELS))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"depth": 20, "groups": 2}, "basic blocks have no groups: bottlenecks have"),
        ({"depth": 20, "group_width": 4}, "basic blocks have no groups"),
        ({"depth": 29, "block": "bottleneck", "groups": 0}, "groups 0 of width None are imposs"),
        ({"depth": 29, "block": "bottleneck", "group_width": 0}, "groups 1 of width 0 are imposs"),
    ],
)
def test_impossible_groups_are_refused(shape, message):
    with pytest.raises(SuiteError, match=message):
        build(PRERESNET, **shape)
