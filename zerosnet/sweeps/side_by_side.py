"""Several processes on one sweep: each a command of its own, all on the same machine.

They share nothing but the scratch folder's locks and the records, so one that dies takes no other
with it, and the same command goes on where all of them stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys

from zerosnet.files.cores import THREADS_VARIABLE, threads_each
from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import whole_number
from zerosnet.sweeps.launchers.choice import LAUNCHER_VARIABLE

#: How many processes train side by side, where the command does not say.
JOBS_VARIABLE = "ZEROSNET_JOBS"


def jobs_from(option: str | None) -> int | None:
    """Processes that are asked for: by the option or by ``ZEROSNET_JOBS``; ``None`` if by neither.

    Raises:
        SuiteError: not a positive whole number.
    """
    if option is not None:
        return whole_number(option, "--jobs", "processes")
    text = os.environ.get(JOBS_VARIABLE)
    return whole_number(text, JOBS_VARIABLE, "processes") if text else None


def run_side_by_side(arguments: list[str], jobs: int) -> None:
    """Run ``python -m zerosnet ARGUMENTS`` several times at once, the cores that this process may
    use shared out evenly, unless ``OMP_NUM_THREADS`` says how many threads each has.

    Raises:
        SuiteError: one of them failed; the others have ended before.
    """
    # One job each: what they start must not multiply.
    environment = {
        **os.environ,
        JOBS_VARIABLE: "1",
        LAUNCHER_VARIABLE: "local",
        THREADS_VARIABLE: str(threads_each(jobs)),
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
