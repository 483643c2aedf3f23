"""Train the runs that are missing, on this machine, and lose nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto

from filelock import Timeout

from zerosnet.data.catalogue import data_set
from zerosnet.data.rawfiles import require_at_hand
from zerosnet.experiments.records import (
    TRAINING,
    record_path,
    seconds_of,
)
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import data_folders
from zerosnet.files.progress import Progress, say
from zerosnet.files.storage import remove_partial_files
from zerosnet.sweeps.arithmetic import check_all, checked
from zerosnet.sweeps.gpu_memory import GPUMemoryError, within_gpu_memory
from zerosnet.sweeps.locks import Lock, Waiting
from zerosnet.sweeps.side_by_side import processes_beside
from zerosnet.sweeps.workplace import Workplace, lock_of, run_titles
from zerosnet.training.arithmetic.check import WrongArithmeticError
from zerosnet.training.checkpoint import epochs_on_disk, remove_checkpoints
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.loop import Trained, finish, train, trained_elsewhere
from zerosnet.training.runs import Run
from zerosnet.training.work import epoch_work, is_small, use_threads, work_of

#: Seconds between looks at runs that other processes train.
_WAIT = 1.0


def train_runs(missing: Sequence[Run], place: Workplace) -> int:
    """Train runs that have no record yet; returns how many were trained here.

    Other processes may do the same at the same time, on one machine or on a shared file system:
    every run is trained once, and all return when all is trained.

    Raises:
        SuiteError: runs needed more GPU memory than there is, or follow one that is not there; all
            others are trained.
    """
    # First: the check of the arithmetic may take a minute.
    for name in dict.fromkeys(run.data.name for run in missing):
        require_at_hand(data_set(name), data_folders())
    if place.device.type == "cpu":
        check_all(missing)
    progress = Progress(sum(map(work_of, missing)), processes=processes_beside())
    counts = [_train_wave(wave, place, progress, run_titles(missing)) for wave in waves(missing)]
    failed = sum(failed for _, failed in counts)
    if failed:
        raise SuiteError(f"{failed} of {len(missing)} runs are not trained, as said above")
    return sum(trained for trained, _ in counts)


def waves(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in groups, each to be trained when those before it are: who follows comes after."""
    first = [run for run in runs if run.followed is None]
    second = [run for run in runs if run.followed is not None]
    return [wave for wave in (first, second) if wave]


def _train_wave(
    runs: Sequence[Run], place: Workplace, progress: Progress, titles: Mapping[str, str]
) -> tuple[int, int]:
    """Train runs that wait for no other; how many were trained here, and how many could not be."""
    todo = {run.key: run for run in runs}
    trained, failed = 0, 0
    waiting = Waiting()
    while todo:
        before = len(todo)
        for run in _in_turn(todo, place):
            account = _Account(run, titles[run.key], progress, epochs_on_disk(place.folder(run)))
            use_threads(is_small(run))
            try:
                done = train_one(run, place, account.report)
            except (GPUMemoryError, NothingToFollowError, WrongArithmeticError) as error:
                say(str(error))
                failed += 1
                done = None
            if done is Done.ELSEWHERE:
                said = f"{titles[run.key]} was trained by another process"
                progress.advance(work_of(run), said, own=False)
            elif done is not Done.BUSY:
                account.settle()
            trained += done is Done.HERE
            if done is not Done.BUSY:
                del todo[run.key]
        if len(todo) < before:
            waiting.went_on()
        else:
            waiting.for_these([lock_of(run, place) for run in todo.values()])
            time.sleep(_WAIT)  # others train all that is left
    return trained, failed


@dataclass
class _Account:
    """What a run counts for in the progress of all.

    Args:
        run, title: that is trained, and what it is called.
        progress: of all runs.
        before: epochs of earlier sittings.
    """

    run: Run
    title: str
    progress: Progress
    before: int
    _counted: int = 0

    def report(self, epochs: int, line: str) -> None:
        """Count epochs that were trained, and say so."""
        self._leave_out(self.before)
        self.before = 0
        # Who trains in another process says "all", those of earlier sittings among them.
        epochs = min(epochs, self.run.recipe.epochs - self._counted)
        self._counted += epochs
        self.progress.advance(epochs * epoch_work(self.run), f"{self.title} {line}")

    def settle(self) -> None:
        """Count the epochs that nobody will train: the run has diverged, or could not be."""
        self._leave_out(self.run.recipe.epochs - self._counted)

    def _leave_out(self, epochs: int) -> None:
        self._counted += epochs
        self.progress.leave_out(epochs * epoch_work(self.run))


def _in_turn(todo: Mapping[str, Run], place: Workplace) -> Iterator[Run]:
    """Every run in turn; a run that another process has comes again once it is on record.

    So what other processes train counts when it is done, and the time left is right.
    """
    passed: list[Run] = []
    for run in list(todo.values()):
        yield run
        if run.key in todo:
            passed.append(run)
        for other in [run for run in passed if place.record(run, TRAINING) is not None]:
            passed.remove(other)
            yield other


class Done(Enum):
    """What became of a run: trained here, by another process, or being trained by one."""

    HERE = auto()
    ELSEWHERE = auto()
    BUSY = auto()


class NothingToFollowError(SuiteError):
    """A run follows the slopes of another, which are not on record."""


def train_one(run: Run, place: Workplace, report: Callable[[int, str], None]) -> Done:
    """Train one run, unless it is on record or in another process's hands; put it on record.

    Args:
        report: called with the epochs done since the last call and a line for people.

    Raises:
        GPUMemoryError: its checkpoint stays.
        NothingToFollowError: the run that it follows has no record, or diverged.
        WrongArithmeticError: it would be computed wrong in every layout.
        SuiteError: its images are missing, the disk is full, and the like.
    """
    folder = place.folder(run)
    # Several processes work on one sweep: each takes the next run that no other has.
    lock = lock_of(run, place)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held())
        except Timeout:
            return Done.BUSY
        if place.record(run, TRAINING) is not None:
            return Done.ELSEWHERE
        remove_partial_files(folder)
        remove_partial_files(record_path(place.results, place.profile, run.key, TRAINING).parent)
        found = checked(run, place.device)
        start = time.monotonic()
        with within_gpu_memory(
            f"{run.label}: out of GPU memory; give each run a larger share "
            "(ZEROSNET_GPUS_PER_RUN) or start fewer side by side (--jobs); "
            "it goes on from its last checkpoint"
        ):
            trained, checksum = _trained(run, place, report, found.layout, lock)
        if trained.diverged is None and trained.epochs < run.recipe.epochs:
            raise SuiteError(
                f"{run.label}: its training left {trained.epochs} of {run.recipe.epochs} epochs: "
                "the same command goes on from there"
            )
        record = {
            "key": run.key,
            "label": run.label,
            "configuration": run.configuration,
            "data_checksum": checksum,
            **finish(trained, folder),
            "wall_seconds": round(time.monotonic() - start, 1),
            **place.provenance(found),
        }
        record["wall_seconds"] = seconds_of(record)  # earlier sittings count
        place.put_on_record(TRAINING, record)
        remove_checkpoints(folder)
        return Done.HERE


def _trained(
    run: Run, place: Workplace, report: Callable[[int, str], None], layout: str, lock: Lock
) -> tuple[Trained, str]:
    """Train a run, in this process or in its own; what came out, and the images' checksum."""
    folder = place.folder(run)
    if isinstance(run.recipe, ImageNetRecipe):
        from zerosnet.sweeps.in_processes import launch, processes_for
        from zerosnet.training.imagenet.images import open_folders

        checksum = open_folders(run.data.name).checksum
        processes = processes_for(run.recipe.shards)
        launch(IMAGENET_STAGE, place.profile, run.key, layout, processes, lock)
        report(run.recipe.epochs, "is trained")
        return trained_elsewhere(run, folder), checksum
    images, slopes = place.images(run.data), _slopes_for(run, place)

    def said(line: str) -> None:
        report(1, line)

    trained = train(run, images, folder, place.device, said, slopes, layout)
    return trained, images.checksum


def _slopes_for(run: Run, place: Workplace) -> Sequence[float]:
    """What the run that this one follows has met, epoch by epoch; nothing where it follows none."""
    if run.followed is None:
        return ()
    record = place.record(run.followed, TRAINING)
    if record is None or record["outcome"] != "completed":
        state = "has no record" if record is None else "diverged"
        raise NothingToFollowError(
            f"{run.label}: the run whose slopes it follows {state}; train that one first"
        )
    slopes: list[float] = record["history"]["deformation_slope"]
    return slopes
