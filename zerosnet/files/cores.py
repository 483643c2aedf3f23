"""How many cores this process may use: not those of the machine, but those that it is given."""

from __future__ import annotations

import math
import os
from pathlib import Path, PurePosixPath

#: How many threads OpenMP, and so PyTorch, computes with.  A user who sets it has the last word.
THREADS_VARIABLE = "OMP_NUM_THREADS"
#: Where Linux shows what groups of processes may use.
_CGROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def cores() -> int:
    """Cores that this process may use, 1 or more: by its affinity (taskset, SLURM) and by the share
    of time that its control group has (containers, Kubernetes).
    """
    share = _share(_CGROUPS, _OWN)
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


def _share(cgroups: Path, own: Path) -> float | None:
    """Cores' worth of time that the control groups of this process allow; ``None``: all of it.

    Every group from the process's own up to the root may set a limit; the least one counts.

    Args:
        cgroups: where the groups are mounted.
        own: the file that says which groups the process is in, a line "number:controllers:path".
    """
    found: list[float] = []
    for line in _text(own).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            root, read = cgroups, _share_v2
        elif "cpu" in controllers.split(","):
            mounts = [cgroups / controllers, cgroups / "cpu"]
            root, read = next((m for m in mounts if m.is_dir()), mounts[0]), _share_v1
        else:
            continue
        parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
        # In a container the path is often the host's, and the container's own group is the root.
        for depth in range(len(parts), -1, -1):
            share = read(root.joinpath(*parts[:depth]))
            found += [] if share is None else [share]
    return min(found, default=None)


def _share_v2(group: Path) -> float | None:
    quota, _, period = _text(group / "cpu.max").strip().partition(" ")
    return _quotient(quota, period)


def _share_v1(group: Path) -> float | None:
    return _quotient(
        _text(group / "cpu.cfs_quota_us").strip(), _text(group / "cpu.cfs_period_us").strip()
    )


def _quotient(quota: str, period: str) -> float | None:
    """Cores: microseconds of computing in a period, by the microseconds of the period; ``None``
    where there is no limit, which is written "max" or -1.
    """
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux, or not for us to see
        return ""
