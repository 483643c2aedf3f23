"""What Linux lets a group of processes use of its machine: a container, a job of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

#: Where the groups are mounted, and the file that says which of them the process is in, a line
#: "number:controllers:path" each.
_CGROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def cores_allowed() -> float | None:
    """Cores' worth of time that the groups of this process allow; ``None``: all of it."""
    found = []
    for version, group in _groups("cpu"):
        if version == 2:
            quota, _, period = _text(group / "cpu.max").partition(" ")
        else:
            quota, period = (_text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
        # Microseconds of computing in a period; "max" or -1 where there is no limit.
        if quota.isdigit() and period.isdigit() and int(period):
            found.append(int(quota) / int(period))
    return min(found, default=None)


def bytes_allowed() -> int | None:
    """Bytes of memory that the groups of this process allow; ``None``: all there are."""
    names = {1: "memory.limit_in_bytes", 2: "memory.max"}
    found = [_text(group / names[version]) for version, group in _groups("memory")]
    return min((int(limit) for limit in found if limit.isdigit()), default=None)


def _groups(controller: str) -> Iterator[tuple[int, Path]]:
    """Version and folder of every group from the process's own up to the root: each may set a
    limit, and the least one counts.
    """
    for line in _text(_OWN).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            version, root = 2, _CGROUPS
        elif controller in controllers.split(","):
            mounts = [_CGROUPS / controllers, _CGROUPS / controller]
            version, root = 1, next((m for m in mounts if m.is_dir()), mounts[0])
        else:
            continue
        parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
        # In a container the path is often the host's, and the container's own group is the root.
        for depth in range(len(parts), -1, -1):
            yield version, root.joinpath(*parts[:depth])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # not Linux, or not for us to see
        return ""
