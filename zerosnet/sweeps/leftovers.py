"""Checkpoints of finished runs, which a kill between record and clearing up has left."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from filelock import Timeout

from zerosnet.experiments.records import TRAINING, record_path
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.locks import Lock
from zerosnet.training.runs import Run


def remove_leftovers(runs: Iterable[Run], results: Path, profile: str, scratch: Path) -> None:
    """Delete checkpoints that are older than their run's record; it was made from them.

    Newer ones are of the same run in another profile or checkout, and stay, as all do where
    another process has the run.

    Args:
        results: the folder of all profiles' results.
        profile: its name.
        scratch: the folder that holds a folder a run.
    """
    for run in runs:
        folder = scratch / run.key
        checkpoints = [*folder.glob("checkpoint-*")]
        record = record_path(results, profile, run.key, TRAINING)
        if not checkpoints or not record.is_file():
            continue
        try:
            with Lock(folder, f"the run {run.label} ({run.key})").held():
                finished = record.stat().st_mtime_ns
                for path in checkpoints:
                    if path.stat().st_mtime_ns <= finished:
                        path.unlink()
        except (Timeout, OSError, SuiteError):
            continue  # they do no harm, and go another time
