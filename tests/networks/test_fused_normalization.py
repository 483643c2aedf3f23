"""Batch norm and ReLU as one operation: the framework's, to bfloat16's rounding."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from zerosnet.networks.fused import normalization
from zerosnet.networks.fused.layout import dense
from zerosnet.networks.fused.library import library
from zerosnet.networks.fused.normalization import norm_relu, norm_relu_and_state

needs_passes = pytest.mark.skipif(library() is None, reason="the passes cannot be compiled here")
#: bfloat16 has eight bits: half a unit in the last place, relative to the largest value.
HALF_UNIT = 2**-9
SHAPES = [(8, 16, 8, 8), (6, 32, 4, 8), (4, 64, 4, 4), (4, 128, 2, 3), (4, 256, 3, 1)]


def states(shape, seed=0, middle=1.0, spread=2.0):
    draw = torch.Generator().manual_seed(seed)
    return dense((middle + spread * torch.randn(shape, generator=draw)).bfloat16())


def norm_of(channels, seed=1, **options):
    draw = torch.Generator().manual_seed(seed)
    norm = nn.BatchNorm2d(channels, **options)
    with torch.no_grad():
        norm.weight.copy_(torch.rand(channels, generator=draw) + 0.5)
        norm.bias.copy_(torch.randn(channels, generator=draw))
        norm.running_mean.copy_(torch.randn(channels, generator=draw))
        norm.running_var.copy_(torch.rand(channels, generator=draw) + 0.5)
    return norm


def exactly(norm, state, gradient, other=None):
    """In float64, by the framework: (activated, gradients of state, weight, bias; its module)."""
    norm = copy.deepcopy(norm).double()
    state = state.detach().double().requires_grad_()
    activated = torch.relu(norm(state))
    reached = [activated] if other is None else [activated, state * 1]
    torch.autograd.backward(reached, [g.double() for g in (gradient, other) if g is not None])
    return activated.detach(), state.grad, norm.weight.grad, norm.bias.grad, norm


def assert_close(found, expected, rounding=HALF_UNIT, slack=1.05):
    """Every value rounded once, and arithmetic in float32 before that."""
    error = (found.double() - expected).abs()
    bound = slack * rounding * expected.abs() * 2 + 1e-5 * expected.abs().max()
    assert (error <= bound).all(), float((error - bound).max())


@needs_passes
@pytest.mark.parametrize("shape", SHAPES)
def test_in_training_it_is_the_frameworks(shape):
    state, gradient = states(shape).requires_grad_(), states(shape, seed=2, middle=0.0)
    norm = norm_of(shape[1])
    before = copy.deepcopy(norm)
    activated = norm_relu(norm, state)
    assert activated.dtype == torch.bfloat16
    activated.backward(gradient)
    expected, *gradients, module = exactly(before, state, gradient)
    assert_close(activated.detach(), expected)
    # At the edge of the ReLU rounding decides; there the gradient may be on the other side.
    edge = expected.abs().amin() == 0
    assert edge
    assert_close(state.grad, gradients[0])
    torch.testing.assert_close(norm.weight.grad.double(), gradients[1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norm.bias.grad.double(), gradients[2], rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(norm.running_mean.double(), module.running_mean, rtol=0, atol=1e-6)
    torch.testing.assert_close(norm.running_var.double(), module.running_var, rtol=1e-5, atol=0)
    assert norm.num_batches_tracked == 1


@needs_passes
@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 9),
    st.sampled_from([16, 32, 64, 128]),
    st.integers(1, 5),
    st.floats(-100, 100),
    st.floats(0.1, 20),
)
def test_statistics_lose_no_digits_to_the_mean(batch, channels, side, middle, spread):
    state = states((8 * batch, channels, side, side), middle=middle, spread=spread)
    norm = nn.BatchNorm2d(channels, momentum=1.0)
    norm_relu(norm, state)
    values = state.double().transpose(0, 1).flatten(1)
    torch.testing.assert_close(norm.running_mean.double(), values.mean(1), rtol=1e-6, atol=1e-6)
    # At most 256 values are added in float32, of the second moment around the channel's first.
    expected = values.var(1)
    bound = 256 * 2**-24 * (expected + (values[:, 0] - values.mean(1)).square())
    assert ((norm.running_var.double() - expected).abs() <= bound).all()


@needs_passes
def test_what_reaches_the_state_otherwise_is_added():
    shape = SHAPES[0]
    state = states(shape).requires_grad_()
    gradient, other = states(shape, seed=2, middle=0.0), states(shape, seed=3, middle=0.0)
    norm = norm_of(shape[1])
    before = copy.deepcopy(norm)
    activated, passed = norm_relu_and_state(norm, state)
    assert torch.equal(passed, state)
    torch.autograd.backward([activated, passed], [gradient, other])
    assert_close(state.grad, exactly(before, state, gradient, other)[1])


@needs_passes
def test_of_the_state_alone_the_gradient_is_handed_on():
    state = states(SHAPES[0]).requires_grad_()
    norm = norm_of(16)
    _, passed = norm_relu_and_state(norm, state)
    gradient = states(SHAPES[0], seed=2)
    passed.backward(gradient)
    assert torch.equal(state.grad, gradient)
    assert norm.weight.grad is None


@needs_passes
def test_a_gradient_of_another_layout_is_taken():
    """The average over the image hands back one value for all of its pixels."""
    state = states(SHAPES[0]).requires_grad_()
    norm = norm_of(16)
    before = copy.deepcopy(norm)
    norm_relu(norm, state).mean(dim=(2, 3)).sum().backward()
    gradient = torch.full_like(state, 1 / 64)
    assert_close(state.grad, exactly(before, state, gradient)[1])


@needs_passes
@pytest.mark.parametrize("shape", SHAPES)
def test_in_evaluation_it_is_the_frameworks(shape):
    norm, state = norm_of(shape[1]).eval(), states(shape)
    before = copy.deepcopy(norm.state_dict())
    with torch.no_grad():
        activated = norm_relu(norm, state)
        expected = torch.relu(copy.deepcopy(norm).double()(state.double()))
    assert_close(activated, expected)
    assert all(torch.equal(value, before[name]) for name, value in norm.state_dict().items())


@needs_passes
def test_statistics_at_rest_stay():
    norm = norm_of(16)
    before = copy.deepcopy(norm.state_dict())
    norm.track_running_stats = False
    moved = norm_relu(norm, states(SHAPES[0]))
    assert all(torch.equal(value, before[name]) for name, value in norm.state_dict().items())
    norm.track_running_stats = True
    assert torch.equal(norm_relu(norm, states(SHAPES[0])), moved)
    assert norm.num_batches_tracked == 1


@needs_passes
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_not_finite_spoils_its_channel_and_no_other(value):
    state = states(SHAPES[0])
    state[3, 5, 2, 2] = value
    norm = norm_of(16)
    activated = norm_relu(norm, state.requires_grad_())
    activated.backward(torch.ones_like(activated))
    spoilt = torch.arange(16) == 5
    for found in (activated.detach(), state.grad):
        assert torch.equal(found.isnan().transpose(0, 1).flatten(1).all(1), spoilt)
        assert torch.equal(found.isfinite().transpose(0, 1).flatten(1).all(1), ~spoilt)
    assert torch.equal(norm.running_var.isfinite(), ~spoilt)


@needs_passes
def test_a_constant_channel_is_its_bias():
    state = torch.full_like(states(SHAPES[0]), 3.0)
    norm = norm_of(16)
    activated = norm_relu(norm, state)
    expected = norm.bias.detach().relu().bfloat16().view(1, -1, 1, 1).expand_as(activated)
    assert torch.equal(activated, expected)


@needs_passes
def test_as_many_threads_give_the_same_bits_and_others_the_same_values():
    def step(threads):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            state = states(SHAPES[0]).requires_grad_()
            norm = norm_of(16)
            activated = norm_relu(norm, state)
            activated.backward(states(SHAPES[0], seed=2))
        finally:
            torch.set_num_threads(before)
        return activated.detach(), state.grad, norm.weight.grad, norm.running_var

    once, again, other = step(2), step(2), step(3)
    assert all(torch.equal(one, two) for one, two in zip(once, again, strict=True))
    for one, two in zip(once, other, strict=True):
        torch.testing.assert_close(one, two, rtol=2**-7, atol=1e-5)


def by_the_framework(state, norm, training=True):
    """What the module gives, and what the operation gives, on copies."""
    mine, theirs = copy.deepcopy(norm).train(training), copy.deepcopy(norm).train(training)
    return norm_relu(mine, state), torch.relu(theirs(state)), mine, theirs


@pytest.mark.parametrize(
    ("state", "training"),
    [
        (states((4, 16, 4, 4)).float(), True),
        (states((4, 16, 4, 4)).contiguous(), True),
        (states((4, 24, 4, 4)), True),
        (states((1, 16, 3, 3)), True),
        (states((4, 16, 4, 4)).requires_grad_(), False),
    ],
    ids=["float32", "channels outermost", "24 channels", "half a row", "attacked"],
)
def test_what_the_passes_do_not_take_the_module_does(state, training, monkeypatch):
    monkeypatch.setattr(normalization, "call", None)
    found, expected, mine, theirs = by_the_framework(state, norm_of(state.shape[1]), training)
    assert torch.equal(found, expected)
    assert torch.equal(mine.running_mean, theirs.running_mean)
    assert mine.num_batches_tracked == theirs.num_batches_tracked


def test_switched_off_the_module_does_it(monkeypatch):
    monkeypatch.setattr(normalization, "library", lambda: None)
    monkeypatch.setattr(normalization, "call", None)
    state = states((4, 16, 4, 4))
    found, expected, *_ = by_the_framework(state, norm_of(16))
    assert torch.equal(found, expected)


def test_one_value_a_channel_is_refused_as_the_module_does():
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        norm_relu(norm_of(128), states((1, 128, 1, 1)))


@pytest.mark.parametrize("training", [True, False])
def test_other_channels_than_the_norms_are_refused_as_the_module_does(training):
    norm = norm_of(16).train(training)
    with torch.no_grad(), pytest.raises(RuntimeError, match="should contain 32 elements not 16"):
        norm_relu(norm, states((4, 32, 4, 4)))
