"""Growth of perturbations: that of the roots where f = 0, and reproducible where it is not."""

from __future__ import annotations

import math

import pytest
import torch
from small import small_images, small_run

from zerosnet.measuring.columns import GROWTH_COLUMNS
from zerosnet.measuring.growth import growth_in
from zerosnet.methods.families import EULER, PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep

CPU = torch.device("cpu")
IMAGES = small_images(train=10, test=60)


def network_of(method, depth=32, silent=False):
    network = small_run(method=method, depth=depth).build()
    if silent:
        for block in network.blocks:
            torch.nn.init.zeros_(block.residual[-1].weight)
    return network


@pytest.mark.parametrize("factor", [2, "3/2", "1/2"])
def test_where_f_is_silent_eulers_factor_decides(factor):
    """y ← αy: through the five blocks of the first stage a perturbation grows by α⁵."""
    found = growth_in(network_of(EULER.at(factor), silent=True), IMAGES, CPU)
    alpha = float(EULER.at(factor).alphas[0])
    assert found["stage_1"] == pytest.approx(5 * math.log10(alpha), abs=1e-3)


def test_where_f_is_silent_the_relative_perturbation_of_preresnet_stays():
    found = growth_in(network_of(PRERESNET, silent=True), IMAGES, CPU)
    assert found["stage_1"] == pytest.approx(0, abs=1e-6)
    assert abs(found["relative"]) < 0.3  # the projections are not isometries


def test_growth_is_over_the_largest_change_and_beside_the_newest_state():
    """Where y₂ is far larger than y₀, and every later step is y_{n+1} = y_{n−2}."""
    network = network_of(LinearMultistep((0, 0, 1), 1))
    with torch.no_grad():
        for number, block in enumerate(network.blocks):
            block.residual[-1].weight.mul_(100 if number < 2 else 0)
    found = growth_in(network, IMAGES, CPU)
    # The third step of the first stage, its last one, hands on y₂.
    assert found["stage_1"] == pytest.approx(0, abs=1e-6)
    assert abs(found["relative"]) < 0.3


def test_unstable_methods_amplify_more():
    stable = growth_in(network_of(ZEROSNET_OPT, silent=True), IMAGES, CPU)
    unstable = growth_in(network_of(LinearMultistep((1, 1, 1), 1), silent=True), IMAGES, CPU)
    assert unstable["stage_1"] > stable["stage_1"] + 0.5
    assert unstable["stage_3"] > stable["stage_3"] + 1


def test_the_same_network_gives_the_same_numbers():
    first = growth_in(network_of(ZEROSNET_OPT), IMAGES, CPU)
    torch.manual_seed(9)
    assert growth_in(network_of(ZEROSNET_OPT), IMAGES, CPU) == first
    assert growth_in(network_of(ZEROSNET_OPT).eval(), IMAGES, CPU) == first
    assert tuple(first) == GROWTH_COLUMNS


def test_a_shallow_network_has_no_interior_block_in_its_first_stage():
    found = growth_in(network_of(ZEROSNET_OPT, depth=14), IMAGES, CPU)
    assert found["stage_1"] is None
    assert found["stage_2"] is not None


def test_a_network_without_any_interior_block_has_no_growth():
    found = growth_in(network_of(ZEROSNET_OPT, depth=8), IMAGES, CPU)
    assert found == dict.fromkeys(GROWTH_COLUMNS)


def test_states_that_overflow_give_nothing():
    found = growth_in(network_of(LinearMultistep((10**200, 1, 1), 1)), IMAGES, CPU)
    assert found["stage_3"] is None
