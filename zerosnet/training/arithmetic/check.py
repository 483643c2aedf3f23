"""The check of a training's arithmetic: done in a process of its own, kept in scratch.

A bad kernel may write where it must not, so it is never run in the process that asks, and nothing
that a process says after a wrong operation counts.  What was found is kept by device, versions,
threads and shapes (:mod:`~.machine`, :mod:`~.subjects`).
"""

from __future__ import annotations

import hashlib
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import zerosnet
from zerosnet.files.errors import SuiteError
from zerosnet.files.one_at_a_time import one_at_a_time
from zerosnet.files.paths import named_folder, scratch_folder
from zerosnet.files.progress import say
from zerosnet.files.storage import read_json, read_or_set_aside, with_plain_line_ends, write_json
from zerosnet.networks.network import LAYOUTS
from zerosnet.training.arithmetic.machine import fingerprint, versions
from zerosnet.training.arithmetic.subjects import Subject
from zerosnet.training.arithmetic.watch import Finding

SCHEMA = 1
#: Another folder for what was found than ``arithmetic`` in scratch: several checkouts can share it.
FOLDER_VARIABLE = "ZEROSNET_ARITHMETIC"
CHILD = (sys.executable, "-m", "zerosnet.training.arithmetic.child")
#: Signals by which a process is ended from outside; by others a kernel has ended it.
_FROM_OUTSIDE = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
#: Seconds to wait for another process's check.
_PATIENCE = 120.0

Job = tuple[Subject, str]


class WrongArithmeticError(SuiteError):
    """A network is computed wrong in every layout; others may not be."""


@dataclass(frozen=True)
class Examined:
    """What was found of one subject in one layout.

    Args:
        layout: of its tensors in memory.
        findings: of all distinct operations, or up to the first that is wrong.
        died: how the process ended, and at which operation, if it did not end by itself.
    """

    layout: str
    findings: tuple[Finding, ...]
    died: str = ""

    @property
    def trouble(self) -> str:
        """The first thing that is wrong, in a clause; empty where nothing is."""
        wrong = next((f"{f.operation} {f.trouble}" for f in self.findings if f.trouble), "")
        return wrong or self.died

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file."""
        findings = [finding.to_json() for finding in self.findings]
        return {"layout": self.layout, "findings": findings, "died": self.died}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Examined:
        """As read from a file."""
        findings = tuple(Finding(**finding) for finding in content["findings"])
        return cls(content["layout"], findings, content["died"])


@dataclass(frozen=True)
class Checked:
    """What was found of one subject, layout by layout: the last one is right, or none is.

    Args:
        examined: one for each layout that was tried.
        versions: what is at fault where something is wrong, for people.
    """

    examined: tuple[Examined, ...]
    versions: str

    @property
    def refused(self) -> str:
        """Why the network must not be trained, in a line; empty where it may be."""
        if not self.examined[-1].trouble:
            return ""
        return f"{self.versions} is wrong {_troubles(self.examined)}: install another torch"

    @property
    def layout(self) -> str:
        """The first layout in which every operation is right, or the last one."""
        return self.examined[-1].layout

    @property
    def troubles(self) -> str:
        """What is wrong in the layouts before, in a clause."""
        return _troubles(self.examined[:-1])

    def for_record(self) -> str:
        """What records say: how much was checked, and why the usual layout was not taken, if so."""
        last = self.examined[-1]
        if not last.findings:
            return "not checked"
        worst = max((finding.error for finding in last.findings), default=0.0)
        text = f"{len(last.findings)} operations right, relative errors up to {worst:.1g}"
        return f"{text}; wrong {self.troubles}" if self.troubles else text


def _troubles(examined: Iterable[Examined]) -> str:
    return "; ".join(f"in {one.layout} ({one.trouble})" for one in examined)


#: What is known of a device whose arithmetic is not checked: no GPU was at hand to try it on.
NOT_CHECKED = Checked((Examined("channels_last", ()),), "")


def check(subjects: Sequence[Subject], program: Sequence[str] = CHILD) -> list[Checked]:
    """Check subjects, or look up what was found before; says so where it takes time.

    Args:
        program: that examines: see :mod:`~.child`.

    Raises:
        SuiteError: the check itself cannot be done.
    """
    folder = named_folder(FOLDER_VARIABLE) or scratch_folder() / "arithmetic"
    paths = {s.key: folder / f"{s.key}-{_here()}.json" for s in subjects}
    found = {key: _read(path) for key, path in paths.items()}
    if None in found.values():
        with one_at_a_time(folder / f"{_here()}.lock", patience=_PATIENCE):
            found = {key: known or _read(paths[key]) for key, known in found.items()}
            new = {s.key: s for s in subjects if found[s.key] is None}
            if new:
                say(f"the arithmetic of {len(new)} network{'s' * (len(new) > 1)} is checked first")
            for key, examined in _examine_all(new, program):
                found[key] = examined
                content = [one.to_json() for one in examined]
                write_json(
                    paths[key],
                    {"schema": SCHEMA, "device": fingerprint(), "examined": content},
                )
    return [Checked(found[s.key] or (), versions()) for s in subjects]


@cache
def _here() -> str:
    """16 hexadecimal digits: of what computes, and of the sources that say what."""
    digest = hashlib.sha256(json.dumps(fingerprint(), sort_keys=True).encode())
    package = Path(zerosnet.__file__).parent
    for wing in ("networks", "training"):
        for path in sorted((package / wing).rglob("*.py")):
            digest.update(with_plain_line_ends(path.read_bytes()))
    return digest.hexdigest()[:16]


def _read(path: Path) -> tuple[Examined, ...] | None:
    content = read_or_set_aside(path, lambda file: read_json(file, SCHEMA))
    if content is None:
        return None
    return tuple(Examined.from_json(one) for one in content["examined"])


def _examine_all(
    subjects: dict[str, Subject], program: Sequence[str]
) -> list[tuple[str, tuple[Examined, ...]]]:
    """Every subject in one layout after the other, until one is right."""
    examined: dict[str, tuple[Examined, ...]] = dict.fromkeys(subjects, ())
    for layout in LAYOUTS:
        left = [key for key, found in examined.items() if not found or found[-1].trouble]
        jobs = [(subjects[key], layout) for key in left]
        for key, result in zip(left, _examine(jobs, program), strict=True):
            examined[key] += (result,)
    return [*examined.items()]


def _examine(jobs: Sequence[Job], program: Sequence[str]) -> list[Examined]:
    """What was found of each job.

    A process examines one job after another and ends at the first wrong operation; the next process
    goes on behind that job.  Where a kernel has ended a process, memory may have been damaged long
    before: then each job gets a process of its own.
    """
    done: list[Examined] = []
    while len(done) < len(jobs):
        rest = jobs[len(done) :]
        found = _in_a_process(rest, program)
        if found[-1].died and len(jobs) > 1:
            return [_in_a_process([job], program)[0] for job in jobs]
        done += found
    return done


def _in_a_process(jobs: Sequence[Job], program: Sequence[str]) -> list[Examined]:
    """What a process found of the first jobs, one at least: it ends where something is wrong."""
    done = subprocess.run(
        list(program), input=pickle.dumps(list(jobs)), capture_output=True, check=False
    )
    errors = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode > 0 or -done.returncode in _FROM_OUTSIDE:
        raise SuiteError(
            f"the check of the arithmetic ended with status {done.returncode} "
            f"({errors[-1] if errors else 'it said nothing'}): free memory and type the same again"
        )
    findings: list[list[Finding]] = [[]]
    begun = "its start"
    for line in done.stdout.decode().splitlines():
        content = json.loads(line)
        begun = content.get("begun", begun)
        if "found" in content:
            findings[-1].append(Finding(**content["found"]))
        elif "done" in content and len(findings) < len(jobs):
            findings.append([])
    died = ""
    if done.returncode:
        died = f"{signal.Signals(-done.returncode).name} ends the process at {begun}"
    return [
        Examined(layout, tuple(own), died if own is findings[-1] else "")
        for (_, layout), own in zip(jobs, findings, strict=False)
    ]
