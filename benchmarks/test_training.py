"""Images a second in training: the suite's step against the plain loop's, and what makes it."""

from __future__ import annotations

import pytest
from contender import UPDATES
from contest import contest

ROUNDS = 7


@pytest.mark.parametrize(
    ("method", "depth", "images"),
    [("PreResNet", 20, 1024), ("ZeroSNet", 20, 1024), ("ZeroSNet", 56, 512)],
)
def test_training_against_the_plain_loop(benchmark, method, depth, images):
    task = {"task": "training", "method": method, "depth": depth, "images": images}
    about = f"training, {method}-{depth}, batch 128"
    contest(benchmark, {**task, "side": "plain"}, {**task, "side": "suite"}, ROUNDS, about)


def test_training_in_float32_against_the_plain_loop(benchmark):
    task = {"task": "training"}
    about = "training in float32, ZeroSNet-20, batch 128"
    contest(benchmark, {**task, "side": "plain"}, {**task, "side": "suite-float32"}, ROUNDS, about)


@pytest.mark.parametrize("batch", [128, 512])
@pytest.mark.parametrize("side", ["suite", "suite-float32"])
def test_zerosnet_against_preresnet(benchmark, side, batch):
    """A ratio below 1 is what ZeroSNet's additional states cost."""
    task = {"task": "training", "side": side, "batch": batch}
    contest(
        benchmark,
        {**task, "method": "PreResNet"},
        {**task, "method": "ZeroSNet"},
        2 * ROUNDS,
        f"states: ZeroSNet-20 for PreResNet-20, {side}, batch {batch}",
    )


@pytest.mark.parametrize("update", UPDATES)
def test_an_update_against_plain_sgd(benchmark, update):
    """A ratio below 1 is what the update costs: at least 1/1.05, a twentieth of a step."""
    task = {"task": "training", "images": 512}
    contest(
        benchmark,
        {**task, "side": "suite"},
        {**task, "side": f"suite-{update}"},
        2 * ROUNDS,
        f"update: {update.replace('-', ' ')} for plain SGD, ZeroSNet-20",
    )


def test_keeping_freed_memory(benchmark):
    """In float32, where a step asks for the largest blocks."""
    task = {"task": "training"}
    contest(
        benchmark,
        {**task, "side": "suite-float32-default-allocator"},
        {**task, "side": "suite-float32"},
        ROUNDS,
        "allocator: freed memory kept, training in float32, ZeroSNet-20",
    )
