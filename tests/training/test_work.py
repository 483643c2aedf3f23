"""Threads and weights by the size of the work."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small import small_run

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.cores import THREADS_VARIABLE
from zerosnet.training.work import (
    _usual_threads,
    epoch_work,
    image_operations,
    is_small,
    threads_for,
    use_threads,
    work_of,
)


@pytest.fixture
def threads(monkeypatch):
    """PyTorch's number of threads, free to choose and set back afterwards."""
    before = torch.get_num_threads()
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr("zerosnet.training.work._usual_threads", lambda: 3)
    yield
    torch.set_num_threads(before)


def test_small_work_gets_one_thread_and_large_work_all(threads):
    use_threads(small=True)
    assert torch.get_num_threads() == 1
    use_threads(small=False)
    assert torch.get_num_threads() == 3


def test_how_many_threads_a_run_gets_can_be_asked_without_setting_them(threads, monkeypatch):
    torch.set_num_threads(2)
    assert (threads_for(small=True), threads_for(small=False)) == (1, 3)
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    assert (threads_for(small=True), threads_for(small=False)) == (2, 2)
    assert torch.get_num_threads() == 2


def test_a_number_of_threads_that_is_set_counts(threads, monkeypatch):
    torch.set_num_threads(2)
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    use_threads(small=True)
    assert torch.get_num_threads() == 2
    use_threads(small=False)
    assert torch.get_num_threads() == 2


def test_a_container_gets_no_more_threads_than_it_has_cores(monkeypatch):
    """PyTorch counts those of the machine."""
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr("zerosnet.training.work._usual_threads", _usual_threads.__wrapped__)
    monkeypatch.setattr("zerosnet.training.work.cores", lambda: 2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 64)
    assert threads_for(small=False) == 2


@pytest.mark.parametrize(("profile", "small"), [("smoke", True), ("mini", False), ("paper", False)])
def test_smoke_is_small_and_real_images_are_not(project, profile, small):
    rows = plan_stage("table3_third_order", load_profile(project / "params.yaml", profile), project)
    assert {is_small(run) for run in distinct_runs(rows)} == {small}


def test_a_run_weighs_what_it_computes():
    shallow, deep = small_run(depth=8), small_run(depth=14)
    assert 1.5 < work_of(deep) / work_of(shallow) < 2.5
    assert work_of(small_run(epochs=8)) == 2 * work_of(small_run(epochs=4))
    assert epoch_work(shallow) == image_operations(shallow) * (3 * 1500 + 297)
    # Every epoch ends with a look at what it was trained on and what was held out.
    looked = replace(shallow, data=replace(shallow.data, train=1000, held_out=200))
    assert epoch_work(looked) == image_operations(shallow) * (3 * 1000 + 297 + 1000 + 200)
