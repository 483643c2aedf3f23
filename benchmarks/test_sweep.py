"""Several runs at once on one machine: images a second of all together."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from contest import IMAGES, Contender

from zerosnet.files.cores import cores

CORES = cores()


@pytest.mark.parametrize("jobs", sorted({1, 2, 4, 8} & set(range(1, CORES + 1))))
def test_sweep(benchmark, jobs):
    """``python -m zerosnet train --jobs``: as many processes, the cores shared out evenly."""
    threads = max(1, CORES // jobs)
    with ExitStack() as stack:
        runs = [
            stack.enter_context(Contender("training", "suite", threads=threads))
            for _ in range(jobs)
        ]

        def all_at_once():
            for run in runs:
                run.begin()
            return [run.result() for run in runs]

        all_at_once()
        found = []
        benchmark.pedantic(lambda: found.append(all_at_once()), rounds=7)
    benchmark.extra_info.update(
        about=f"sweep, ZeroSNet-20, {jobs} at once",
        images=IMAGES * jobs,
        our_seconds=[max(run["seconds"] for run in all_runs) for all_runs in found],
        peak_mib=max(run["peak_mib"] for run in found[-1]),
    )
