"""Everything around the step: augmentation, evaluation, evaluation under noise."""

from __future__ import annotations

import pytest
from contest import contest


@pytest.mark.parametrize(
    ("task", "about"),
    [
        ("augmentation", "augmentation: crop and flip"),
        ("evaluation", "evaluation, ZeroSNet-20"),
        ("noise", "evaluation under Gaussian noise, ZeroSNet-20"),
    ],
)
def test_around_the_step(benchmark, task, about):
    work = {"task": task, "images": 2000, "batch": 128 if task == "augmentation" else 1000}
    contest(benchmark, {**work, "side": "plain"}, {**work, "side": "suite"}, 5, about)
