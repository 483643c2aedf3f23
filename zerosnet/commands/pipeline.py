"""``python -m zerosnet run`` and ``repro``: a stage of ``dvc.yaml``, and all of them."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from zerosnet.commands import training
from zerosnet.commands.data import note_settings
from zerosnet.commands.shared import (
    profile_argument,
    profile_of,
    stage_arguments,
    stop_like_ctrl_c_when_terminated,
)
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import project_root, scratch_folder
from zerosnet.files.storage import write_atomically

#: The profile that ``dvc.lock`` in git is of: its evidence stands in git, too.
LOCKED = "mini"


def add_parsers(commands: Any) -> None:
    """Add these commands to the command line."""
    run = commands.add_parser(
        "run", help="train, measure and judge a stage; what is on record is not done again"
    )
    stage_arguments(run)
    training.training_arguments(run)
    run.set_defaults(func=_run)

    repro = commands.add_parser(
        "repro",
        help="`dvc repro` that leaves dvc.lock in git alone in every profile",
        description=f"dvc.lock in git is of the profile {LOCKED}; that of another one is kept in "
        "scratch.",
    )
    repro.add_argument("stages", nargs="*", metavar="STAGE", help="all, if none")
    profile_argument(repro)
    repro.set_defaults(func=_repro)

    lock = commands.add_parser(
        "lock",
        help=f"note the evidence of the profile {LOCKED} in dvc.lock; nothing is run",
        description="Results and pages must be what the records give: `make report` does both.",
    )
    lock.set_defaults(func=_lock)


def _run(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.timed import RUNTIME_STAGE, runtime_folder
    from zerosnet.files.names import in_any_case
    from zerosnet.judging.stages import claims_of, judge_stage, trained_stage

    profile, root = profile_of(arguments), project_root()
    if in_any_case(arguments.stage, [RUNTIME_STAGE]):
        # Times are of a device: `measure` takes them anew, on another one or of other code.
        if not any(runtime_folder(root / "results", profile.name).glob("*.json")):
            training.measure_stage(arguments)
    else:
        arguments.stage = trained_stage(arguments.stage).stage
        claims_of(arguments.stage, root)  # a slip in the claims is said before hours of training
        training.train_stage(arguments, without_images=True)
        if training.measurement_of_stage(arguments.stage, profile) is not None:
            training.measure_stage(arguments)
    print(judge_stage(arguments.stage, profile, root).relative_to(root))
    return 0


def _repro(arguments: argparse.Namespace) -> int:
    profile, root = profile_of(arguments), project_root()
    stages = [_stage(name, root) for name in arguments.stages]
    stop_like_ctrl_c_when_terminated()
    with lock_of_profile(root, profile.name), profile_in_force(root, profile.name):
        return _dvc(root, "repro", *stages)


def _stage(name: str, root: Path) -> str:
    """A stage of ``dvc.yaml``, in any case; what is no name of one, a file say, is left to DVC.

    Raises:
        SuiteError: there is no such stage.
    """
    from zerosnet.files.names import known_name
    from zerosnet.files.yaml_files import read_yaml

    if not re.fullmatch(r"\w+", name) or not (root / "dvc.yaml").is_file():
        return name
    stages = read_yaml(root / "dvc.yaml")["stages"]
    return known_name(name, stages, f"dvc.yaml has no stage {name!r}")


def _lock(_arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.profiles import load_profile
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.experiments.trained_stages import EXPERIMENTS

    root = project_root()
    profile = load_profile(root / "params.yaml", LOCKED)
    for stage in EXPERIMENTS:
        rows = plan_stage(stage, profile, root)
        training.write_training_manifest(stage, rows, profile, root)
        measurement = training.measurement_of_stage(stage, profile)
        if measurement is not None:
            training.write_measuring_manifest(stage, rows, measurement, profile, root)
    note_settings(root, LOCKED)
    with lock_of_profile(root, LOCKED), profile_in_force(root, LOCKED):
        return _dvc(root, "commit", "--force", "dvc.yaml")


def _dvc(root: Path, *arguments: str) -> int:
    """Run DVC; returns its exit status."""
    # The stages call `python`, which is to be this one.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments], cwd=root, env={**os.environ, "PATH": path}
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)  # it ends its stage and itself


@contextmanager
def profile_in_force(root: Path, name: str) -> Iterator[None]:
    """Let ``params.yaml`` name a profile; DVC takes it from there alone."""
    path = root / "params.yaml"
    before = path.read_bytes()
    changed = re.sub(rb"(?m)^profile: *[\w-]+", b"profile: " + name.encode(), before, count=1)
    if changed == before:
        yield
        return
    write_atomically(path, changed)
    try:
        yield
    finally:
        write_atomically(path, before)


@contextmanager
def lock_of_profile(root: Path, profile: str) -> Iterator[None]:
    """Let ``dvc.lock`` be that of a profile; the one in git is put back at the end.

    After a kill it is put back by the next call.

    Raises:
        SuiteError: another process does the same in this checkout.
    """
    from filelock import Timeout

    from zerosnet.sweeps.locks import Lock

    used, folder = root / "dvc.lock", scratch_folder() / "locks"
    own, in_git = folder / f"{profile}.lock", folder / "in-git.lock"
    with ExitStack() as stack:
        try:
            stack.enter_context(Lock(folder, "the pipeline").held())
        except Timeout:
            raise SuiteError(
                "another `zerosnet repro` or `zerosnet lock` is at work in this checkout: wait for "
                "its end"
            ) from None
        if in_git.exists():
            _put_back(in_git, used)
        if profile == LOCKED:
            yield
            return
        write_atomically(in_git, used.read_bytes() if used.exists() else b"")
        if own.exists():
            write_atomically(used, own.read_bytes())
        else:
            used.unlink(missing_ok=True)
        try:
            yield
        finally:
            if used.exists():
                write_atomically(own, used.read_bytes())
            _put_back(in_git, used)


def _put_back(kept: Path, used: Path) -> None:
    """Let ``dvc.lock`` be git's again, from a copy that is empty where git has none.

    By writing, not by renaming: the scratch folder may lie on another file system.
    """
    if content := kept.read_bytes():
        write_atomically(used, content)
    else:
        used.unlink(missing_ok=True)
    kept.unlink()
