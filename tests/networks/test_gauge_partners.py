"""Gauge partners: one function of pixels and parameters, with other roots."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from torch import nn

from zerosnet.experiments import comparisons
from zerosnet.experiments.rows import all_tables
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LM, LM_RESNET, PRERESNET, REVNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.networks import network
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.theory.gauge import gauge_partner, stable_gauge

PIXELS = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
UNSTABLE = LinearMultistep((1, 1, 1), 1, "all ones")


def outcome(architecture, training, eps=1e-60, dtype=torch.float64):
    """Logits, and all gradients in one vector."""
    network = MultistepNetwork(architecture, mean=(0.5,) * 3, std=(0.25,) * 3, classes=10).to(dtype)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = eps
            generator = torch.Generator().manual_seed(3)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.uniform_(module.bias, -0.5, 0.5, generator=generator)
            if not training:  # statistics of a batch, in place of those at the start
                module.momentum = 1.0
    if not training:
        with torch.no_grad():
            network(PIXELS.to(dtype))
    network.train(training)
    logits = network(PIXELS.to(dtype))
    logits.square().sum().backward()
    gradients = [parameter.grad.flatten() for parameter in network.parameters()]
    return logits.detach(), torch.cat(gradients)


def difference(first, second):
    return max(float((a - b).norm() / a.norm()) for a, b in zip(first, second, strict=True))


def partner(architecture, c):
    return replace(
        architecture,
        method=gauge_partner(architecture.method, c),
        branch_growth=architecture.branch_growth / c,
    )


def design(project):
    tables = all_tables(project)
    rows = tables["roots_or_weights"].rows
    return {row["row"]: (row, comparisons.architecture_of(row)) for row in rows}


def test_an_unstable_networks_states_leave_the_range_of_float32_its_partners_do_not():
    """ε apart they are one function of real numbers; of floats only as long as these have room."""
    network = Architecture(LinearMultistep((-3, 5, -1), 4), 74, width=4)
    stable = partner(network, stable_gauge(network.method))
    logits, _ = outcome(network, training=True, eps=1e-5, dtype=torch.float32)
    assert not (logits.std(0) > 0).any()
    logits, _ = outcome(stable, training=True, eps=1e-5, dtype=torch.float32)
    assert logits.std(0).max() > 0.01


def test_every_pair_of_the_design_is_a_gauge_partnership(project):
    pairs = {}
    for row, architecture in design(project).values():
        pairs.setdefault(row["pair"], []).append(architecture)
    assert len(pairs) == 12
    for first, second in pairs.values():
        c = first.branch_growth / second.branch_growth
        assert c > 1
        assert second.method == gauge_partner(first.method, c)


def test_the_design_says_truly_who_is_zero_stable_and_whose_branch_is_constant(project):
    for row, architecture in design(project).values():
        assert is_zero_stable(architecture.method) == (row["roots"] == "zero-stable")
        grows = architecture.branch_growth > 1
        is_plain = architecture.branch_growth == 1
        assert (row["branch"] == "constant") == (
            grows if row["roots"] == "not zero-stable" else is_plain
        )


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_partners_of_the_design_are_one_function(project, training):
    outcomes = {}
    for row, architecture in design(project).values():
        shallow = replace(architecture, depth=14, width=8)
        outcomes.setdefault(row["pair"], []).append(outcome(shallow, training))
    for first, second in outcomes.values():
        assert difference(first, second) < 1e-12


@pytest.mark.parametrize(
    ("architecture", "c"),
    [
        (Architecture(UNSTABLE, 32, width=8), Fraction(46, 25)),
        (Architecture(ZEROSNET_OPT, 20), Fraction(1, 3)),
        (Architecture(UNSTABLE, 29, "bottleneck"), Fraction(46, 25)),
        # Behind a batch norm the scale begins anew in every stage.
        (Architecture(LinearMultistep((2,), 1), 20), Fraction(3)),
        (Architecture(LinearMultistep(("-1/2", "3/2"), 4), 20, history="restart"), Fraction(3, 2)),
        (Architecture(PRERESNET, 20, stage_start="plain"), Fraction(2)),
        (Architecture(REVNET, 20), Fraction(3, 2)),
    ],
    ids=lambda value: str(getattr(value, "method", value)),
)
def test_one_function_whatever_the_history(architecture, c):
    first, second = outcome(architecture, True), outcome(partner(architecture, c), True)
    assert difference(first, second) < 1e-11


def test_a_branch_that_grows_by_another_factor_is_another_function():
    architecture = Architecture(UNSTABLE, 20)
    wrong = replace(partner(architecture, Fraction(46, 25)), branch_growth=Fraction(1, 2))
    assert difference(outcome(architecture, True), outcome(wrong, True)) > 0.01


def test_roots_alone_make_another_function():
    architecture = Architecture(UNSTABLE, 20)
    stable = replace(architecture, method=gauge_partner(UNSTABLE, Fraction(46, 25)))
    assert difference(outcome(architecture, True), outcome(stable, True)) > 0.01


def test_behind_a_norm_the_count_of_steps_has_to_start_anew(monkeypatch):
    """PreResNet's projections are behind a norm: a count that goes on is another function."""
    architecture, c = Architecture(LinearMultistep((2,), 1), 20), Fraction(3)
    first, second = (outcome(shape, True) for shape in (architecture, partner(architecture, c)))
    assert difference(first, second) < 1e-11
    planned = network.layout_of

    def counted_through(shape):
        return tuple(replace(b, count=n) for n, b in enumerate(planned(shape), start=1))

    monkeypatch.setattr(network, "layout_of", counted_through)
    assert difference(first, outcome(partner(architecture, c), True)) > 0.01


def test_running_statistics_as_they_begin_are_not_those_of_a_batch():
    """In evaluation mode partners are one function once the statistics are those of batches."""
    architecture = Architecture(UNSTABLE, 20)
    logits = []
    for shape in (architecture, partner(architecture, Fraction(46, 25))):
        untrained = MultistepNetwork(shape, mean=(0.5,) * 3, std=(0.25,) * 3, classes=10)
        logits.append(untrained.double().eval()(PIXELS).detach())
    assert difference(logits[:1], logits[1:]) > 0.01


def test_the_epsilon_of_batch_norm_moves_partners_apart_a_little():
    architecture = Architecture(UNSTABLE, 20)
    other = partner(architecture, Fraction(46, 25))
    moved = difference(outcome(architecture, True, 1e-5), outcome(other, True, 1e-5))
    assert 1e-9 < moved < 1e-2


@pytest.mark.parametrize(
    "choices",
    [
        {"branch_growth": Fraction(0)},
        {"branch_growth": Fraction(2), "activation": "post"},
        {"branch_growth": Fraction(2), "composition": "fractal"},
        {"branch_growth": Fraction(2), "noise": Fraction(1, 10)},
        {"branch_growth": Fraction(2), "method": LM_RESNET},
        {"branch_growth": Fraction(2), "method": ZEROSNET_OPT, "projection": "activated"},
        {"branch_growth": Fraction(2), "depth": 18, "layout": "imagenet"},
        {"projection": "raw"},
        {"projection": "activated", "depth": 18, "layout": "imagenet"},
        {"projection": "bare", "activation": "post"},
    ],
    ids=lambda choices: " ".join(choices),
)
def test_what_has_no_gauge_or_projection_is_refused_in_one_line(choices):
    with pytest.raises(SuiteError) as caught:
        Architecture(**{"method": PRERESNET, "depth": 20, **choices})
    assert "\n" not in str(caught.value)


def test_a_growing_branch_is_part_of_the_description():
    def described(growth):
        architecture = Architecture(UNSTABLE, 20, branch_growth=growth)
        network = MultistepNetwork(architecture, mean=(0.5,), std=(0.25,), classes=10)
        return network.description()

    plain, growing = described(Fraction(1)), described(Fraction(46, 25))
    assert "branch_growth" not in plain
    assert growing["branch_growth"] == "46/25"
    assert growing["steps"][2] == [1, "interior (1, 1, 1; 1) · (46/25)^3"]


@pytest.mark.parametrize(
    ("architecture", "projects"),
    [
        (Architecture(PRERESNET, 20), "activated"),
        (Architecture(PRERESNET, 20, projection="bare"), "bare"),
        (Architecture(LM_RESNET, 20, history="restart"), "activated"),
        (Architecture(ZEROSNET_OPT, 20), "bare"),
        (Architecture(REVNET, 20), "bare"),
        (Architecture(PRERESNET, 20, activation="post"), "bare"),
        (Architecture(PRERESNET, 18, layout="imagenet", width=64), "shared"),
    ],
)
def test_transitions_are_those_of_the_originals(architecture, projects):
    assert architecture.projects == projects
    network = MultistepNetwork(architecture, mean=(0.5,), std=(0.25,), classes=10)
    # Keys of records with bare projections stay.
    assert network.description().get("projection", "bare") == projects


def test_a_bottleneck_zerosnet_hands_on_its_first_state_as_it_came():
    network = MultistepNetwork(
        Architecture(ZEROSNET_OPT, 29, "bottleneck"), mean=(0.5,), std=(0.25,), classes=10
    )
    first, second, third = network.blocks[:3]
    assert first.hands_on_raw
    assert not second.projections
    kinds = [type(module).__name__ for module in third.projections]
    assert kinds == ["Identity", "Identity", "Conv2d"]
    assert third.projections[2].weight.shape == (64, 16, 1, 1)
    assert not any(block.hands_on_raw for block in network.blocks[1:])
    assert not Architecture(LM.at("1/2"), 29, "bottleneck").keeps_first_state
