"""How many cores this process may use: not those of the machine, but those that it is given."""

from __future__ import annotations

import math
import os

from zerosnet.files.cgroups import cores_allowed

#: How many threads OpenMP, and so PyTorch, computes with.  A user who sets it has the last word.
THREADS_VARIABLE = "OMP_NUM_THREADS"


def cores() -> int:
    """Cores that this process may use, 1 or more: by its affinity (taskset, SLURM) and by the share
    of time that its control group has (containers, Kubernetes).
    """
    share = cores_allowed()
    at_hand = _by_affinity()
    return at_hand if share is None else max(1, min(at_hand, math.ceil(share)))


def threads_each(processes: int) -> int:
    """Threads for each of several processes at once: as ``OMP_NUM_THREADS`` says, if it does, else
    an even share of the cores.
    """
    return threads_named() or max(1, cores() // max(1, processes))


def threads_named() -> int | None:
    """What ``OMP_NUM_THREADS`` says, if it is a number of threads."""
    named = os.environ.get(THREADS_VARIABLE, "")
    return int(named[:9]) or None if named.isascii() and named.isdigit() else None


def _by_affinity() -> int:
    if hasattr(os, "process_cpu_count"):  # Python 3.13 and later; it heeds PYTHON_CPU_COUNT, too
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
