"""What a worker on another machine must know, and what it checks before it trains."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import torch

import zerosnet
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import DATA_VARIABLE, SCRATCH_VARIABLE, named_folder
from zerosnet.files.storage import with_plain_line_ends, write_atomically
from zerosnet.sweeps.launchers.choice import GPUS_VARIABLE, Share
from zerosnet.sweeps.train import Done, train_one
from zerosnet.sweeps.workplace import Workplace
from zerosnet.training.allocator import keep_freed_memory
from zerosnet.training.arithmetic.check import FOLDER_VARIABLE
from zerosnet.training.runs import Run
from zerosnet.training.steps import CAPTURE_VARIABLE

#: In a run's scratch folder: what its workers said, a line each, after the epochs done since.
LOG = "progress.log"


@dataclass(frozen=True)
class Outcome:
    """What a worker says of one run.

    Args:
        done: what became of it, or ``None`` where it cannot be trained.
        trouble: then, why: one line.
    """

    done: Done | None
    trouble: str = ""


@dataclass(frozen=True)
class Site:
    """A workplace as other machines get to know it.

    Args:
        root, results, scratch, profile: of the :class:`Workplace`.
        share: what each run gets.
        settings: variables of the environment that say how to train.
        mark: a file that only a machine with the same scratch folder sees.
        code: of the launcher, by :func:`code_digest`.
    """

    root: Path
    results: Path
    scratch: Path
    profile: str
    share: Share
    settings: Mapping[str, str]
    mark: Path
    code: str

    def enter(self) -> Workplace:
        """Make this process a worker; call it once, before anything is trained.

        Raises:
            SuiteError: this machine does not see the folders, runs other code, or has no GPU.
        """
        host = socket.gethostname()
        if not self.mark.exists():
            raise SuiteError(
                f"{host} does not see {self.mark.parent}: checkout and scratch folder must be "
                "shared by all nodes"
            )
        if code_digest() != self.code:
            raise SuiteError(
                f"{host} runs other code than this command ({_package()}, torch "
                f"{torch.__version__}): install the same on all nodes"
            )
        if self.share.gpus and not torch.cuda.is_available():
            raise SuiteError(f"{host} gave a run no GPU that torch can use: see {GPUS_VARIABLE}")
        os.environ.update(self.settings)
        os.chdir(self.root)
        keep_freed_memory()
        # The number of threads orders the sums: the same on every node gives the same records.
        torch.set_num_threads(self.share.cores)
        if 0 < self.share.gpus < 1:
            # Who asks for more than its share fails; who shares the GPU with it does not.
            torch.cuda.set_per_process_memory_fraction(self.share.gpus)
        return Workplace(
            root=self.root,
            results=self.results,
            scratch=self.scratch,
            profile=self.profile,
            device=torch.device("cuda" if self.share.gpus else "cpu"),
        )


@contextmanager
def site_of(place: Workplace, share: Share) -> Iterator[Site]:
    """The site of a workplace, for as long as something is launched from here.

    Raises:
        SuiteError: the scratch folder cannot be written.
    """
    settings = {}
    for name in (DATA_VARIABLE, SCRATCH_VARIABLE, FOLDER_VARIABLE):
        if folder := named_folder(name):
            settings[name] = str(folder.absolute())
    if value := os.environ.get(CAPTURE_VARIABLE):
        settings[CAPTURE_VARIABLE] = value
    # A new name each time: no file system remembers from before whether it is there.
    mark = place.scratch.absolute() / f".launched-{uuid4().hex}"
    write_atomically(mark, b"")
    try:
        yield Site(
            root=place.root.absolute(),
            results=place.results.absolute(),
            scratch=place.scratch.absolute(),
            profile=place.profile,
            share=share,
            settings=settings,
            mark=mark,
            code=code_digest(),
        )
    finally:
        mark.unlink(missing_ok=True)


def train_at(run: Run, place: Workplace) -> Outcome:
    """Train one run in this worker; what it says goes to the run's log, which launchers read."""
    log = place.folder(run) / LOG
    log.parent.mkdir(parents=True, exist_ok=True)

    def report(units: int, line: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{units} {line}\n")

    report(0, f"goes to {socket.gethostname()}, process {os.getpid()}")
    try:
        return Outcome(train_one(run, place, report))
    except SuiteError as error:
        return Outcome(None, str(error))
    finally:
        if place.device.type == "cuda":
            torch.cuda.empty_cache()  # for those who share the GPU


def first_line(error: object) -> str:
    """What a library says first: some print a page about one thing."""
    return str(error).strip().partition("\n")[0]


def code_digest() -> str:
    """A checksum of what trains: the package's sources and torch's version."""
    digest = hashlib.sha256(torch.__version__.encode())
    package = _package()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(with_plain_line_ends(path.read_bytes()))
    return digest.hexdigest()


def _package() -> Path:
    return Path(zerosnet.__file__).parent
