"""Leapfrog under its four names, reversed, and trained without stored states."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from small import build, small_images, small_run
from torch import nn

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import (
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    PRERESNET,
    REVNET,
    ZEROSNET,
    Trainable,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.blocks import MultistepBlock, step_of
from zerosnet.networks.residuals import Residual
from zerosnet.networks.reversible import leapfrog
from zerosnet.training.loop import train

DTYPES = [torch.float32, torch.float64]
PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def run_of(count, dtype=torch.float64, channels=4):
    torch.manual_seed(0)
    residuals = [Residual("basic", channels, channels, 1).to(dtype) for _ in range(count)]
    newest, older = torch.randn(2, 2, channels, 4, 4, dtype=dtype)
    return residuals, [1.0] * count, newest, older


def plainly(residuals, betas, newest, older):
    """All states of a run, the given two first."""
    states = [older, newest]
    for residual, beta in zip(residuals, betas, strict=True):
        states.append(states[-2] + residual(states[-1], beta))
    return states


def logits_and_gradients(network, pixels=PIXELS):
    dtype = next(network.parameters()).dtype
    logits = network(pixels.to(dtype))
    logits.square().sum().backward()
    return logits, {name: p.grad for name, p in network.named_parameters()}


# The four names


@pytest.mark.parametrize("history", ["project", "restart"])
def test_leapfrog_zerosnet_and_the_consistent_lm_are_one_network(history):
    """All start with one Euler step: ZeroSNet's third coefficient is 0 at λ = −1."""
    logits = {
        str(method): build(method, history=history)(PIXELS.float())
        for method in (LEAPFROG, ZEROSNET.at(-1), LM_CONSISTENT.at(1), LinearMultistep((0, 1), 2))
    }
    first, *others = logits.values()
    assert all(torch.equal(first, other) for other in others)
    assert torch.equal(
        build(REVNET, history=history)(PIXELS.float()),
        build(LM.at(1), history=history)(PIXELS.float()),
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_revnet_is_leapfrog_with_twice_its_f_to_the_bit(dtype):
    revnet, ours = build(REVNET).to(dtype), build(LEAPFROG).to(dtype)
    pixels = PIXELS.to(dtype)
    assert not torch.equal(revnet(pixels), ours(pixels))
    with torch.no_grad():
        for block in revnet.blocks:
            if "starter" not in block.role:  # its Euler step has no β of 2
                block.residual[5].weight *= 2
    assert torch.equal(revnet(pixels), ours(pixels))


def test_trained_lm_blocks_at_k_1_are_revnets():
    trained = build(Trainable(LM, Fraction(1))).double()
    torch.testing.assert_close(
        trained(PIXELS), build(REVNET).double()(PIXELS), rtol=1e-12, atol=1e-12
    )


def test_two_interleaved_streams_are_leapfrog_to_the_bit():
    """Gomez et al. 2017: y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁); the streams start as they like."""
    residuals, betas, second, first = run_of(6)
    one, two = first, second
    for f, g in zip(residuals[::2], residuals[1::2], strict=True):
        one = one + f(two)
        two = two + g(one)
    newest, older = leapfrog(residuals, betas, second, first)
    assert torch.equal(newest, two)
    assert torch.equal(older, one)


# Reversal


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-3), (torch.float64, 1e-11)])
@pytest.mark.parametrize("training", [False, True])
def test_earlier_states_are_recomputed_from_the_last_two(dtype, tolerance, training):
    """As the backward pass hands them to each f once more, the last first."""
    residuals, betas, newest, older = run_of(18, dtype)
    read = []
    for residual in residuals:
        residual.train(training)
        residual.register_forward_pre_hook(lambda _f, inputs: read.append(inputs[0].detach()))
    newest.requires_grad_()
    one, two = leapfrog(residuals, betas, newest, older)
    expected = [state.clone() for state in read]
    (one.sum() + two.sum()).backward()
    recomputed = read[: len(expected) - 1 : -1]
    for state, right in zip(recomputed, expected, strict=True):
        assert (state - right).abs().max() < tolerance
    assert not all(map(torch.equal, recomputed, expected))  # recomputed, not kept


def statistics(modules):
    return [buffer.clone() for module in modules for buffer in module.buffers()]


# Gradients


@pytest.mark.parametrize("count", [1, 2, 5])
def test_gradients_of_a_run_are_those_of_its_blocks(count):
    found = []
    for compute in (lambda *run: leapfrog(*run), lambda *run: plainly(*run)[:-3:-1]):
        residuals, betas, newest, older = run_of(count)
        newest.requires_grad_()
        older.requires_grad_()
        one, two = compute(residuals, betas, newest, older)
        (one.square().sum() + 3 * two.sin().sum()).backward()
        found.append(
            [one, two, newest.grad, older.grad]
            + [p.grad for residual in residuals for p in residual.parameters()]
            + statistics(residuals)
        )
    ours, theirs = found
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-10)


def test_a_run_of_which_one_state_is_read_or_nothing_is_trained():
    for state in (0, 1):
        residuals, betas, newest, older = run_of(3)
        for parameter in residuals[1].parameters():
            parameter.requires_grad_(False)
        newest.requires_grad_()
        leapfrog(residuals, betas, newest, older)[state].sum().backward()
        (expected,) = torch.autograd.grad(
            plainly(residuals, betas, newest, older)[-1 - state].sum(), newest
        )
        torch.testing.assert_close(newest.grad, expected, rtol=1e-10, atol=1e-10)
        assert all(p.grad is None for p in residuals[1].parameters())


@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_those_of_finite_differences(training):
    residuals, betas, newest, older = run_of(2, channels=2)
    run = nn.ModuleList(residuals).train(training)
    inputs = [x[:, :, :3, :3].clone().requires_grad_() for x in (newest, older)]
    weights = list(run.parameters())

    def advanced(newest, older, *_weights):
        return leapfrog(residuals, betas, newest, older)

    assert torch.autograd.gradcheck(advanced, (*inputs, *weights))


@pytest.mark.parametrize("method", [REVNET, LEAPFROG], ids=str)
@pytest.mark.parametrize("history", ["project", "restart"])
@pytest.mark.parametrize("training", [False, True])
def test_a_network_that_recomputes_has_the_same_outputs_and_gradients(method, history, training):
    stored, recomputed = (
        build(method, history=history, memory=memory).double().train(training)
        for memory in ("stored", "recomputed")
    )
    (ours, gradients), (theirs, expected) = map(logits_and_gradients, (recomputed, stored))
    assert torch.equal(ours, theirs)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-10, atol=1e-10)
    for name, tensor in stored.state_dict().items():
        assert torch.equal(tensor, recomputed.state_dict()[name]), name


def test_a_lower_precision_is_that_of_the_forward_pass():
    found = []
    for memory in ("stored", "recomputed"):
        network = build(REVNET, memory=memory)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(PIXELS.float())
        logits.float().square().sum().backward()
        found.append((logits, network.blocks[1].residual[2].weight.grad))
    assert torch.equal(found[0][0], found[1][0])
    one, two = found[0][1], found[1][1]
    assert nn.functional.cosine_similarity(one.flatten(), two.flatten(), dim=0) > 0.98


# Runs


def test_memory_is_part_of_what_a_network_is():
    assert "memory" not in build(REVNET).description()
    assert build(REVNET, memory="recomputed").description()["memory"] == "recomputed"


@pytest.mark.parametrize("method", [PRERESNET, LM.at("1/2"), Trainable(LM, Fraction(1))], ids=str)
def test_what_cannot_be_reversed_is_refused(method):
    with pytest.raises(SuiteError, match=r"memory recomputed needs y_{n\+1} = y_{n−1} \+ β f"):
        build(method, memory="recomputed")


def test_recomputing_networks_train(tmp_path):
    losses = []
    for memory in ("stored", "recomputed"):
        run = small_run(method=REVNET, depth=20, epochs=1)
        run = replace(run, architecture=replace(run.architecture, memory=memory))
        trained = train(
            run, small_images(), tmp_path / memory, torch.device("cpu"), lambda _line: None
        )
        losses.append(trained.history["train_loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_a_block_and_a_run_of_one_are_the_same():
    residuals, betas, newest, older = run_of(1)
    block = MultistepBlock(residuals[0], step_of(REVNET), 2)
    for one, two in zip(
        block([newest, older]), leapfrog(residuals, betas, newest, older), strict=True
    ):
        assert torch.equal(one, two)
