"""Several processes that train or measure: each a command of its own, all on the same machine.

They share nothing but the scratch folder's locks and the records, so one that dies takes no other
with it, and the same command goes on where all of them stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from zerosnet.files.cgroups import bytes_allowed
from zerosnet.files.cores import THREADS_VARIABLE, cores, threads_each, threads_named
from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import whole_number
from zerosnet.sweeps.launchers.choice import LAUNCHER_VARIABLE
from zerosnet.training.recipe import PRECISION_VARIABLE
from zerosnet.training.runs import Run
from zerosnet.training.work import is_small

#: How many processes work side by side, where the command does not say.
JOBS_VARIABLE = "ZEROSNET_JOBS"
#: Tells each of several processes how many they are.
_BESIDE_VARIABLE = "ZEROSNET_SIDE_BY_SIDE"
#: Tells each of them which it is, from 1: they take a machine's GPUs in turn.
_TURN_VARIABLE = "ZEROSNET_TURN"
#: Memory that a process needs before it trains, in GB: PyTorch, mostly.
_GB_EACH = 0.7
#: More processes need more memory than they save time.
_MOST_JOBS = 8
#: Small runs to train or measure that are worth the start of a process, some seconds.
_RUNS_EACH = 8


def jobs_from(option: str | None) -> int | None:
    """Processes that are asked for: by the option or by ``ZEROSNET_JOBS``; ``None`` if by neither.

    Raises:
        SuiteError: not a positive whole number.
    """
    if option is not None:
        return whole_number(option, "--jobs", "processes")
    text = os.environ.get(JOBS_VARIABLE)
    return whole_number(text, JOBS_VARIABLE, "processes") if text else None


def processes_beside() -> int:
    """How many processes work side by side, this one among them."""
    text = os.environ.get(_BESIDE_VARIABLE)
    return whole_number(text, _BESIDE_VARIABLE, "processes") if text else 1


def turn_beside() -> int:
    """Which of the processes that work side by side this one is, from 0."""
    text = os.environ.get(_TURN_VARIABLE)
    return whole_number(text, _TURN_VARIABLE, "the process") - 1 if text else 0


def processes_for(runs: Sequence[Run], asked: int | None) -> int:
    """How many processes work on runs side by side: see :func:`jobs_for` and :func:`usual_jobs`.

    Args:
        runs: that are still to be trained or measured.
        asked: for how many, if for any.

    Raises:
        SuiteError: this machine, or its container, has not the memory for so many.
    """
    return usual_jobs(runs) if asked is None else jobs_for(len(runs), asked)


def usual_jobs(runs: Sequence[Run]) -> int:
    """How many processes work on runs side by side, where nobody says.

    One, with all cores' threads; for many small runs (:func:`~zerosnet.training.work.is_small`) a
    process a core, up to eight.
    """
    if not all(map(is_small, runs)):
        return 1
    return max(1, min(cores() // (threads_named() or 1), len(runs) // _RUNS_EACH, _MOST_JOBS))


def jobs_for(runs: int, asked: int) -> int:
    """How many of the processes that are asked for are started: no more than there are runs.

    Raises:
        SuiteError: this machine, or its container, has not the memory for so many.
    """
    jobs = max(1, min(asked, runs))
    memory = _memory_gb()
    if memory is not None and jobs > 1 and jobs * _GB_EACH > memory:
        raise SuiteError(
            f"{jobs} processes need some {jobs * _GB_EACH:,.0f} GB of memory before they train, "
            f"and here are {memory:.0f} GB: ask for fewer with --jobs or {JOBS_VARIABLE}"
        )
    return jobs


def _memory_gb() -> float | None:
    """Memory of the machine, or what a container has of it; ``None`` where nobody says."""
    allowed = bytes_allowed()
    found = [] if allowed is None else [allowed]
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(found) / 1e9 if found else None


def run_side_by_side(
    arguments: list[str], jobs: int, threads: int | None = None, precision: str | None = None
) -> None:
    """Run ``python -m zerosnet ARGUMENTS`` several times at once.

    Args:
        arguments: of the command, which lets other processes do their part; without ``--jobs``.
        jobs: how many processes.
        threads: of each process, unless ``OMP_NUM_THREADS`` says; ``None``: the cores are shared
            out evenly.
        precision: that this machine trains in, where it has been found out.

    Raises:
        SuiteError: one of them failed or could not be started; the others have ended before.
    """
    # One job each: what they start must not multiply.
    environment = {
        **os.environ,
        THREADS_VARIABLE: str(threads_named() or threads or threads_each(jobs)),
        JOBS_VARIABLE: "1",
        _BESIDE_VARIABLE: str(jobs),
        LAUNCHER_VARIABLE: "local",
        **({PRECISION_VARIABLE: precision} if precision else {}),
    }
    command = [sys.executable, "-m", "zerosnet", *arguments]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for turn in range(1, jobs + 1):
            own = {**environment, _TURN_VARIABLE: str(turn)}
            processes.append(subprocess.Popen(command, env=own))
        statuses = [process.wait() for process in processes]
    except BaseException as error:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        if isinstance(error, OSError):
            raise SuiteError(
                f"only {len(processes)} of {jobs} processes could be started ({error.strerror}): "
                f"ask for fewer with --jobs or {JOBS_VARIABLE}"
            ) from None
        raise
    failed = [status for status in statuses if status]
    if failed:
        raise SuiteError(
            f"{len(failed)} of {jobs} processes failed (exit status {failed[0]}), for the reason "
            "above; the same command goes on where they stopped"
        )
