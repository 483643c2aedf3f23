"""Where a sweep works: its folders, images and device, what its records say of themselves, and
who has a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from zerosnet.data.choice import DataChoice
from zerosnet.data.images import ImageSet, load
from zerosnet.experiments.records import (
    commit,
    environment,
    sound_record,
    write_record,
)
from zerosnet.files.progress import say_once
from zerosnet.sweeps.locks import Lock
from zerosnet.training.arithmetic.check import Checked
from zerosnet.training.arithmetic.machine import processor_facts
from zerosnet.training.runs import Run


@dataclass
class Workplace:
    """Where a sweep works.

    Args:
        root: of the project.
        results: records, kept in git.
        scratch: checkpoints and weights, one folder a run, never in git.
        profile: its name; part of every record's path.
        device: that computes.
    """

    root: Path
    results: Path
    scratch: Path
    profile: str
    device: torch.device
    _images: dict[DataChoice, ImageSet] = field(default_factory=dict)
    # Asked once, at the start: what is checked out later is not what runs.
    _commit: str = field(init=False)
    _why_unknown: str = field(init=False)

    def __post_init__(self) -> None:
        self._commit, self._why_unknown = commit(self.root)

    def images(self, choice: DataChoice) -> ImageSet:
        """The images of a data set, read once."""
        if choice not in self._images:
            self._images[choice] = load(
                choice.name,
                size=choice.size,
                train=choice.train,
                test=choice.test,
                held_out=choice.held_out,
            )
        return self._images[choice]

    def record(self, run: Run, name: str) -> dict[str, Any] | None:
        """A run's record; ``None`` where it has to be made, again where it is damaged."""
        return sound_record(self.results, self.profile, run, name)

    def folder(self, run: Run) -> Path:
        """A run's scratch folder."""
        return self.scratch / run.key

    def provenance(self, found: Checked | None = None) -> dict[str, Any]:
        """What every record says of how it came about.

        Args:
            found: of the arithmetic, where it was checked.
        """
        arithmetic = {"layout": found.layout, "arithmetic": found.for_record()} if found else {}
        return {
            "environment": {
                **environment(self._device_name()),
                **processor_facts(),
                "threads": torch.get_num_threads(),
                **arithmetic,
            },
            "commit": self._commit,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def put_on_record(self, name: str, record: dict[str, Any]) -> None:
        """Write a run's record; where it names no commit, it is said why, once."""
        write_record(self.results, self.profile, name, record)
        self.say_what_is_unknown()

    def say_what_is_unknown(self) -> None:
        """Say once why records name no commit, where they do not."""
        if self._why_unknown:
            say_once(f"records name no commit, which is unknown: {self._why_unknown}")

    def _device_name(self) -> str:
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return self.device.type


def run_titles(runs: Sequence[Run]) -> dict[str, str]:
    """What lines of progress call each run, by its key."""
    return {run.key: f"run {n}/{len(runs)} ({run.label})" for n, run in enumerate(runs, start=1)}


def lock_of(run: Run, place: Workplace) -> Lock:
    """Held by the process that trains or measures the run."""
    return Lock(place.folder(run), f"the run {run.label} ({run.key})")
