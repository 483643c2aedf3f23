"""Where trained coefficients end."""

from __future__ import annotations

import pytest
import torch
from small import build, small_images

from zerosnet.measuring.columns import COEFFICIENT_COLUMNS
from zerosnet.measuring.trained_coefficients import where_they_ended
from zerosnet.methods.families import (
    IN_RESNET,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
)
from zerosnet.networks.blocks import TrainedStep

IMAGES, CPU = small_images(), torch.device("cpu")


def parameters(network):
    return [m.parameter for m in network.modules() if isinstance(m, TrainedStep)]


@pytest.mark.parametrize(
    ("method", "inside"), [(LM_RESNET, 100), (LM_RESNET_UNSTABLE, 0), (ZEROSNET_TRA, 100)]
)
def test_where_they_start(method, inside):
    network = build(method, 20)
    found = where_they_ended(network, IMAGES, CPU)
    assert tuple(found) == COEFFICIENT_COLUMNS
    assert found["inside"] == inside
    low, high = float(method.initial - method.spread), float(method.initial + method.spread)
    assert low - 1e-6 <= found["lowest"] <= found["mean"] <= found["highest"] <= high + 1e-6


def test_blocks_are_counted_one_by_one():
    network = build(LM_RESNET, 20, history="restart")
    steps = parameters(network)
    with torch.no_grad():
        # What is stored is 1 − k.
        steps[0].fill_(1 - 1.0)  # weakly stable
        steps[1].fill_(1 - 1.5)
        steps[2].fill_(1 - -1.0)  # a double root 1
    found = where_they_ended(network, IMAGES, CPU)
    assert found["inside"] == pytest.approx(100 * (len(steps) - 2) / len(steps), abs=1e-3)
    assert (found["lowest"], found["highest"]) == (-1.0, 1.5)


def test_plain_blocks_have_no_parameter():
    assert len(parameters(build(IN_RESNET, 20, stage_start="plain"))) == 6
    with pytest.raises(ValueError, match="no coefficients were trained"):
        where_they_ended(build(ZEROSNET_OPT, 20), IMAGES, CPU)
