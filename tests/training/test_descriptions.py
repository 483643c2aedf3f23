"""Descriptions of networks are remembered, and nothing is taken on trust."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from small import small_run

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LM_RESNET, LM_RESNET_UNSTABLE, PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.network import MultistepNetwork
from zerosnet.training import descriptions
from zerosnet.training.descriptions import check_description, description

SHAPE = small_run().architecture


@pytest.fixture(autouse=True)
def forgetful():
    """Nothing is remembered in memory before or after."""
    description.cache_clear()
    yield
    description.cache_clear()


def files(checkout):
    return sorted((checkout / ".zerosnet/networks").rglob("*.json"))


def built(count, monkeypatch):
    """Count the networks that are built."""
    usual = MultistepNetwork.__init__

    def init(self, *arguments, **named):
        count.append(self)
        usual(self, *arguments, **named)

    monkeypatch.setattr(MultistepNetwork, "__init__", init)


def test_a_network_is_built_once(checkout, monkeypatch):
    networks = []
    built(networks, monkeypatch)
    first = description(SHAPE, "digits")
    description.cache_clear()
    assert description(SHAPE, "digits") == first
    assert len(networks) == 1
    assert len(files(checkout)) == 1


@pytest.mark.parametrize("damage", [b"", b"{}", b"not JSON"])
def test_a_damaged_file_is_made_anew(checkout, damage):
    first = description(SHAPE, "digits")
    (path,) = files(checkout)
    path.write_bytes(damage)
    description.cache_clear()
    assert description(SHAPE, "digits") == first
    assert path.read_bytes() != damage


def test_other_code_does_not_find_it(checkout, monkeypatch):
    description(SHAPE, "digits")
    description.cache_clear()
    monkeypatch.setattr(descriptions, "_code", lambda: "other")
    description(SHAPE, "digits")
    assert len(files(checkout)) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(SHAPE, depth=14),
        replace(SHAPE, width=16),
        replace(SHAPE, history="restart"),
        replace(SHAPE, survival=Fraction(4, 5)),
        replace(SHAPE, method=PRERESNET),
        replace(SHAPE, method=LM_RESNET),
        replace(SHAPE, method=LM_RESNET_UNSTABLE),
    ],
)
def test_whatever_is_built_otherwise_has_a_file_of_its_own(checkout, other):
    description(SHAPE, "digits")
    description(other, "digits")
    assert len(files(checkout)) == 2


def test_a_name_is_no_difference(checkout):
    named = LinearMultistep(ZEROSNET_OPT.alphas, ZEROSNET_OPT.beta, "another name")
    description(SHAPE, "digits")
    description.cache_clear()
    description(replace(SHAPE, method=named), "digits")
    assert len(files(checkout)) == 1


def test_who_trains_looks_at_the_network_itself(checkout):
    run = small_run()
    check_description(run.build(), run.configuration["network"])
    other = small_run(method=PRERESNET)
    with pytest.raises(SuiteError, match="not the one that its key names"):
        check_description(other.build(), run.configuration["network"])


def test_keys_come_without_torch_once_they_are_known(checkout):
    code = (
        "import sys; from pathlib import Path\n"
        "from zerosnet.experiments.profiles import load_profile\n"
        "from zerosnet.experiments.rows import distinct_runs, plan_stage\n"
        "rows = plan_stage('table1_first_order', load_profile(Path('params.yaml')), Path())\n"
        "print([run.key for run in distinct_runs(rows)], 'torch' in sys.modules)\n"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    first, second = (done.stdout.rpartition("]") for done in said)
    assert first[0] == second[0]
    assert (first[2].strip(), second[2].strip()) == ("True", "False")
