"""Table 9's times: both networks in turns, one record a kind of device."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import paper_tables
from zerosnet.experiments.timed import RUNTIME_TABLE
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json
from zerosnet.measuring import runtime
from zerosnet.measuring.runtime import Cell, cells_of, device_slug, measure_runtime, time_cell
from zerosnet.training.steps import set_exact_float32

CPU = torch.device("cpu")
ENVIRONMENT = {"device": "cpu", "processor": "A Processor (R)", "threads": 2, "torch": "2.11"}
PROVENANCE = {"environment": ENVIRONMENT, "commit": "0123"}


@pytest.fixture
def table(project):
    return paper_tables(project)[RUNTIME_TABLE]


def test_the_papers_cells(project, table):
    cells = cells_of(table, load_profile(project / "params.yaml", "paper"))
    assert [cell.name for cell in cells] == [
        f"{phase}, batch {batch}" for phase in ("training", "test") for batch in (128, 512, 4096)
    ]


def test_a_profile_may_leave_large_batches_out(checkout, table):
    cells = cells_of(table, load_profile(checkout / "params.yaml"))
    assert [cell.batch for cell in cells] == [128, 128]
    with pytest.raises(SuiteError, match="no entry for table9_runtime"):
        cells_of(table, replace(load_profile(checkout / "params.yaml"), tables={}))


@pytest.mark.parametrize("phase", ["training", "test"])
def test_both_networks_are_timed_as_often(phase):
    found = time_cell(Cell(phase, 4), 3, 8, 1, CPU)
    assert set(found) == set(runtime.NETWORKS)
    assert all(len(times) == 3 and min(times) > 0 for times in found.values())


def test_networks_take_turns(monkeypatch):
    order = []
    monkeypatch.setattr(
        runtime, "_step", lambda phase, architecture, *_: lambda: order.append(architecture.method)
    )
    monkeypatch.setattr(runtime, "_warm_up", lambda step, device: 1)
    time_cell(Cell("test", 4), 4, 8, 1, CPU)
    ours, other = runtime.NETWORKS.values()
    assert order == [other, ours, ours, other, other, ours, ours, other]


def test_both_networks_take_as_many_steps_as_the_faster_needs(monkeypatch):
    """A timing is of so many steps, and what is noted is the time of one."""
    counts = []
    warm_up = iter([2, 5])
    monkeypatch.setattr(runtime, "_step", lambda *_: lambda: None)
    monkeypatch.setattr(runtime, "_warm_up", lambda _step, _device: next(warm_up))
    monkeypatch.setattr(runtime, "_timed", lambda _step, count, _device: counts.append(count) or 20)
    found = time_cell(Cell("test", 4), 3, 8, 1, CPU)
    assert counts == [5] * 6
    assert found == dict.fromkeys(runtime.NETWORKS, [4.0] * 3)


def test_a_record_is_made_once_and_anew_when_the_setting_changes(
    checkout, table, tmp_path, monkeypatch
):
    calls = []

    def fake(cell, repeats, side, channels, device):
        assert not torch.backends.cudnn.allow_tf32
        calls.append((cell.name, repeats, side, channels))
        return {name: [0.5] * repeats for name in runtime.NETWORKS}

    monkeypatch.setattr(runtime, "time_cell", fake)
    profile = load_profile(checkout / "params.yaml")
    set_exact_float32(False)  # as a training in bfloat16 leaves it
    path = measure_runtime(table, profile, tmp_path, CPU, PROVENANCE)
    assert path.name == "cpu-a-processor-r-2-threads.json"
    assert calls == [("training, batch 128", 2, 8, 1), ("test, batch 128", 2, 8, 1)]
    assert measure_runtime(table, profile, tmp_path, CPU, PROVENANCE) == path
    assert len(calls) == 2
    assert read_json(path, 1)["commit"] == "0123"
    assert read_json(path, 1)["setting"]["arithmetic"].startswith("float32, not TensorFloat-32")
    more = {**profile.tables, "table9_runtime": replace(profile.tables["table9_runtime"], seeds=3)}
    measure_runtime(table, replace(profile, tables=more), tmp_path, CPU, PROVENANCE)
    assert len(calls) == 4
    monkeypatch.setattr(runtime, "_source", lambda: "other code")
    measure_runtime(table, replace(profile, tables=more), tmp_path, CPU, PROVENANCE)
    assert len(calls) == 6
    # Older times are kept beside the new ones, and so is what was damaged.
    assert len(list(tmp_path.glob("*.json.replaced-*"))) == 2
    path.write_bytes(path.read_bytes()[:-9])
    measure_runtime(table, replace(profile, tables=more), tmp_path, CPU, PROVENANCE)
    assert len(calls) == 8
    assert len(list(tmp_path.glob("*.json.damaged-*"))) == 1


def test_devices_are_named_by_what_matters():
    assert device_slug({**ENVIRONMENT, "device": "NVIDIA H200"}) == "nvidia-h200-2-threads"
