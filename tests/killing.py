"""The suite's commands as processes that can be killed at any moment, many of them a minute.

Each is forked from a server that has imported everything once: a kill then costs what it destroys,
not the seconds that an import of torch takes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "killing",
        "zerosnet.__main__",
        "zerosnet.sweeps.train",
        "zerosnet.sweeps.measure",
        "zerosnet.reporting.report",
    ]
)
#: Events of Python's audit hooks at which files come, go or change their names.
_FILE_EVENTS = ("open", "os.mkdir", "os.remove", "os.rename", "os.chmod")


def _run(arguments, folder, log, file_operation, begun):
    import torch

    from zerosnet.__main__ import main

    os.chdir(folder)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    # What is started in the background may have inherited that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.set_num_threads(1)  # tiny networks; and all runs must sum in one order
    if file_operation is not None:
        _die_at(file_operation, str(folder))
    begun.set()
    try:
        status = main(arguments)
    finally:
        # From here on Ctrl-C would only meet what multiprocessing does at the end.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(status)


def _die_at(number, folder):
    """SIGKILL to oneself right before the n-th operation that changes a file of the checkout."""
    left = [number]

    def hook(event, arguments):
        if event not in _FILE_EVENTS or not str(arguments[0]).startswith(folder):
            return
        if event == "open" and not (arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


class Command:
    """``python -m zerosnet ARGUMENTS`` in a checkout.

    Args:
        log: to which its output is appended.
        file_operation: it kills itself before so many operations on files, if given.
    """

    def __init__(self, arguments, folder: Path, log: Path, file_operation: int | None = None):
        self._begun = _SERVER.Event()
        self.process = _SERVER.Process(
            target=_run, args=(arguments, folder, log, file_operation, self._begun)
        )
        self.process.start()

    def send_after(self, seconds: float, number: signal.Signals) -> bool:
        """Send a signal so long after the command began, unless it ends before; whether it was.

        Before, the signal would meet multiprocessing, which says what no command says.
        """
        assert self._begun.wait(60), "the command does not begin"
        self.process.join(seconds)
        if not self.process.is_alive():
            return False
        os.kill(self.process.pid, number)
        return True

    def status(self, seconds: float = 600) -> int:
        """How it ended: its exit status, or minus the signal that ended it."""
        self.process.join(seconds)
        assert not self.process.is_alive(), "the command hangs"
        return self.process.exitcode


def run(arguments, folder: Path, log: Path) -> int:
    """Run a command to its end."""
    return Command(arguments, folder, log).status()
