"""Records: what a run was and what came out, one folder a run, small JSON, kept in git.

``results/<profile>/runs/<key>/training.json`` is written once, when the training is finished;
``noise.json`` and the like beside it hold what a measurement of the trained network gave.

Records are only ever added.  One that is damaged, or that another measurement replaces, is set
aside under another name beside its place; who trains or measures then makes it anew.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from zerosnet.files.errors import DamagedFileError
from zerosnet.files.paths import exists
from zerosnet.files.storage import add_json, read_json, read_or_set_aside
from zerosnet.training.runs import Run, configuration_key

SCHEMA = 2
TRAINING = "training"


def run_folder(results: Path, profile: str, key: str) -> Path:
    """The folder of one run's records."""
    return results / profile / "runs" / key


def record_path(results: Path, profile: str, key: str, name: str) -> Path:
    """Where a record stands: ``training``, or the name of a measurement, of one run."""
    return run_folder(results, profile, key) / f"{name}.json"


def load_record(path: Path) -> dict[str, Any]:
    """Read a record and check that it is the one that its place says.

    Raises:
        DamagedFileError: it is not what was written, or it belongs elsewhere.
        SuiteError: missing, unreadable, or of another schema.
    """
    record = read_json(path, SCHEMA)
    key, name = record.get("key"), record.get("record")
    if name == TRAINING and configuration_key(record.get("configuration", {})) != key:
        raise DamagedFileError(
            f"{path} is damaged: its key is not that of its configuration; delete it"
        )
    if (key, name) != (path.parent.name, path.stem):
        raise DamagedFileError(
            f"{path} is the record {name} of run {key}, not what its place says: move it there"
        )
    return record


def find_record(results: Path, profile: str, run: Run, name: str) -> dict[str, Any] | None:
    """A run's record, or ``None`` where there is none.

    Raises:
        SuiteError: see :func:`load_record`.
    """
    path = record_path(results, profile, run.key, name)
    return load_record(path) if exists(path) else None


def training_record(results: Path, profile: str, run: Run) -> dict[str, Any] | None:
    """The run's training record, or ``None`` where it has not been trained."""
    return find_record(results, profile, run, TRAINING)


def sound_record(results: Path, profile: str, run: Run, name: str) -> dict[str, Any] | None:
    """As :func:`find_record`, for who can make it anew: a damaged record is set aside."""
    return read_or_set_aside(record_path(results, profile, run.key, name), load_record)


def write_record(results: Path, profile: str, name: str, record: dict[str, Any]) -> None:
    """Add a record to its run's folder; one of the same name is set aside, never lost."""
    path = record_path(results, profile, record["key"], name)
    add_json(path, {"schema": SCHEMA, "record": name, **record})


def seconds_of(record: Mapping[str, Any]) -> float:
    """Seconds that a training took, all its sittings together.

    Older records count the last sitting alone; the seconds of the epochs are all there.
    """
    epochs: list[float] = record.get("history", {}).get("seconds", [])
    return round(max(float(record["wall_seconds"]), sum(epochs)), 3)


def environment(device: str) -> dict[str, Any]:
    """The machine's kind and the versions that a result may depend on; no name of a machine."""
    return {
        "device": device,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: metadata.version(name) for name in ("torch", "torchvision", "numpy")},
    }


def device_title(recorded: Mapping[str, Any]) -> str:
    """The device of a recorded environment, for people: a CPU by its name and threads."""
    if recorded["device"] == "cpu":
        return f"{recorded['processor']}, {recorded['threads']} threads"
    return str(recorded["device"])


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux: the platform's own word for it does
    return platform.processor() or platform.machine()


def commit(root: Path) -> tuple[str, str]:
    """The commit checked out, with ``+changes`` where the package's files differ from it.

    ``unknown`` where the project is no repository of its own: the commit of one around it is none
    of the project's.

    Returns:
        the commit; why it is unknown, in a line, empty where it is known.
    """
    try:
        top = _git(root, "rev-parse", "--show-toplevel")
        if not Path(top).samefile(root):
            raise _NoCommitError(f"it lies inside another repository, {top}")
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "zerosnet", "claims/paper")
    except (OSError, _NoCommitError) as error:
        return "unknown", str(error)
    return head + ("+changes" if changed else ""), ""


class _NoCommitError(Exception):
    """Git does not know the commit; why, in a line."""


def _git(root: Path, *arguments: str) -> str:
    # A hook of another repository, say, has variables of its own.
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "--no-optional-locks", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**own, "LC_ALL": "C"},
    )
    if done.returncode:
        reason = done.stderr.strip().partition("\n")[0] or f"exit status {done.returncode}"
        raise _NoCommitError(f"git says {reason!r}")
    return done.stdout.strip()
