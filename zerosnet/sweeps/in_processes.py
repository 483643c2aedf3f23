"""One training in several processes: ``torchrun`` starts them, each runs this module.

    torchrun --nproc-per-node 8 -m zerosnet.sweeps.in_processes STAGE PROFILE KEY LAYOUT

``python -m zerosnet train`` does so itself, on one machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import torch
import torch.distributed as dist
from torch.multiprocessing import _prctl_pr_set_pdeathsig  # type: ignore[attr-defined]

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.cores import THREADS_VARIABLE, cores, threads_each
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import project_root, scratch_folder
from zerosnet.files.progress import say
from zerosnet.sweeps.locks import Lock
from zerosnet.training.imagenet.images import open_folders
from zerosnet.training.imagenet.training import train_in_processes
from zerosnet.training.steps import set_arithmetic

#: Tells the processes of a group which process ``torchrun`` is.
_TORCHRUN_VARIABLE = "ZEROSNET_TORCHRUN"
_TORCHRUN = (
    f"import os; os.environ[{_TORCHRUN_VARIABLE!r}] = str(os.getpid()); "
    "from torch.distributed.run import main; main()"
)


def processes_for(shards: int) -> int:
    """One process a GPU, or a core where there is none, as many as share the work out evenly."""
    at_hand = torch.cuda.device_count() if torch.cuda.is_available() else cores()
    return max(n for n in range(1, shards + 1) if shards % n == 0 and n <= max(1, at_hand))


def launch(stage: str, profile: str, key: str, layout: str, processes: int, lock: Lock) -> None:
    """Train one run in its own processes; they write to this process's standard error.

    Args:
        lock: the run's, which is held.  The group has it, too, should this process be killed.

    Raises:
        SuiteError: a process failed.
    """
    command = [
        *(sys.executable, "-c", _TORCHRUN, "--standalone"),
        f"--nproc-per-node={processes}",
        *("-m", "zerosnet.sweeps.in_processes", stage, profile, key, layout),
    ]
    # torchrun would set it to 1, and say so in five lines.
    environment = {**os.environ, THREADS_VARIABLE: str(threads_each(processes))}
    # A group of its own, which Ctrl-C at the terminal does not reach: each of its processes would
    # answer with a traceback.
    child = subprocess.Popen(
        command, env=environment, pass_fds=lock.descriptors, start_new_session=True
    )
    try:
        lock.say_that_it_has(child.pid)
        status = child.wait()
    except BaseException:
        # What they write is whole or not there, so nothing is lost but the epoch that they are in.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    if status:
        raise SuiteError(
            f"the {processes} processes that trained {key} ended with status {status}: what they "
            "said stands above; the same command goes on from the last epoch"
        )


def end_with_torchrun() -> None:
    """Let the kernel end this process with ``torchrun``, also where that is killed.

    Since torch 2.15 each process has a session of its own, which no signal to torchrun's group
    reaches, and none has the lock of the run: it would train on beside the next start.
    """
    if sys.platform != "linux":
        return
    _prctl_pr_set_pdeathsig(signal.SIGKILL)
    # It may have ended before, while this process was loading PyTorch.
    torchrun = os.environ.get(_TORCHRUN_VARIABLE, "")
    if torchrun and torchrun != str(os.getppid()):
        os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Join the group that ``torchrun`` has made, and train one run: stage, profile, key, layout."""
    end_with_torchrun()
    stage, profile_name, key, layout = arguments
    root = project_root()
    rows = plan_stage(stage, load_profile(root / "params.yaml", profile_name), root)
    run = next(run for row in rows for run in row.runs if run.key == key)
    local = int(os.environ["LOCAL_RANK"])
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda", local) if on_gpu else torch.device("cpu")
    if on_gpu:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if on_gpu else "gloo")
    set_arithmetic(run.recipe)
    folders = open_folders(run.data.name)
    train_in_processes(run, folders, scratch_folder() / "runs" / key, device, layout)
    dist.destroy_process_group()


def leave(error: BaseException) -> NoReturn:
    """Say what is wrong, and end at once: then ``torchrun`` ends the others.

    The group is not taken down: that would wait for the others, who may wait for this one.
    """
    try:
        if isinstance(error, SuiteError):
            say(f"zerosnet: {error}")
        else:
            traceback.print_exception(error)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:  # also where nobody reads it any more
        os._exit(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BaseException as found:  # noqa: BLE001 - whatever it is, the others must not wait for it
        leave(found)
