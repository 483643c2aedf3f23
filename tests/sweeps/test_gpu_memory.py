"""A GPU that is full: the run says so in a line, and what it had there is free for others."""

from __future__ import annotations

import weakref
from dataclasses import replace

import pytest
import torch
from small import small_place, train_missing

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import find_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.measuring.measurements import under_noise
from zerosnet.paper.tables import Table
from zerosnet.sweeps.gpu_memory import GPUMemoryError, within_gpu_memory
from zerosnet.sweeps.measure import measure_missing

CLEAN = under_noise(Table("t", ("noise_free_acc_mean_pct",), ()))


@pytest.fixture
def let_go(monkeypatch):
    """``networks, counts``: those that are there, and how many were when memory was let go."""
    networks, counts = weakref.WeakSet(), []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: counts.append(len(networks)))
    return networks, counts


def test_what_the_functions_had_is_gone_before_memory_is_let_go(let_go):
    networks, counts = let_go

    def measure():
        network = torch.nn.Linear(1, 1)
        networks.add(network)
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 TiB")

    with pytest.raises(GPUMemoryError, match=r"^no room$"), within_gpu_memory("no room"):
        measure()
    assert counts == [0]


def test_other_errors_stay_what_they_are(let_go):
    with pytest.raises(ZeroDivisionError), within_gpu_memory("no room"):
        raise ZeroDivisionError
    with within_gpu_memory("no room"):
        pass
    assert let_go[1] == []


def test_a_network_that_a_gpu_has_no_memory_for_fails_alone(checkout, let_go, capsys):
    place = small_place(checkout, "mini", "scratch")
    rows = plan_stage("table1_first_order", load_profile(checkout / "params.yaml"), checkout)
    first, second = rows[0].runs
    train_missing(rows, place)
    networks, counts = let_go
    capsys.readouterr()

    def measure(network, *_):
        networks.add(network)
        if not counts:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 TiB")
        return {"noise_free": 1.0}

    with pytest.raises(SuiteError, match="1 of 2 runs are not measured, as said above"):
        measure_missing(rows, replace(CLEAN, measure=measure), place)
    assert counts == [0]
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "memory" in line]
    assert line.startswith(f"{first.label} is not measured: out of GPU memory; start fewer")
    assert find_record(place.results, "mini", first, CLEAN.name) is None
    assert find_record(place.results, "mini", second, CLEAN.name) is not None
    assert measure_missing(rows, CLEAN, place) == 1
