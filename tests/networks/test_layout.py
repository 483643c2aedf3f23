"""Networks planned from their architecture: what is planned is what is built."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
import torch
from small import small_run

from zerosnet.data.catalogue import data_set
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.methods.families import (
    EULER,
    IN_RESNET,
    LEAPFROG,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    PRERESNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.layout import description_of, interior_method, parameters_of
from zerosnet.networks.network import MultistepNetwork

SHAPES = [
    *(Architecture(PRERESNET, depth) for depth in (8, 20, 56)),
    *(Architecture(ZEROSNET_OPT, depth, width=8) for depth in (8, 14, 20)),
    Architecture(ZEROSNET_TRA, 20),
    Architecture(LinearMultistep((0, 0, 0, 0, 1), 1), 14),
    Architecture(LM_RESNET, 14),
    Architecture(LM_RESNET, 14, history="restart", survival=Fraction(4, 5)),
    Architecture(LM_RESNET_UNSTABLE, 14, history="restart", noise=Fraction(1, 10)),
    Architecture(LM_RESNET, 14, history="restart", projection="bare"),
    Architecture(IN_RESNET, 14, stage_start="plain"),
    Architecture(LEAPFROG, 20, memory="recomputed"),
    Architecture(EULER.at("1/2"), 14, branch_growth=Fraction(1, 2)),
    Architecture(PRERESNET, 14, activation="post"),
    Architecture(PRERESNET, 14, composition="poly-2"),
    Architecture(PRERESNET, 14, composition="fractal"),
    Architecture(PRERESNET, 20, block="bottleneck"),
    Architecture(ZEROSNET_OPT, 20, block="bottleneck"),
    Architecture(ZEROSNET_TRA, 29, block="bottleneck", history="restart"),
    Architecture(PRERESNET, 20, block="bottleneck", width=16, groups=4, group_width=8),
    Architecture(ZEROSNET_OPT, 18, layout="imagenet", width=8),
    Architecture(ZEROSNET_OPT, 50, block="bottleneck", layout="imagenet", width=8),
    Architecture(PRERESNET, 50, block="bottleneck", layout="imagenet", width=8),
]


def built(architecture, channels, classes):
    """On shapes alone: weights are neither drawn nor kept."""
    with torch.device("meta"):
        return MultistepNetwork(
            architecture, mean=[0.5] * channels, std=[0.25] * channels, classes=classes
        )


@pytest.mark.parametrize("architecture", SHAPES)
@pytest.mark.parametrize(("channels", "classes"), [(1, 10), (3, 100)])
def test_the_plan_describes_what_is_built(architecture, channels, classes):
    network = built(architecture, channels, classes)
    assert description_of(architecture, channels, classes) == network.description()
    counted = sum(p.numel() for p in network.parameters())
    assert parameters_of(architecture, channels, classes) == counted
    planned = interior_method(architecture)
    if isinstance(planned, LinearMultistep):
        assert planned == network.steps()[-1].method


@pytest.mark.parametrize(
    "profile", ["smoke", "mini", pytest.param("paper", marks=pytest.mark.long)]
)
def test_so_does_the_plan_of_every_network_of_a_profile(project, profile):
    chosen = load_profile(project / "params.yaml", profile)
    rows = [row for stage in EXPERIMENTS for row in plan_stage(stage, chosen, project)]
    wanted = {(row.runs[0].architecture, row.runs[0].data.name) for row in rows}
    for architecture, name in wanted:
        images = data_set(name)
        expected = built(architecture, images.channels, images.classes).description()
        assert description_of(architecture, images.channels, images.classes) == expected
    assert len(wanted) > 40


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": 14},
        {"width": 16},
        {"history": "restart"},
        {"survival": Fraction(4, 5)},
        {"method": PRERESNET},
        {"method": LM_RESNET},
        {"method": LM_RESNET_UNSTABLE},
    ],
)
def test_whatever_is_built_otherwise_has_another_key(changes):
    # Deep enough for a history of three states in every stage.
    architecture = replace(small_run().architecture, depth=20)
    run = replace(small_run(), architecture=architecture)
    other = replace(run, architecture=replace(architecture, **changes))
    assert other.key != run.key


@dataclass(frozen=True)
class WithAHead(Architecture):
    """A network with a choice that nobody has told the description of."""

    head: str | None = "mean"


def test_a_new_choice_is_in_the_key_by_itself_and_only_where_it_is_made():
    usual = Architecture(ZEROSNET_OPT, 20)
    same, other = WithAHead(ZEROSNET_OPT, 20), WithAHead(ZEROSNET_OPT, 20, head="max")
    descriptions = [description_of(one, 3, 10) for one in (usual, same, other)]
    assert descriptions[0] == descriptions[1]
    assert descriptions[2] == {**descriptions[0], "head": "max"}
    none = WithAHead(ZEROSNET_OPT, 20, head=None)
    assert description_of(none, 3, 10) == {**descriptions[0], "head": None}


def test_a_name_is_no_difference():
    run = small_run()
    named = LinearMultistep(ZEROSNET_OPT.alphas, ZEROSNET_OPT.beta, "another name")
    assert replace(run, architecture=replace(run.architecture, method=named)).key == run.key


def test_keys_come_without_torch(project):
    code = (
        "import sys; from pathlib import Path\n"
        "from zerosnet.experiments.profiles import load_profile\n"
        "from zerosnet.experiments.planned import distinct_runs\n"
        "from zerosnet.experiments.rows import plan_stage\n"
        "rows = plan_stage('table1_first_order', load_profile(Path('params.yaml')), Path())\n"
        "print(len([run.key for run in distinct_runs(rows)]), 'torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    count, torch_there = done.stdout.split()
    assert int(count) > 0
    assert torch_there == "False"
