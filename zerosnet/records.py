"""Records: what a run was and what came out, one folder a run, small JSON, kept in git.

``results/<profile>/runs/<key>/training.json`` is written once, when the training is finished;
``noise.json`` and the like beside it hold what a measurement of the trained network gave.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from zerosnet.errors import SuiteError
from zerosnet.runs import Run, configuration_key
from zerosnet.storage import read_json, write_json

SCHEMA = 1
TRAINING = "training.json"


def run_folder(results: Path, profile: str, key: str) -> Path:
    """The folder of one run's records."""
    return results / profile / "runs" / key


def load_record(path: Path) -> dict[str, Any]:
    """Read a record and check that it is about the run that its folder names.

    Raises:
        SuiteError: missing, damaged, of another schema, or about another configuration.
    """
    record = read_json(path, SCHEMA)
    key = record.get("key")
    if path.name == TRAINING and configuration_key(record.get("configuration", {})) != key:
        raise SuiteError(f"{path} is damaged: its key is not that of its configuration; delete it")
    if key != path.parent.name:
        raise SuiteError(f"{path} belongs to run {key}, not to {path.parent.name}: move it there")
    return record


def training_record(results: Path, profile: str, run: Run) -> dict[str, Any] | None:
    """The run's training record, or ``None`` where it has not been trained."""
    path = run_folder(results, profile, run.key) / TRAINING
    return load_record(path) if path.exists() else None


def measurement_record(
    results: Path, profile: str, run: Run, measurement: str
) -> dict[str, Any] | None:
    """The run's record of a measurement, such as ``noise``, or ``None``."""
    path = run_folder(results, profile, run.key) / f"{measurement}.json"
    return load_record(path) if path.exists() else None


def write_record(results: Path, profile: str, name: str, record: dict[str, Any]) -> None:
    """Write a record into its run's folder."""
    write_json(run_folder(results, profile, record["key"]) / name, {"schema": SCHEMA, **record})


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


def commit(root: Path) -> str:
    """The commit checked out, with ``+changes`` where the package's files differ from it."""
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "zerosnet", "claims/paper")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
