"""Training of small networks beside a process that keeps a core busy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zerosnet.files.cores import cores

PROJECT = Path(__file__).resolve().parent.parent
#: Trains ZeroSNet-14 of width 8 on digits and prints seconds and images.
_TRAIN = """
import tempfile, time, torch
from pathlib import Path
from zerosnet.data.images import load
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.training.loop import train
from zerosnet.training.work import is_small, use_threads
run = plan_stage("table6_robustness", load_profile(Path("params.yaml"), "smoke"), Path())[0].runs[0]
images = load(run.data.name, train=run.data.train, test=run.data.test)
use_threads(is_small(run))
start = time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    train(run, images, Path(folder), torch.device("cpu"), lambda line: None)
print(time.perf_counter() - start, run.recipe.epochs * len(images.train_labels))
"""


def trained(**variables):
    """Seconds and images of a training in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")} | variables
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, images = done.stdout.split()
    return float(seconds), int(images)


@pytest.fixture
def neighbour():
    """A process that never rests, on any core."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    time.sleep(0.5)
    yield
    process.kill()
    process.wait()


@pytest.mark.usefixtures("neighbour")
def test_one_thread_bears_a_busy_neighbour(benchmark, capsys):
    """In turns, so that whatever else the machine does strikes both: threads as the suite chooses
    them, and a thread a core, which wait for each other.
    """
    chosen, all_cores = [], []
    benchmark.pedantic(
        lambda: chosen.append(trained()),
        setup=lambda: all_cores.append(trained(OMP_NUM_THREADS=str(cores()))),
        rounds=3,
    )
    benchmark.extra_info.update(
        about="beside a neighbour, ZeroSNet-14 on digits",
        images=chosen[0][1],
        other_seconds=[seconds for seconds, _ in all_cores],
        our_seconds=[seconds for seconds, _ in chosen],
    )
    ours, others = [[round(n / seconds) for seconds, n in side] for side in (chosen, all_cores)]
    with capsys.disabled():
        print(f"\nimages/s beside a neighbour: {ours} as chosen, {others} with a thread a core")
