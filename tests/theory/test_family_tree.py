"""The family tree: roots and equations of every named method."""

from __future__ import annotations

import pytest

from zerosnet.judging.stages import EXACT_STAGES
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.methods.families import (
    EULER,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    PRERESNET,
    REVNET,
    ZEROSNET,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.paper.tables import COEFFICIENTS
from zerosnet.reporting.family_tree_page import STAGES, family_tree_figure, family_tree_page
from zerosnet.theory.family_tree import bands, equation_of, family_tree, member


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (PRERESNET, ("x′ = f", 1)),
        (EULER.at("1/2"), ("x′ = −1/2·x + f", 1)),
        (EULER.at(2), ("x′ = x + f", 1)),
        (EULER.at(0), ("x′ = −x + f", 1)),
        (LinearMultistep(("3/4",), "5/4"), ("x′ = −1/4·x + 5/4·f", 1)),
        (LEAPFROG, ("x′ = f", 2)),
        (REVNET, ("x′ = 1/2·f", 2)),
        (LM.at("1/3"), ("x′ = 3/4·f", 1)),
        (LM_CONSISTENT.at("1/3"), ("x′ = f", 1)),
        (ZEROSNET.at(2), ("x′ = f", 2)),
        (LinearMultistep((1, 1, 1), 1), ("not given (several steps, Σα is not 1)", None)),
        (LinearMultistep(("3/2", "-1/2"), 0), ("none (β = 0)", None)),
        (LM.at(-1), ("none (a double root 1)", None)),
    ],
)
def test_what_a_method_solves(method, expected):
    assert equation_of(method) == expected


@pytest.mark.parametrize(
    ("method", "radius", "stable"),
    [
        (PRERESNET, 0, True),
        (EULER.at("1/2"), 0.5, True),
        (LEAPFROG, 1, True),
        (LM.at("21/20"), 1.05, False),
        (LM.at(-1), 1, False),
        (ZEROSNET.at("-9/5"), 1 / 3, True),
    ],
)
def test_the_radius_leaves_out_one_root_1(method, radius, stable):
    found = member(method, "a", "b")
    assert found.radius == pytest.approx(radius, abs=1e-6)
    assert found.zero_stable is stable


@pytest.fixture
def tree(paper):
    return family_tree(paper.tables[COEFFICIENTS])


def test_everybody_is_there_once(tree):
    names = [m.name for m in tree]
    assert len(names) == len(set(names))
    assert {"PreResNet", "RevNet", "PolyNet", "FractalNet", "ZeroSNet-Opt"} <= set(names)
    assert sum(m.source == "table 10" for m in tree) == 9  # the tenth is ZeroSNet-Opt
    by_name = {m.name: m for m in tree}
    assert (by_name["PolyNet"].order, by_name["PolyNet"].equation) == (1, "x′ = f + f(0)")
    assert by_name["FractalNet"].equation == "x′ = 3/2·f"
    assert by_name["LM-ResNet, start inside"].zero_stable
    assert not by_name["LM-ResNet, start outside"].zero_stable
    assert by_name["optimum, 5 steps"].radius == pytest.approx(1 / 7, abs=1e-6)


def test_the_picture_has_everybody_in_one_band(tree):
    found = bands(tree)
    assert list(found) == ["no equation", "damped", "order 1", "order 2", "order 3"]
    assert sorted(m.name for band in found.values() for m in band) == sorted(m.name for m in tree)
    assert family_tree_figure(tree) == family_tree_figure(tree)


def test_the_page_says_what_training_says(tree, claims):
    verdicts = {name: Verdict(name, Outcome.NOT_RUN, "no run") for name in claims}
    verdicts["X30"] = Verdict("X30", Outcome.ORDER_HOLDS, "so")
    files = family_tree_page(
        tree, verdicts, tuple(claims.values()), {"X30": ("mini", "mini/lm_resnet.md")}
    )
    text = files["family_tree.md"].decode()
    assert f"| {claims['X30'].statement} | **ORDER-HOLDS** | [X30" in text
    assert "[X30, mini](mini/lm_resnet.md)" in text
    assert "family_tree.svg" in files
    assert (
        text.count("**NOT-RUN**")
        == sum(claim.stage in STAGES and claim.needs_runs for claim in claims.values()) - 1
    )
    assert {claim.stage for claim in claims.values()} >= set(STAGES)
    assert set(STAGES) & set(EXACT_STAGES) == {"discretizations", "optimization_theory"}
