"""Several processes on one sweep: each a command of its own, all on the same machine.

They share nothing but the scratch folder's locks and the records, so one that dies takes no other
with it, and the same command goes on where all of them stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers.choice import LAUNCHER_VARIABLE

#: How many processes train side by side, where the command does not say.
JOBS_VARIABLE = "ZEROSNET_JOBS"


def jobs_from(option: int | None) -> int | None:
    """Processes that are asked for: by the option or by ``ZEROSNET_JOBS``; ``None`` if by neither.

    Raises:
        SuiteError: not a positive whole number.
    """
    text = str(option) if option is not None else os.environ.get(JOBS_VARIABLE)
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        name = "--jobs" if option is not None else JOBS_VARIABLE
        raise SuiteError(f"{name} is {text!r}: give a number of processes, 1 or more")
    return int(text)


def run_side_by_side(arguments: list[str], jobs: int) -> None:
    """Run ``python -m zerosnet ARGUMENTS`` several times at once, the cores shared out evenly.

    Raises:
        SuiteError: one of them failed; the others have ended before.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    # One job each: what they start must not multiply.
    environment = {
        **os.environ,
        JOBS_VARIABLE: "1",
        LAUNCHER_VARIABLE: "local",
        "OMP_NUM_THREADS": str(threads),
    }
    command = [sys.executable, "-m", "zerosnet", *arguments]
    processes = [subprocess.Popen(command, env=environment) for _ in range(jobs)]
    try:
        statuses = [process.wait() for process in processes]
    except KeyboardInterrupt:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        raise
    failed = [status for status in statuses if status]
    if failed:
        raise SuiteError(
            f"{len(failed)} of {jobs} processes failed (exit status {failed[0]}), for the reason "
            "above; the same command goes on where they stopped"
        )
