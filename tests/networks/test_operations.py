"""What a network computes, from its architecture alone: as the framework counts it."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.methods.families import IN_RESNET, LEAPFROG, LM_RESNET, PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.networks.operations import forward_operations
from zerosnet.training.work import image_operations

FIVE_STEPS = LinearMultistep((0, 0, 0, 0, 1), 1)
SHAPES = [
    *(Architecture(PRERESNET, depth) for depth in (8, 20)),
    *(Architecture(ZEROSNET_OPT, depth, width=8) for depth in (8, 14, 20)),
    Architecture(FIVE_STEPS, 14),
    Architecture(LM_RESNET, 14),
    Architecture(LM_RESNET, 14, history="restart"),
    Architecture(IN_RESNET, 14, stage_start="plain"),
    Architecture(LEAPFROG, 20),
    Architecture(PRERESNET, 14, activation="post"),
    Architecture(PRERESNET, 14, composition="poly-2"),
    Architecture(PRERESNET, 14, composition="fractal"),
    Architecture(ZEROSNET_OPT, 20, block="bottleneck"),
    Architecture(PRERESNET, 20, block="bottleneck", width=16, groups=4, group_width=8),
    Architecture(ZEROSNET_OPT, 18, layout="imagenet", width=8),
    Architecture(ZEROSNET_OPT, 50, block="bottleneck", layout="imagenet", width=8),
]


def counted(architecture, channels, side, classes):
    """By the framework, on shapes alone."""
    with torch.device("meta"):
        network = MultistepNetwork(
            architecture, mean=[0.5] * channels, std=[0.25] * channels, classes=classes
        )
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            network.eval()(torch.empty(1, channels, side, side))
    return counter.get_total_flops()


@pytest.mark.parametrize("architecture", SHAPES)
@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 32), (3, 45)])
def test_it_is_what_the_framework_counts(architecture, channels, side):
    expected = counted(architecture, channels, side, 10)
    assert forward_operations(architecture, channels, side, 10) == expected


def test_preresnet_20_as_he_et_al_count(project):
    """81.6 million on 32×32 images, twice their 41 million multiply-adds."""
    profile = load_profile(project / "params.yaml", "paper")
    run = plan_stage("table4_comparison", profile, project)[0].runs[0]
    assert 2 * 40.5e6 < image_operations(run) < 2 * 42e6
