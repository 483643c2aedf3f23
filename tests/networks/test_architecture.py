"""Shapes that can be, and those that cannot."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.layout import interior_method


@pytest.mark.parametrize(
    ("depth", "block", "layout", "stages"),
    [
        (20, "basic", "cifar", (3, 3, 3)),
        (110, "basic", "cifar", (18, 18, 18)),
        (164, "bottleneck", "cifar", (18, 18, 18)),
        (326, "bottleneck", "cifar", (36, 36, 36)),
        (18, "basic", "imagenet", (2, 2, 2, 2)),
        (34, "basic", "imagenet", (3, 4, 6, 3)),
        (50, "bottleneck", "imagenet", (3, 4, 6, 3)),
    ],
)
def test_blocks_of_each_stage(depth, block, layout, stages):
    assert Architecture(ZEROSNET_OPT, depth, block, layout=layout).stages == stages


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"depth": 21}, "depth 21 is impossible with basic blocks: it must be 6n\\+2"),
        ({"depth": 20, "block": "wide"}, "block 'wide' is unknown: one of basic, bottleneck"),
        ({"depth": 20, "history": "lost"}, "history 'lost' is unknown: one of project, restart"),
        ({"depth": 20, "activation": "none"}, "activation 'none' is unknown: one of pre, post"),
        ({"depth": 20, "layout": "mnist"}, "layout 'mnist' is unknown: one of cifar, imagenet"),
        ({"depth": 20, "stage_start": "x"}, "stage_start 'x' is unknown: one of method, plain"),
        ({"depth": 20, "memory": "x"}, "memory 'x' is unknown: one of stored, recomputed"),
        ({"depth": 20, "memory": "recomputed"}, "memory recomputed needs y_{n\\+1} = y_{n−1}"),
        ({"depth": 20, "layout": "imagenet"}, "none of ImageNet's: 18 \\(basic\\), 34"),
        ({"depth": 50, "layout": "imagenet"}, "depth 50 with basic blocks is none"),
        ({"depth": 20, "projection": "shared"}, "shared projections are those of the ImageNet"),
        (
            {"depth": 18, "layout": "imagenet", "projection": "activated"},
            "projections of the ImageNet layout are shared or bare",
        ),
        ({"depth": 20, "activation": "post"}, "activation post is that of the ResNet"),
        ({"depth": 20, "width": 0}, "width 0 is impossible"),
        (
            {"depth": 14, "history": "restart"},
            "depth 14 is too small: none of its 6 blocks would follow the 3-step method",
        ),
    ],
)
def test_impossible_shapes_are_named(shape, message):
    with pytest.raises(SuiteError, match=message):
        Architecture(ZEROSNET_OPT, **shape)


def test_a_network_of_starters_alone_is_refused():
    """It would be PreResNet under the name of another method."""
    with pytest.raises(SuiteError, match="none of its 6 blocks would follow the 7-step method"):
        Architecture(LinearMultistep((0, 0, 0, 0, 0, 0, 3), 1), 14)
    with pytest.raises(SuiteError, match="none of its 3 blocks would follow the 1-step method"):
        Architecture(LinearMultistep((2,), 1), 8, stage_start="plain")
    assert Architecture(PRERESNET, 8, stage_start="plain").depth == 8


@pytest.mark.parametrize("history", ["project", "restart"])
@pytest.mark.parametrize("stage_start", ["method", "plain"])
@pytest.mark.parametrize("depth", [14, 20, 26])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 6])
def test_a_network_has_a_step_of_its_method_or_is_refused(history, stage_start, depth, steps):
    """What is refused is exactly what would be starters alone, by the states that are held."""
    method = LinearMultistep((*[0] * (steps - 1), 2), 1)
    blocks = (depth - 2) // 6
    held, followed = 1, False
    for index in (*range(blocks),) * 3:
        held = 1 if index == 0 and history == "restart" else held
        followed |= held >= steps and not (index == 0 and stage_start == "plain")
        held += 1
    if followed:
        network = Architecture(method, depth, history=history, stage_start=stage_start)
        assert interior_method(network) == method
    else:
        with pytest.raises(SuiteError, match=f"would follow the {steps}-step method"):
            Architecture(method, depth, history=history, stage_start=stage_start)


def test_only_euler_steps_have_their_activation_after_the_sum():
    assert Architecture(PRERESNET, 20, activation="post").activation == "post"
    with pytest.raises(SuiteError):
        Architecture(PRERESNET, 20, "bottleneck", activation="post")
