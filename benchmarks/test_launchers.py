"""What it costs to have a run trained by Ray: empty runs, through the whole machinery."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
import torch

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import TRAINING, write_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.cores import cores
from zerosnet.sweeps.launchers import on_ray
from zerosnet.sweeps.launchers.ledger import Ledger
from zerosnet.sweeps.workplace import Workplace

PROJECT = Path(__file__).resolve().parent.parent
RUNS, WARM_UP = 400, 50


def test_scheduling_by_ray(benchmark, tmp_path, monkeypatch):
    """Runs that are on record already: handed out, locked, looked up, reported, settled."""
    pytest.importorskip("ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", "0")
    (row, *_) = plan_stage("table1_first_order", load_profile(PROJECT / "params.yaml"), PROJECT)
    runs = [replace(row.runs[0], seed=seed) for seed in range(RUNS)]
    place = Workplace(
        PROJECT, tmp_path / "results", tmp_path / "runs", "smoke", torch.device("cpu")
    )
    for run in runs:
        record = {"key": run.key, "configuration": run.configuration}
        write_record(place.results, place.profile, TRAINING, record)
    settled = []

    class Clocked(Ledger):
        def settle(self, run, outcome):
            super().settle(run, outcome)
            settled.append(time.perf_counter())

    monkeypatch.setattr(on_ray, "Ledger", Clocked)
    start = time.perf_counter()
    benchmark.pedantic(lambda: on_ray.train_on_ray(runs, place), rounds=1)
    each = [after - before for before, after in pairwise(settled)]
    seconds = (settled[-1] - settled[WARM_UP]) / (len(settled) - 1 - WARM_UP)
    print(
        f"\nscheduling, {cores()} workers: {1000 * seconds:.1f} ms a run (median "
        f"{1000 * median(each):.1f}), {100 * seconds / 60:.3f} % of a minute; "
        f"start-up {settled[0] - start:.0f} s"
    )
    benchmark.extra_info.update(
        about=f"scheduling by Ray, {cores()} workers", our_seconds=[seconds]
    )
