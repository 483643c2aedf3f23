"""Start the processes of one training with ``torchrun``, on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import torch

from zerosnet.files.errors import SuiteError

#: How long processes get to stop by themselves, in seconds.
_PATIENCE = 30


def processes_for(shards: int) -> int:
    """One process a GPU, or a core where there is none, as many as share the work out evenly."""
    at_hand = torch.cuda.device_count() if torch.cuda.is_available() else len(_cores())
    return max(n for n in range(1, shards + 1) if shards % n == 0 and n <= max(1, at_hand))


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(2))


def launch(stage: str, profile: str, key: str, processes: int) -> None:
    """Train one run in its own processes; they write to this process's standard error.

    Raises:
        SuiteError: a process failed.
    """
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        f"--nproc-per-node={processes}",
        *("-m", "zerosnet.training.imagenet.training", stage, profile, key),
    ]
    # torchrun would set it, and say so in five lines.
    child = subprocess.Popen(command, env={"OMP_NUM_THREADS": "1", **os.environ})
    try:
        status = child.wait()
    except BaseException:
        child.terminate()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    if status:
        raise SuiteError(
            f"the {processes} processes that trained {key} ended with status {status}: what they "
            "said stands above; the same command goes on from the last epoch"
        )
