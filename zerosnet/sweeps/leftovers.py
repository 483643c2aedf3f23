"""Checkpoints of finished runs, which a kill between record and clearing up has left."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from filelock import Timeout

from zerosnet.experiments.records import TRAINING, load_record, record_path
from zerosnet.files.errors import SuiteError
from zerosnet.files.interrupts import interrupts_held_back
from zerosnet.files.paths import is_there
from zerosnet.sweeps.locks import Lock
from zerosnet.training.runs import Run


def remove_leftovers(runs: Iterable[Run], results: Path, profile: str, scratch: Path) -> None:
    """Delete checkpoints that are older than their run's record, and have its epochs: it was made
    from them.

    Others are of the same run, under way in another profile or checkout, and stay: newer ones, and
    those with fewer epochs, as a record is as new as its checkout and not as its training.  So do
    all where another process has the run.

    Args:
        results: the folder of all profiles' results.
        profile: its name.
        scratch: the folder that holds a folder a run.
    """
    for run in runs:
        folder = scratch / run.key
        record = record_path(results, profile, run.key, TRAINING)
        if not any(folder.glob("checkpoint-*.safetensors*")) or not is_there(record.is_file):
            continue
        with interrupts_held_back():  # it loads PyTorch, which most calls can do without
            from zerosnet.training.checkpoint import checkpoints_to_go, epochs_on_disk
        try:
            with Lock(folder, f"the run {run.label} ({run.key})").held():
                # Of a run that diverged, those before it did.
                epochs = len(load_record(record)["history"]["test_accuracy"])
                if epochs_on_disk(folder) < epochs:
                    continue
                finished = record.stat().st_mtime_ns
                for path in checkpoints_to_go(folder):
                    if path.stat().st_mtime_ns <= finished:
                        path.unlink()
        except (Timeout, OSError, SuiteError):
            continue  # they do no harm, and go another time
