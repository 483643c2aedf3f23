"""What is known of every run of a launched sweep: waiting, in hand, elsewhere, done, failed.

The launchers ask it for runs and tell it what became of them; it says how far the sweep is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zerosnet.experiments.records import TRAINING, record_path
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import exists
from zerosnet.files.progress import Progress, say
from zerosnet.sweeps.launchers.site import LOG, Outcome
from zerosnet.sweeps.locks import Lock, Waiting
from zerosnet.sweeps.train import Done
from zerosnet.sweeps.workplace import Workplace, lock_of, run_titles
from zerosnet.training.runs import Run
from zerosnet.training.work import epoch_work, work_of

#: How often a run may die without having come any further: what kills its worker at every start
#: would go on for ever.
DEATHS = 3
#: Seconds between looks at logs and at runs that other processes train.
_LOOK = 1.0
#: Lines of progress a look: a thousand workers say more than anyone reads.
_LINES = 10
#: Seconds until a record that was written elsewhere must be seen here: file systems that are
#: shared remember for a while what was not there.
_RECORDS_SEEN_WITHIN = 90.0


class NotAllTrainedError(SuiteError):
    """Some runs of a sweep could not be trained; why has been said of each.

    Args:
        failed: how many.
        runs: of the sweep.
    """

    def __init__(self, failed: int, runs: int) -> None:
        self.failed = failed
        super().__init__(
            f"{failed} of {runs} runs are not trained, as said above; the same command goes on "
            "with them"
        )


@dataclass(frozen=True)
class _Said:
    """A line of a run's log, and the epochs done since the line before."""

    key: str
    units: int
    line: str


class Ledger:
    """The runs of one sweep.

    Args:
        runs: that miss a record.
        place: where records and logs appear.
    """

    def __init__(self, runs: Sequence[Run], place: Workplace) -> None:
        self._place = place
        self._runs = {run.key: run for run in runs}
        self._titles = run_titles(runs)
        self._progress = Progress(sum(map(work_of, runs)))
        self._waiting = [run.key for run in runs]
        self._in_hand: set[str] = set()
        self._elsewhere: set[str] = set()
        self._trained: set[str] = set()
        self._failed: dict[str, str] = {}
        self._epochs = dict.fromkeys(self._runs, 0)
        self._deaths = dict.fromkeys(self._runs, 0)
        self._furthest = dict.fromkeys(self._runs, "")
        # What earlier sweeps have said is not said again.
        self._read = {key: _size(self._log(key)) for key in self._runs}
        self._looked = 0.0
        self._wait = Waiting()

    @property
    def unfinished(self) -> bool:
        """Whether a run is neither trained nor given up."""
        return bool(self._waiting or self._in_hand or self._elsewhere)

    @property
    def wanted(self) -> int:
        """How many workers would have something to do."""
        return len(self._waiting) + len(self._in_hand)

    @property
    def waiting(self) -> int:
        """How many runs no worker has."""
        return len(self._waiting)

    def take(self) -> Run:
        """The next run that waits: it is now in a worker's hands."""
        key = self._waiting.pop(0)
        self._in_hand.add(key)
        return self._runs[key]

    def settle(self, run: Run, outcome: Outcome) -> None:
        """Note what a worker said of a run it had taken."""
        self._in_hand.remove(run.key)
        if outcome.done is None:
            self._fail(run.key, outcome.trouble)
        elif outcome.done is Done.BUSY:
            self._elsewhere.add(run.key)
        else:
            self._finish(run.key)

    def lost(self, run: Run, why: str) -> None:
        """Note that the worker that had taken a run died, or broke down in a way nobody foresaw."""
        key = run.key
        self._in_hand.remove(key)
        furthest = self._last_checkpoint(key)
        self._deaths[key] = 1 if furthest != self._furthest[key] else self._deaths[key] + 1
        self._furthest[key] = furthest
        if self._deaths[key] >= DEATHS:
            self._fail(key, f"{why} ({DEATHS} times without coming any further)")
        else:
            say(f"{self._titles[key]}: {why}; it goes on from its last checkpoint")
            self._waiting.insert(0, key)

    def look(self) -> None:
        """Say what workers have said, and see what became of runs that others train; cheap."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        self._say([one for key in self._in_hand for one in self._read_log(key)])
        for key in list(self._elsewhere):
            if exists(self._record(key)):
                self._elsewhere.remove(key)
                self._finish(key)
            elif self._lock(key).is_free():
                self._elsewhere.remove(key)
                self._waiting.append(key)
        if self._elsewhere and not (self._waiting or self._in_hand):
            self._wait.for_these([self._lock(key) for key in self._elsewhere])
        else:
            self._wait.went_on()

    def close(self) -> None:
        """End the sweep: every run that is trained must be on record here.

        Raises:
            NotAllTrainedError: runs could not be trained.
            SuiteError: records do not appear.
        """
        deadline = time.monotonic() + _RECORDS_SEEN_WITHIN
        missing = self._trained
        while missing := {key for key in missing if not exists(self._record(key))}:
            if time.monotonic() > deadline:
                raise SuiteError(
                    f"{len(missing)} runs were trained, but {self._place.results} has no record "
                    "of them: all nodes must share that folder"
                )
            time.sleep(_LOOK)
        if self._failed:
            raise NotAllTrainedError(len(self._failed), len(self._runs))

    def _finish(self, key: str) -> None:
        self._trained.add(key)
        self._say([*self._read_log(key), _Said(key, self._runs[key].recipe.epochs, "is trained")])

    def _fail(self, key: str, why: str) -> None:
        repeated = why in self._failed.values()
        self._failed[key] = why
        say(f"{self._titles[key]}: {'for the same reason' if repeated else why}")

    def _read_log(self, key: str) -> list[_Said]:
        """What a run's workers have said since it was read last; whole lines only."""
        path = self._log(key)
        if _size(path) <= self._read[key]:
            return []
        with path.open("rb") as file:
            file.seek(self._read[key])
            whole = file.read().rpartition(b"\n")[0]
        self._read[key] += len(whole) + 1 if whole else 0
        said = []
        for text in whole.decode("utf-8", "replace").splitlines():
            units, _, line = text.partition(" ")
            # Two machines that write at once, one of them given up as dead, garble a line.
            if units.isdecimal():
                said.append(_Said(key, int(units), line))
        return said

    def _say(self, said: Sequence[_Said]) -> None:
        """Count what was said, and say the last of it here."""
        work = 0.0
        for number, one in enumerate(said, start=1):
            # An epoch that is trained again, because a worker died in it, counts once.
            counted = min(one.units, self._runs[one.key].recipe.epochs - self._epochs[one.key])
            self._epochs[one.key] += counted
            work += counted * epoch_work(self._runs[one.key])
            if number > len(said) - _LINES:
                self._progress.advance(work, f"{self._titles[one.key]} {one.line}")
                work = 0.0

    def _log(self, key: str) -> Path:
        return self._place.folder(self._runs[key]) / LOG

    def _record(self, key: str) -> Path:
        return record_path(self._place.results, self._place.profile, key, TRAINING)

    def _last_checkpoint(self, key: str) -> str:
        folder = self._place.folder(self._runs[key])
        return max((path.name for path in folder.glob("checkpoint-*")), default="")

    def _lock(self, key: str) -> Lock:
        return lock_of(self._runs[key], self._place)


def _size(path: Path) -> int:
    return path.stat().st_size if exists(path) else 0
