"""Noise injection: what is added, when, and that it resumes to the bit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from small import build, small_images, small_run

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LM_RESNET, PRERESNET, REVNET, ZEROSNET_OPT
from zerosnet.networks.noise_injection import noise_generator, with_noise
from zerosnet.training.loop import train

CPU = torch.device("cpu")
PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(2))
LEVEL = Fraction(1, 4)


def noisy_run(**recipe):
    run = small_run(**recipe)
    return replace(run, architecture=replace(run.architecture, noise=LEVEL))


def test_noise_is_uniform_from_nothing_to_the_level():
    state = torch.zeros(64, 4, 8, 8)
    found = with_noise(state, 0.25, noise_generator(0, 0, CPU))
    assert found.min() >= 0
    assert found.max() <= 0.25
    assert found.mean().item() == pytest.approx(0.125, abs=2e-3)
    assert found.std().item() == pytest.approx(0.25 / 12**0.5, abs=2e-3)


def test_the_gradient_passes_as_it_is():
    state = torch.ones(2, 3, requires_grad=True)
    with_noise(state, 0.5, noise_generator(0, 0, CPU)).sum().backward()
    assert torch.equal(state.grad, torch.ones(2, 3))


def test_noise_depends_on_seed_and_epoch_alone():
    def draw(seed, epoch):
        return torch.rand(8, generator=noise_generator(seed, epoch, CPU))

    assert torch.equal(draw(3, 7), draw(3, 7))
    assert not torch.equal(draw(3, 7), draw(3, 8))
    assert not torch.equal(draw(3, 7), draw(4, 7))


@pytest.mark.parametrize("method", [PRERESNET, LM_RESNET, ZEROSNET_OPT])
def test_every_new_state_gets_it_in_training_alone(method):
    """A plain network whose blocks' new states are raised by the same draws."""
    history = "restart" if method is LM_RESNET else "project"
    noisy = build(method, width=4, history=history, noise=LEVEL)
    plain = build(method, width=4, history=history)
    noisy.eval(), plain.eval()
    assert torch.equal(noisy(PIXELS), plain(PIXELS))
    noisy.train(), plain.train()
    generator = noise_generator(1, 2, CPU)
    for block in plain.blocks:
        block.register_forward_hook(
            lambda _block, _inputs, states: [
                states[0]
                + torch.empty_like(states[0]).uniform_(0, float(LEVEL), generator=generator),
                *states[1:],
            ]
        )
    noisy.noise_generator = noise_generator(1, 2, CPU)
    assert torch.equal(noisy(PIXELS), plain(PIXELS))
    noisy.noise_generator = noise_generator(1, 3, CPU)
    assert not torch.equal(noisy(PIXELS), plain(PIXELS))


def test_training_without_a_generator_is_refused():
    network = build(PRERESNET, width=4, noise=LEVEL).train()
    with pytest.raises(SuiteError, match="set the network's noise generator"):
        network(PIXELS)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"noise": Fraction(-1, 2)}, "noise -1/2 is impossible: at least 0"),
        ({"noise": LEVEL, "memory": "recomputed"}, "with stored states"),
        ({"noise": LEVEL, "depth": 18, "width": 64, "layout": "imagenet"}, "the CIFAR layout"),
    ],
)
def test_what_has_no_noise_is_refused(shape, message):
    with pytest.raises(SuiteError, match=message):
        build(REVNET, **{"depth": 20, **shape})


def test_noise_is_part_of_the_key_and_of_the_label():
    noisy, plain = noisy_run(), small_run()
    assert noisy.key != plain.key
    assert "noise" not in plain.configuration["network"]
    assert noisy.configuration["network"]["noise"] == "1/4"
    assert "noise of 0.25 after every block" in noisy.label


def test_a_resumed_training_draws_what_the_undisturbed_one_does(tmp_path):
    whole = train(noisy_run(), small_images(), tmp_path / "a", CPU, lambda _line: None)

    def stop(line):
        if line.startswith("epoch 2/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(noisy_run(), small_images(), tmp_path / "b", CPU, stop)
    resumed = train(noisy_run(), small_images(), tmp_path / "b", CPU, lambda _line: None)
    assert all(torch.equal(whole.last[name], resumed.last[name]) for name in whole.last)
    plain = train(small_run(), small_images(), tmp_path / "c", CPU, lambda _line: None)
    assert not all(torch.equal(whole.last[name], plain.last[name]) for name in whole.last)
