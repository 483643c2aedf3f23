"""Stochastic depth: who is dropped, what a dropped block does, and that it resumes to the bit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from small import build, small_images, small_run

from zerosnet.data.seeds import generator_for
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import (
    IN,
    LM,
    LM_RESNET,
    PRERESNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
)
from zerosnet.networks.blocks import MultistepBlock, TrainedStep, step_of
from zerosnet.networks.network import MultistepNetwork
from zerosnet.networks.residuals import Residual
from zerosnet.networks.stochastic_depth import death_rates, drop_plans
from zerosnet.training import loop as training
from zerosnet.training.loop import train

CPU = torch.device("cpu")
HALF = Fraction(1, 2)
PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))


def test_death_rates_grow_from_none_to_one_minus_survival():
    assert death_rates(5, Fraction(4, 5)) == tuple(Fraction(i, 20) for i in range(5))
    rates = death_rates(54, HALF)
    assert (rates[0], rates[-1]) == (0, HALF)
    assert set(death_rates(9, Fraction(1))) == {0}


def test_blocks_are_dropped_as_often_as_their_rate_says():
    steps = 20_000
    plans = drop_plans(9, HALF, steps, generator_for("drops", 0, 0))
    assert len(plans) == steps
    for i, rate in enumerate(death_rates(9, HALF)):
        found = sum(i in plan for plan in plans) / steps
        # Four standard deviations of a proportion; a rate of 0 leaves no room.
        assert abs(found - rate) <= 4 * float(rate * (1 - rate) / steps) ** 0.5
    # One decision does not follow from another's.
    both = sum({7, 8} <= plan for plan in plans) / steps
    assert both == pytest.approx(float(HALF * HALF * Fraction(7, 8)), abs=0.015)


def test_drops_depend_on_seed_and_epoch_alone():
    plans = drop_plans(9, HALF, 50, generator_for("drops", 3, 7))
    assert plans == drop_plans(9, HALF, 50, generator_for("drops", 3, 7))
    assert plans != drop_plans(9, HALF, 50, generator_for("drops", 3, 8))
    assert plans != drop_plans(9, HALF, 50, generator_for("drops", 4, 7))


def block_of(method, survival=HALF, kept=None):
    torch.manual_seed(0)
    residual = Residual("basic", 4, 4, 1)
    return MultistepBlock(residual, step_of(method), kept or method.steps, survival=survival)


def states(count, dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    return list(torch.randn(count, 2, 4, 4, 4, generator=generator, dtype=dtype))


def test_a_dropped_euler_block_is_the_identity():
    (y,) = states(1)
    (new,) = block_of(PRERESNET)([y], dropped=True)
    assert torch.equal(new, y)


@pytest.mark.parametrize("method", [LM.at("-1/20"), ZEROSNET_OPT, IN.at("3/4")], ids=str)
def test_a_dropped_block_of_several_steps_still_mixes_its_history(method):
    history = states(method.steps)
    new, *older = block_of(method)([*history], dropped=True)
    expected = sum(float(a) * y for a, y in zip(method.alphas, history, strict=True))
    torch.testing.assert_close(new, expected)
    assert all(torch.equal(a, b) for a, b in zip(older, history, strict=False))
    assert not torch.equal(new, history[0])


def test_a_kept_block_is_divided_by_its_survival_in_training_only():
    (y,) = states(1)
    for mode, factor in ((True, 2), (False, 1)):
        block = block_of(PRERESNET).train(mode)
        torch.testing.assert_close(block([y])[0], y + factor * block.residual(y))


def test_a_dropped_blocks_batch_norms_rest_and_its_parameters_get_the_gradient_zero():
    block = block_of(LM_RESNET).train()
    before = {name: tensor.clone() for name, tensor in block.state_dict().items()}
    history = [state.requires_grad_() for state in states(2)]
    block(history, dropped=True)[0].square().sum().backward()
    assert all(torch.equal(tensor, before[name]) for name, tensor in block.state_dict().items())
    assert all(not p.grad.any() for p in block.residual.parameters())
    # The history's weights are learned in a dropped block, too.
    assert block.step.parameter.grad != 0
    block(states(2))
    assert not torch.equal(block.residual[0].running_mean, before["residual.0.running_mean"])


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("method", [PRERESNET, ZEROSNET_OPT, LM_RESNET], ids=lambda m: m.name)
def test_gradients_are_those_of_finite_differences(method, dropped):
    torch.manual_seed(0)
    block = MultistepBlock(Residual("basic", 2, 2, 1), step_of(method), method.steps, survival=HALF)
    if isinstance(block.step, TrainedStep):
        torch.nn.init.constant_(block.step.parameter, 0.3)
    block = block.double().train()
    names, parameters = zip(*block.named_parameters(), strict=True)
    history = [torch.randn(2, 2, 3, 3, dtype=torch.float64) for _ in range(method.steps)]

    def advanced(*values):
        given = dict(zip(names, values, strict=False))
        return torch.func.functional_call(block, given, ([*values[len(names) :]], dropped))[0]

    inputs = [x.detach().clone().requires_grad_() for x in (*parameters, *history)]
    assert torch.autograd.gradcheck(advanced, inputs)


def test_a_network_drops_what_it_is_told_in_training_and_nothing_in_evaluation():
    network, plain = build(ZEROSNET_OPT, survival=HALF), build(ZEROSNET_OPT)
    network.dropped = frozenset({4, 5})
    calls = []
    for i, block in enumerate(network.blocks):
        block.residual.register_forward_hook(lambda *_, i=i: calls.append(i))
    network(PIXELS).sum().backward()
    assert calls == [0, 1, 2, 3, 6, 7, 8]
    assert all(p.grad is not None for p in network.parameters())
    assert torch.equal(build(ZEROSNET_OPT, survival=HALF).eval()(PIXELS), plain.eval()(PIXELS))
    calls.clear()
    network.eval()(PIXELS)
    assert calls == list(range(9))


def test_a_transition_may_be_dropped():
    network = build(ZEROSNET_OPT, survival=HALF)
    network.dropped = frozenset({3, 6})
    assert network(PIXELS).shape == (4, 10)


@pytest.mark.parametrize("told", [None, frozenset({9})])
def test_a_training_step_without_decisions_is_refused(told):
    network = build(PRERESNET, survival=HALF)
    network.dropped = told
    with pytest.raises(SuiteError, match="stochastic depth with 9 blocks: set"):
        network(PIXELS)
    network.eval()(PIXELS)


@pytest.mark.parametrize("method", [PRERESNET, ZEROSNET_OPT, LM_RESNET], ids=lambda m: m.name)
def test_without_deaths_it_is_the_plain_network_to_the_bit(method):
    plain = build(method)
    network = build(method, survival=Fraction(1))
    network.dropped = drop_plans(9, Fraction(1), 1, generator_for("drops", 0, 0))[0]
    logits = [each(PIXELS) for each in (plain, network)]
    assert torch.equal(*logits)
    for each in logits:
        each.square().sum().backward()
    gradients = dict(plain.named_parameters())
    assert all(torch.equal(p.grad, gradients[n].grad) for n, p in network.named_parameters())
    assert network.description() == plain.description()


def test_survival_is_part_of_what_a_network_is():
    assert "survival" not in build(PRERESNET).description()
    assert build(PRERESNET, survival=Fraction(4, 5)).description()["survival"] == "4/5"


@pytest.mark.parametrize("survival", [Fraction(0), Fraction(-1, 2), Fraction(3, 2)])
def test_impossible_survivals_are_refused(survival):
    with pytest.raises(SuiteError, match=rf"survival {survival} is impossible: above 0, at most 1"):
        build(PRERESNET, survival=survival)


def test_imagenets_loop_drops_nothing():
    with pytest.raises(SuiteError, match="stochastic depth is for the CIFAR layout"):
        build(PRERESNET, 18, layout="imagenet", survival=HALF)


class StoppedError(Exception):
    """Stands for a kill."""


def dying_run(method=ZEROSNET_OPT, survival=HALF, **choices):
    run = small_run(method=method, depth=14, **choices)
    return replace(run, architecture=replace(run.architecture, survival=survival))


@pytest.mark.parametrize("method", [ZEROSNET_OPT, ZEROSNET_TRA], ids=["fixed", "trained"])
def test_a_run_stopped_after_every_epoch_ends_like_an_undisturbed_one(tmp_path, method):
    run, images = dying_run(method), small_images()

    def stop(_line):
        raise StoppedError

    whole = train(run, images, tmp_path / "whole", CPU, lambda _line: None)
    for _ in range(3):
        with pytest.raises(StoppedError):
            train(run, images, tmp_path / "parts", CPU, stop)
    resumed = train(run, images, tmp_path / "parts", CPU, lambda _line: None)
    assert all(torch.equal(resumed.last[name], whole.last[name]) for name in whole.last)
    assert resumed.history["train_loss"] == whole.history["train_loss"]


def test_training_drops_what_seed_and_epoch_say(tmp_path, monkeypatch):
    run, drawn, met = dying_run(epochs=2), [], []

    def draw(blocks, survival, steps, generator):
        drawn.append(drop_plans(blocks, survival, steps, generator))
        return drawn[-1]

    monkeypatch.setattr(training, "drop_plans", draw)
    told = MultistepNetwork._dropped_now

    def note(network):
        if network.training:
            met.append(network.dropped)
        return told(network)

    monkeypatch.setattr(MultistepNetwork, "_dropped_now", note)
    train(run, small_images(), tmp_path, CPU, lambda _line: None)
    assert drawn[0] != drawn[1]
    assert met == drawn[0] + drawn[1]
    for epoch, plans in enumerate(drawn):
        # 40 images in batches of 16, six blocks.
        assert plans == drop_plans(6, HALF, 3, generator_for("drops", run.seed, epoch))


@pytest.mark.parametrize("survival", [HALF, Fraction(1)])
def test_a_step_that_drops_blocks_is_never_captured(tmp_path, monkeypatch, survival):
    made = []

    def capture(step, batch):
        made.append(batch)
        return step

    monkeypatch.setattr(training, "captures_steps", lambda _device: True)
    monkeypatch.setattr(training, "CapturedStep", capture)
    run = dying_run(epochs=1, survival=survival)
    train(run, small_images(), tmp_path, CPU, lambda _line: None)
    assert made == ([] if survival == HALF else [16])


def test_drops_change_a_run_and_its_key(tmp_path):
    images = small_images()
    dying, plain = dying_run(epochs=1), dying_run(epochs=1, survival=Fraction(1))
    assert dying.key != plain.key == small_run(depth=14, epochs=1).key
    losses = [
        train(run, images, tmp_path / run.key, CPU, lambda _line: None).history["train_loss"]
        for run in (dying, plain)
    ]
    assert losses[0] != losses[1]
