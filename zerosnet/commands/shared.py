"""What several commands need: their arguments, the profile, where a sweep works, how to stop."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from zerosnet.files.interrupts import interrupts_held_back
from zerosnet.files.names import known_name
from zerosnet.files.paths import project_root
from zerosnet.files.progress import say_once

if TYPE_CHECKING:
    from zerosnet.experiments.profiles import Profile
    from zerosnet.sweeps.workplace import Workplace


def profile_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--profile``."""
    parser.add_argument("--profile", help="instead of the one in force in params.yaml")


def json_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def in_json(content: object) -> str:
    """What ``--json`` prints."""
    return json.dumps(content, ensure_ascii=False, indent=2)


def stage_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name of a stage, and ``--profile``."""
    parser.add_argument("stage", help="such as table3_third_order; dvc.yaml lists them")
    profile_argument(parser)


def profile_of(arguments: argparse.Namespace) -> Profile:
    """The profile that a command asks for, or the one in force."""
    from zerosnet.experiments.profiles import load_profile

    return load_profile(project_root() / "params.yaml", arguments.profile)


def load_torch() -> None:
    """Import PyTorch, whose loading drops an exception that a signal raises in it.

    Ctrl-C would be forgotten, or end in a thousand lines of traceback.
    """
    with interrupts_held_back():
        import torch  # noqa: F401


def workplace(profile: Profile) -> Workplace:
    """Where a sweep of this checkout works; loads PyTorch."""
    from zerosnet.files.paths import scratch_folder

    load_torch()
    from zerosnet.sweeps.side_by_side import turn_beside
    from zerosnet.sweeps.workplace import Workplace
    from zerosnet.training.allocator import keep_freed_memory
    from zerosnet.training.loop import default_device

    root = project_root()
    keep_freed_memory()
    return Workplace(
        root=root,
        results=root / "results",
        scratch=scratch_folder() / "runs",
        profile=profile.name,
        device=default_device(turn_beside()),
    )


class PrecisionHere:
    """Which precision this machine trains a profile in where none is on record; it says why.

    Args:
        profile: that is trained; it names the precision of other machines.
        launcher: that trains; a cluster's GPUs are not this machine's processor.

    Raises:
        SuiteError: ``ZEROSNET_PRECISION`` names one that nobody knows, also where none is asked.
    """

    def __init__(self, profile: Profile, launcher: str = "local") -> None:
        from zerosnet.training.recipe import PRECISION_VARIABLE, PRECISIONS

        self._profile, self._launcher = profile, launcher
        named = os.environ.get(PRECISION_VARIABLE)
        self._named = named and known_name(named, PRECISIONS, f"{PRECISION_VARIABLE} is {named!r}")
        #: The answer, once it has been asked for.
        self.asked: str | None = None

    def __call__(self) -> str:
        """``float32`` or ``bfloat16``; loads PyTorch."""
        if self.asked is None:
            self.asked = self._found()
        return self.asked

    def _found(self) -> str:
        load_torch()
        from zerosnet.sweeps.launchers.choice import may_get_gpus
        from zerosnet.training.loop import default_device
        from zerosnet.training.rates import precision_here, why_float32
        from zerosnet.training.recipe import PRECISION_VARIABLE

        wanted = self._profile.precision
        if self._named:
            return self._named
        if may_get_gpus(self._launcher):
            return wanted
        device = default_device()
        found = precision_here(wanted, device)
        if found != wanted:
            say_once(
                f"{self._profile.name} is trained in {found}: {why_float32(device)}; "
                f"{PRECISION_VARIABLE}={wanted} trains as elsewhere"
            )
        return found


def stop_like_ctrl_c_when_terminated() -> None:
    """Let SIGTERM (a batch system's, say) end long work as Ctrl-C does: with one line.

    The exception has the signal's number; that of Ctrl-C has none.
    """

    def interrupt(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)

    def again(unraisable: sys.UnraisableHookArgs) -> None:
        # It came while an object was being deleted, where Python drops every exception.
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM]).start()
        else:
            hook(unraisable)

    hook = sys.unraisablehook
    signal.signal(signal.SIGTERM, interrupt)
    sys.unraisablehook = again
