"""The networks: one block for every method, labelled by what it computes."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from small import build
from torch import Tensor, nn
from torch.nn import functional

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import (
    EULER,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    PRERESNET,
    ZEROSNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
    Trainable,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.blocks import FixedStep, MultistepBlock
from zerosnet.networks.network import MultistepNetwork, count_parameters
from zerosnet.networks.residuals import Residual

TABLE10_ROW = LinearMultistep(("0.825", "-0.1", "0.275"), "1.45")


class PlainPreActivationBlock(nn.Module):
    """He et al. (2016), written out without any of the suite's parts."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(functional.relu(self.bn1(x)))
        return self.conv2(functional.relu(self.bn2(out))) + x


def test_a_preresnet_block_is_a_plain_pre_activation_block_to_the_bit():
    torch.manual_seed(3)
    plain = PlainPreActivationBlock(16)
    block = MultistepBlock(Residual("basic", 16, 16, 1), FixedStep(PRERESNET), kept=1)
    block.residual.load_state_dict(
        dict(zip(block.residual.state_dict(), plain.state_dict().values(), strict=True))
    )
    x = torch.randn(4, 16, 8, 8)
    x_plain, x_block = x.clone().requires_grad_(), x.clone().requires_grad_()
    out_plain = plain(x_plain)
    (out_block,) = block([x_block])
    assert torch.equal(out_plain, out_block)
    out_plain.square().sum().backward()
    out_block.square().sum().backward()
    assert torch.equal(x_plain.grad, x_block.grad)


def test_lm_block_is_the_lm_architecture():
    k = Fraction(1, 2)
    block = MultistepBlock(Residual("basic", 16, 16, 1), FixedStep(LM.at(k)), kept=2).eval()
    y, previous = torch.randn(2, 4, 16, 8, 8)
    with torch.no_grad():
        new, kept = block([y, previous])
        torch.testing.assert_close(new, 0.5 * y + 0.5 * previous + block.residual(y))
    assert kept.data_ptr() == y.data_ptr()  # not a copy


@pytest.mark.parametrize("method", [ZEROSNET_OPT, TABLE10_ROW, LM_CONSISTENT.at("1/2")], ids=str)
def test_changing_any_coefficient_changes_the_output(method):
    pixels = torch.rand(2, 3, 16, 16)
    reference = build(method)(pixels)
    for i in range(method.steps):
        alphas = list(method.alphas)
        alphas[i] += Fraction(1, 10)
        assert not torch.equal(build(LinearMultistep(alphas, method.beta))(pixels), reference)
    changed = LinearMultistep(method.alphas, method.beta + Fraction(1, 10))
    assert not torch.equal(build(changed)(pixels), reference)


@pytest.mark.parametrize("method", [PRERESNET, LM.at("1/2"), ZEROSNET_OPT, ZEROSNET_TRA])
@pytest.mark.parametrize(
    ("depth", "block", "history"),
    [
        *((depth, "basic", "project") for depth in (8, 20, 32)),
        (11, "bottleneck", "project"),
        # Three states in every stage.
        *((depth, "basic", "restart") for depth in (20, 32)),
        (29, "bottleneck", "restart"),
    ],
)
def test_every_network_runs_forward_and_backward(depth, block, method, history):
    network = build(method, depth, block=block, history=history)
    logits = network(torch.rand(2, 3, 8, 8))
    assert logits.shape == (2, 10)
    logits.square().sum().backward()
    unused = [name for name, p in network.named_parameters() if p.grad is None]
    assert not unused, "the suite's networks carry no dead parameters"


@pytest.mark.parametrize("side", [8, 28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_input_shapes(side, channels):
    network = build(ZEROSNET_OPT, channels=channels, classes=100)
    assert network(torch.rand(2, channels, side, side)).shape == (2, 100)


def test_what_is_no_image_of_the_network_is_refused():
    """One channel would be taken for each of three."""
    network = MultistepNetwork(
        Architecture(ZEROSNET_OPT, 8), mean=(0.5,) * 3, std=(0.25,) * 3, classes=10
    )
    with pytest.raises(SuiteError, match="pixels have 1 channels, the network 3"):
        network(torch.zeros(2, 1, 8, 8))
    assert "(1/3, 5/9, 1/9; 16/9)" in repr(network)


@pytest.mark.parametrize(
    "wrong", [{"std": (0.25,)}, {"std": (0.25, 0.25, 0.0)}, {"mean": (0.5,)}, {"classes": 0}]
)
def test_a_network_needs_a_mean_and_a_deviation_a_channel(wrong):
    given = {"mean": (0.5,) * 3, "std": (0.25,) * 3, "classes": 10, **wrong}
    with pytest.raises(SuiteError, match="need a number for each channel"):
        MultistepNetwork(Architecture(ZEROSNET_OPT, 8), **given)


@pytest.mark.parametrize("depth", [0, 2, 7, 21, -4])
def test_impossible_depths_are_refused_with_a_possible_one(depth):
    with pytest.raises(SuiteError, match=r"6n\+2, for example \d+ or \d+"):
        Architecture(PRERESNET, depth)


@pytest.mark.parametrize("wrong", [{"block": "wide"}, {"history": "forget"}, {"width": 0}], ids=str)
def test_unknown_parts_are_refused(wrong):
    with pytest.raises(SuiteError):
        Architecture(PRERESNET, 20, **wrong)


def roles(network: MultistepNetwork) -> list[str]:
    return [step.role for step in network.steps()]


def test_a_three_step_network_starts_with_two_euler_steps():
    network = build(ZEROSNET_OPT)
    steps = network.steps()
    expected = ["starter"] * 2 + ["interior"]
    expected += ["transition", "interior", "interior"] * 2
    assert roles(network) == expected
    assert [s.method for s in steps] == [PRERESNET] * 2 + [ZEROSNET_OPT] * 7
    assert [s.stage for s in steps] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_one_step_network_needs_no_starter():
    network = build(EULER.at("1/2"))
    assert {s.method for s in network.steps()} == {EULER.at("1/2")}
    assert "starter" not in " ".join(roles(network))


def test_restarting_the_history_makes_every_stage_start_anew():
    network = build(LM.at("1/2"), history="restart")
    stage = ["interior", "interior"]
    expected = ["starter", *stage, *(["starter+transition", *stage] * 2)]
    assert roles(network) == expected
    assert [s.method for s in network.steps() if "starter" in s.role] == [PRERESNET] * 3


def test_every_projected_state_has_a_projection_of_its_own():
    for method, projections in ((PRERESNET, 1), (LM.at("1/2"), 2), (ZEROSNET_OPT, 3)):
        transition = build(method, projection="bare").blocks[3]
        assert len(transition.projections) == projections
        assert all(isinstance(p, nn.Conv2d) and p.stride == (2, 2) for p in transition.projections)


def test_extra_parameters_of_zerosnet_are_only_for_downsampling():
    """Section 4.1 (C16), by counting."""
    zerosnet, preresnet = build(ZEROSNET_OPT, 56), build(PRERESNET, 56)
    elsewhere, projections = [], []
    for network in (zerosnet, preresnet):
        projections.append(sum(count_parameters(block.projections) for block in network.blocks))
        elsewhere.append(count_parameters(network) - projections[-1])
    assert elsewhere[0] == elsewhere[1]
    # Three bare projections a transition; one behind the norm of 16 or 32 channels.
    assert projections == [3 * (16 * 32 + 32 * 64), 16 * 32 + 32 * 64 + 2 * (16 + 32)]


def test_a_label_comes_from_the_coefficients_that_are_used():
    """The released code labelled runs with coefficients that it never used."""
    network = build(ZEROSNET_OPT)
    before = network.description()
    network.blocks[4].step.method = LEAPFROG
    after = network.description()
    assert before != after
    assert network.steps()[4].method == LEAPFROG
    pixels = torch.rand(2, 3, 8, 8)
    assert not torch.equal(network(pixels), build(ZEROSNET_OPT)(pixels))


def test_a_trained_step_says_which_method_it_has_become():
    network = build(ZEROSNET_TRA)
    trained = [s.method for s in network.steps() if s.role != "starter"]
    assert set(trained) == {ZEROSNET.at(1)}
    with torch.no_grad():
        network.blocks[-1].step.parameter.fill_(-1.75)
    assert network.steps()[-1].method == ZEROSNET.at("-7/4")


def test_zerosnet_tra_trains_one_parameter_a_block_from_the_third_on():
    network = build(ZEROSNET_TRA)
    names = [name for name, _ in network.named_parameters() if name.endswith("step.parameter")]
    assert names == [f"blocks.{i}.step.parameter" for i in range(2, 9)]
    network(torch.rand(2, 3, 8, 8)).square().sum().backward()
    assert all(p.grad != 0 for n, p in network.named_parameters() if n in names)


def test_fixed_and_trained_steps_compute_the_same():
    pixels = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(build(ZEROSNET_TRA)(pixels), build(ZEROSNET.at(1))(pixels))


def test_the_seed_fixes_the_weights_whatever_the_coefficients_are():
    same = build(TABLE10_ROW, seed=1).state_dict()
    for name, tensor in build(ZEROSNET_OPT, seed=1).state_dict().items():
        assert torch.equal(tensor, same[name])
    other = build(ZEROSNET_OPT, seed=2).state_dict()
    assert not torch.equal(other["stem.weight"], same["stem.weight"])


def test_initial_weights_have_the_released_scale():
    network = build(PRERESNET, 56, seed=5)
    weight = network.blocks[-1].residual[5].weight
    assert weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=1e-3)


def test_pixels_are_normalized_inside_the_network():
    network = build(PRERESNET).eval()
    seen = []
    network.stem.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.full((1, 3, 8, 8), 0.75))
    assert torch.equal(seen[0], torch.ones(1, 3, 8, 8))


def test_building_a_network_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    build(PRERESNET, seed=7)
    assert torch.equal(torch.random.get_rng_state(), before)


class PlainResNetBlock(nn.Module):
    """He et al. (2015), option A, written out without any of the suite's parts."""

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.inputs, self.channels, self.stride = inputs, channels, stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.inputs != self.channels:
            zeros = torch.zeros(len(x), self.channels - self.inputs, *out.shape[2:])
            x = torch.cat([x[:, :, :: self.stride, :: self.stride], zeros], dim=1)
        return functional.relu(out + x)


def test_the_post_activated_resnet_is_he_et_als():
    ours = build(PRERESNET, 20, activation="post").eval()
    stem, bn = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
    stem.load_state_dict(ours.stem.state_dict())
    bn.load_state_dict(ours.norm.state_dict())
    plain = nn.Sequential(stem, bn, nn.ReLU())
    channels = 16
    for block in ours.blocks:
        width = block.residual[0].out_channels
        copy = PlainResNetBlock(channels, width, block.residual[0].stride[0])
        for name, part in zip(("conv1", "bn1", "conv2", "bn2"), (0, 1, 3, 4), strict=True):
            getattr(copy, name).load_state_dict(block.residual[part].state_dict())
        plain.append(copy)
        channels = width
    plain.eval()
    pixels = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    expected = ours.classifier(plain((pixels - 0.5) / 0.25).mean(dim=(2, 3)))
    assert torch.allclose(ours(pixels), expected, atol=1e-5)
    # 0.27 M, as He et al. print: the shortcuts have no parameters.
    assert count_parameters(ours) == 269722


def test_keys_know_the_choices_that_came_later_only_where_they_were_made():
    assert "activation" not in build(PRERESNET).description()
    assert "layout" not in build(PRERESNET).description()
    assert build(PRERESNET, activation="post").description()["activation"] == "post"


def trained_parameters(network):
    return [b.step.parameter.item() for b in network.blocks if hasattr(b.step, "parameter")]


def test_lm_resnet_starts_where_lu_et_al_start_it():
    network = build(LM_RESNET, 56, history="restart", seed=3)
    started = trained_parameters(network)
    # All but the first block of each stage, which is a starter.  The code stores 1 − k.
    assert len(started) == 27 - 3
    assert all(1 <= stored <= 1.1 for stored in started)
    assert all(-0.1 <= b.step.value <= 0 for b in network.blocks if hasattr(b.step, "parameter"))
    assert max(started) - min(started) > 0.05
    again = build(LM_RESNET, 56, history="restart", seed=3)
    assert [
        b.step.parameter.item() for b in again.blocks if hasattr(b.step, "parameter")
    ] == started
    other = build(LM_RESNET, 56, history="restart", seed=4)
    assert other.blocks[1].step.parameter.item() != started[0]
    assert "interior lm(U(-0.1, 0), stored as 1 - k) trained" in str(network.description()["steps"])


def test_an_lm_resnet_whose_k_is_0_is_the_resnet_to_the_bit():
    pixels = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    trained, plain = build(Trainable(LM, Fraction(0)), history="restart"), build(PRERESNET)
    assert torch.equal(trained(pixels), plain(pixels))
    for network in (trained, plain):
        network(pixels).square().sum().backward()
    gradients = dict(trained.named_parameters())
    assert all(torch.equal(p.grad, gradients[n].grad) for n, p in plain.named_parameters())
    assert all(b.step.parameter.grad != 0 for b in trained.blocks if hasattr(b.step, "parameter"))


def test_the_other_start_of_lm_resnet_lies_outside_the_stable_region():
    network = build(LM_RESNET_UNSTABLE, 32, history="restart", seed=3)
    started = trained_parameters(network)
    assert len(started) == 15 - 3
    assert all(-0.1 <= stored <= 0 for stored in started)
    assert not any(
        is_zero_stable(step.method) for step in network.steps() if step.role == "interior"
    )
    assert "interior lm(U(1, 1.1), stored as 1 - k) trained" in str(network.description()["steps"])


def test_weight_decay_draws_k_of_lm_resnet_to_1_and_that_of_other_families_to_0():
    for trainable, end in ((LM_RESNET, 1.0), (Trainable(LM, Fraction(1, 2)), 0.0)):
        network = build(trainable, 20, history="restart")
        (step, *_) = [b.step for b in network.blocks if hasattr(b.step, "parameter")]
        optimizer = torch.optim.SGD([step.parameter], lr=1.0, weight_decay=0.5)
        step.parameter.grad = torch.zeros(())
        for _ in range(30):
            optimizer.step()
        assert float(step.value) == pytest.approx(end, abs=1e-6)


def test_initial_weights_are_those_of_the_released_code():
    """Convolutions from N(0, 2/(k²·c_out)), the classifier as PyTorch starts it."""
    network = build(PRERESNET, width=64, classes=100)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            outputs, _, kernel, _ = layer.weight.shape
            deviation = (2 / (kernel**2 * outputs)) ** 0.5
            assert layer.weight.std().item() == pytest.approx(deviation, rel=0.1)
    bound = network.classifier.in_features**-0.5
    for tensor in (network.classifier.weight, network.classifier.bias):
        assert 0.9 * bound < tensor.abs().max().item() <= bound


def test_drawn_coefficients_leave_the_weights_alone():
    fixed = build(LM.at("1/2"), 20, history="restart", seed=5)
    drawn = build(LM_RESNET, 20, history="restart", seed=5)
    for name, tensor in fixed.state_dict().items():
        assert torch.equal(drawn.state_dict()[name], tensor)


@pytest.mark.parametrize(
    ("depth", "block", "features"),
    [(18, "basic", 512), (34, "basic", 512), (50, "bottleneck", 2048)],
)
@pytest.mark.parametrize("method", [PRERESNET, ZEROSNET_OPT], ids=str)
def test_imagenet_networks(depth, block, features, method):
    network = build(method, depth, block=block, width=64, layout="imagenet", classes=1000)
    with torch.no_grad():
        assert network.eval()(torch.rand(1, 3, 64, 64)).shape == (1, 1000)
    assert network.classifier.in_features == features
    assert len(network.steps()) == sum(Architecture(method, depth, block, layout="imagenet").stages)
    assert network.steps()[-1].method == method
    assert network.description()["layout"] == "imagenet"


def test_imagenet_networks_have_about_the_usual_numbers_of_parameters():
    """He et al.: 11.7, 21.8 and 25.6 million."""
    for depth, block, millions in (
        (18, "basic", 11.7),
        (34, "basic", 21.8),
        (50, "bottleneck", 25.6),
    ):
        network = build(PRERESNET, depth, block=block, width=64, layout="imagenet", classes=1000)
        assert count_parameters(network) / 1e6 == pytest.approx(millions, abs=0.1)
