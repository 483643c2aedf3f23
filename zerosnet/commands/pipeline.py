"""``python -m zerosnet run`` and ``repro``: a stage of ``dvc.yaml``, and all of them."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from zerosnet.files.progress import say
from zerosnet.files.reading import content_of
from zerosnet.files.storage import read_json, read_or_set_aside, write_atomically, write_json

if TYPE_CHECKING:
    from zerosnet.sweeps.locks import Lock

#: The profile that ``dvc.lock`` in git is of: its evidence stands in git, too.
LOCKED = "mini"
#: Of the notes on what a killed call leaves.
_SCHEMA = 1
#: The line of ``params.yaml`` that names the profile in force, as people write it.
_PROFILE_LINE = re.compile(
    rb"""(?m)^["']?profile["']?[ \t]*:"""
    rb"""(?:[ \t]+(?P<name>"[^"\r\n]*"|'[^'\r\n]*'|[^\s#"']\S*))?"""
)


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
    from zerosnet.judging.stages import claims_in_order, judge_stage, trained_stage

    profile, root = profile_of(arguments), project_root()
    if in_any_case(arguments.stage, [RUNTIME_STAGE]):
        # Times are of a device: `measure` takes them anew, on another one or of other code.
        if not any(runtime_folder(root / "results", profile.name).glob("*.json")):
            training.measure_stage(arguments)
    else:
        arguments.stage = trained_stage(arguments.stage).stage
        # A slip in the claims or in what is to be measured is said before hours of training.
        claims_in_order(arguments.stage, root)
        measured = training.measurement_of_stage(arguments.stage, profile) is not None
        training.train_stage(arguments, without_images=True)
        if measured:
            training.measure_stage(arguments)
    print(judge_stage(arguments.stage, profile, root).relative_to(root))
    return 0


def _repro(arguments: argparse.Namespace) -> int:
    root = project_root()
    stop_like_ctrl_c_when_terminated()
    with alone(root) as lock:  # before params.yaml is read: a killed call may have left another one
        profile = profile_of(arguments)
        stages = [_stage(name, root) for name in arguments.stages]
        with lock_of_profile(root, profile.name), profile_in_force(root, profile.name):
            return _dvc(root, lock, "repro", *stages)


def _stage(name: str, root: Path) -> str:
    """A stage of ``dvc.yaml``, in any case; what is no name of one, a file say, is left to DVC.

    Raises:
        SuiteError: there is no such stage, or ``dvc.yaml`` names none.
    """
    from zerosnet.files.names import known_name
    from zerosnet.files.yaml_files import read_yaml

    if not re.fullmatch(r"\w+", name) or not (root / "dvc.yaml").is_file():
        return name
    content = read_yaml(root / "dvc.yaml")
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict):
        raise SuiteError("dvc.yaml lists no stages: restore it with git")
    return known_name(name, stages, f"dvc.yaml has no stage {name!r}")


def _lock(_arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.profiles import load_profile
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.experiments.trained_stages import EXPERIMENTS

    root = project_root()
    stop_like_ctrl_c_when_terminated()
    with alone(root) as lock:  # a pipeline at work writes the same manifests
        profile = load_profile(root / "params.yaml", LOCKED)
        for stage in EXPERIMENTS:
            rows = plan_stage(stage, profile, root)
            training.write_training_manifest(stage, rows, profile, root)
            measurement = training.measurement_of_stage(stage, profile)
            if measurement is not None:
                training.write_measuring_manifest(stage, rows, measurement, profile, root)
        note_settings(root, LOCKED)
        with profile_in_force(root, LOCKED):
            return _dvc(root, lock, "commit", "--force", "dvc.yaml")


def _dvc(root: Path, lock: Lock, *arguments: str) -> int:
    """Run DVC, which keeps the lock where this process is killed; returns its exit status."""
    # The stages call `python`, which is to be this one.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=root,
        env={**os.environ, "PATH": path},
        pass_fds=lock.descriptors,
    )
    interrupted = False
    while True:
        try:
            status = process.wait()
            break
        except KeyboardInterrupt as stop:
            interrupted = True
            if stop.args:
                _terminate(process.pid)
            else:
                process.send_signal(signal.SIGINT)  # at a terminal the stage has had one, too
    if interrupted and status:
        raise KeyboardInterrupt
    return status


def _terminate(pid: int) -> None:
    """Pass SIGTERM on to the stages of DVC, which ends when its stage does.

    DVC ignores Ctrl-C while a stage is at work, and so do all that were started by a shell in the
    background.  Sessions of their own are ended by who has started them.

    Args:
        pid: of DVC.
    """
    from psutil import NoSuchProcess, Process

    with suppress(NoSuchProcess):
        dvc = Process(pid)
        at_work = dvc.children(recursive=True)
        for each in at_work or [dvc]:
            with suppress(NoSuchProcess, ProcessLookupError):
                if not hasattr(os, "getsid") or os.getsid(each.pid) == os.getsid(0):
                    each.terminate()


def kept_folder(root: Path) -> Path:
    """Where the pipeline of one checkout keeps its locks; others may share the scratch folder."""
    checkout = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return scratch_folder() / "locks" / checkout


@contextmanager
def alone(root: Path) -> Iterator[Lock]:
    """Let no other call be at work in a checkout, and put back what a killed one has left there.

    Raises:
        SuiteError: another process is at work.
    """
    from filelock import Timeout

    from zerosnet.sweeps.locks import Lock

    lock = Lock(kept_folder(root), "the pipeline")
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held())
        except Timeout:
            raise SuiteError(
                "another `zerosnet repro` or `zerosnet lock`, or the DVC of one that was killed, "
                "is at work in this checkout: wait for its end"
            ) from None
        if _profile_as_before(root):
            say("params.yaml names the profile again that it named before a call was killed")
        _lock_as_before_a_kill(root)
        yield lock


@contextmanager
def profile_in_force(root: Path, name: str) -> Iterator[None]:
    """Let ``params.yaml`` name a profile; DVC takes it from there alone.

    What else is changed in that file meanwhile stays.  After a kill :func:`alone` puts the old name
    back.

    Raises:
        SuiteError: the file does not name its profile on a line of its own.
    """
    path = root / "params.yaml"
    before = path.read_bytes()
    if _profile_named(before, path) == name:
        yield
        return
    line = _PROFILE_LINE.search(before)
    # In quotes: YAML would read some names as numbers or truth values.
    changed = before if line is None else _with(before, line, f'profile: "{name}"')
    if line is None or _profile_named(changed, path) != name:
        raise SuiteError(
            f"params.yaml does not name its profile on a line of its own, so that {name!r} cannot "
            "take its place: write `profile: NAME` there, without a space before it"
        )
    note = {"schema": _SCHEMA, "profile": name, "line": line.group().decode()}
    write_json(_profile_note(root), note)
    write_atomically(path, changed)
    try:
        yield
    finally:
        _profile_as_before(root)


def _profile_note(root: Path) -> Path:
    return kept_folder(root) / "profile.json"


def _profile_named(content: bytes, path: Path) -> object:
    """The profile that the content of ``params.yaml`` names; ``None`` where that cannot be read."""
    from zerosnet.files.yaml_files import parse_yaml

    try:
        found = parse_yaml(content, path)
    except SuiteError:
        return None
    return found.get("profile") if isinstance(found, dict) else None


def _with(content: bytes, line: re.Match[bytes], new: str) -> bytes:
    return content[: line.start()] + new.encode() + content[line.end() :]


def _profile_as_before(root: Path) -> bool:
    """Put the line back that a profile has displaced; whether that was to be done.

    A file that names another profile by now has been changed by its owner, and stays.
    """
    path, note = root / "params.yaml", _profile_note(root)
    kept = _noted(note)
    changed = False
    if kept is not None:
        content = content_of(path)
        line = _PROFILE_LINE.search(content)
        if line is not None and (line["name"] or b"").strip(b"\"'") == kept["profile"].encode():
            write_atomically(path, _with(content, line, kept["line"]))
            changed = True
    note.unlink(missing_ok=True)
    return changed


def _noted(note: Path) -> dict[str, Any] | None:
    return read_or_set_aside(note, lambda path: read_json(path, _SCHEMA))


@contextmanager
def lock_of_profile(root: Path, profile: str) -> Iterator[None]:
    """Let ``dvc.lock`` be that of a profile; the one in git is put back at the end.

    After a kill :func:`alone` puts it back.
    """
    if profile == LOCKED:
        yield
        return
    used, (in_git, note) = root / "dvc.lock", _copy_and_note(root)
    own = _own_lock(root, profile)
    put = _content(own)
    # The note last: a copy without one is of a call that was killed before it changed anything.
    write_atomically(in_git, _content(used))
    write_json(note, {"schema": _SCHEMA, "profile": profile, "sha256": _sha256(put)})
    _let_be(used, put)
    try:
        yield
    finally:
        if used.exists():
            write_atomically(own, used.read_bytes())
        _let_be(used, in_git.read_bytes())
        _forget(in_git, note)


def _lock_as_before_a_kill(root: Path) -> None:
    """Put ``dvc.lock`` back if it is what a killed call has left; another one is its owner's.

    It is what the call had put there, or what DVC has made of it since, which names the profile.
    """
    used, (in_git, note) = root / "dvc.lock", _copy_and_note(root)
    kept = _noted(note)
    if kept is not None and in_git.exists():
        found, before = _content(used), in_git.read_bytes()
        by_dvc = re.compile(rb"--profile " + re.escape(kept["profile"].encode()) + rb"(?![\w-])")
        if found == before:
            pass  # it was killed before the lock was changed, or after it was put back
        elif not found or _sha256(found) == kept["sha256"] or by_dvc.search(found):
            if found:
                write_atomically(_own_lock(root, kept["profile"]), found)
            _let_be(used, before)
            say("dvc.lock is again what it was before a call was killed")
        else:
            say(
                "dvc.lock has changed since a call was killed, and stays as it is: "
                "`git checkout dvc.lock` brings git's back"
            )
    _forget(in_git, note)


def _copy_and_note(root: Path) -> tuple[Path, Path]:
    """Git's ``dvc.lock`` while another one is in use, and a note on that one."""
    folder = kept_folder(root)
    return folder / "in-git.lock", folder / "in-git.json"


def _own_lock(root: Path, profile: str) -> Path:
    return kept_folder(root) / f"of-{profile}.lock"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: Path) -> bytes:
    """Of a lock; empty where there is none."""
    return path.read_bytes() if path.exists() else b""


def _let_be(used: Path, content: bytes) -> None:
    """Let ``dvc.lock`` have a content; empty: there is none.

    By writing, not by renaming: the scratch folder may lie on another file system.
    """
    if content:
        write_atomically(used, content)
    else:
        used.unlink(missing_ok=True)


def _forget(in_git: Path, note: Path) -> None:
    note.unlink(missing_ok=True)
    in_git.unlink(missing_ok=True)
