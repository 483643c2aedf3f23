"""A sweep on a Ray cluster: one worker for as many runs as it lives, each with its share of a node.

Workers are hired while runs wait and nodes have room, so nodes may come and go: what a lost worker
had in hand waits for the next.  They are actors, not tasks, because a process that has used one GPU
cannot be given another, and a process for each run would cost seconds a run.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from types import ModuleType
from typing import Any, TextIO

import torch

from zerosnet.files.errors import SuiteError
from zerosnet.files.progress import say
from zerosnet.sweeps.launchers.choice import (
    CPUS_VARIABLE,
    GPUS_VARIABLE,
    Share,
    cores_from_environment,
    gpus_from_environment,
    ray_address,
)
from zerosnet.sweeps.launchers.ledger import Ledger
from zerosnet.sweeps.launchers.site import Outcome, Site, first_line, site_of, train_at
from zerosnet.sweeps.workplace import Workplace
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.rates import precision_here
from zerosnet.training.runs import Run

#: What a worker does with a run.
Work = Callable[[Run, Workplace], Outcome]

#: How many workers in a row may die before they are ready.
_BAD_STARTS = 6
#: Seconds to wait for the next worker that is done.
_PATIENCE = 1.0
#: Seconds between looks at which nodes there are.
_NODES = 5.0


def train_on_ray(
    runs: list[Run], place: Workplace, jobs: int | None = None, work: Work = train_at
) -> None:
    """Train runs on the cluster that ``RAY_ADDRESS`` names, else on one of this machine alone.

    Args:
        runs: that miss a record.
        jobs: workers at once; by default as many as the cluster has room for.
        work: what is done with each run.

    Raises:
        SuiteError: Ray is missing, the cluster has no room for a run, or runs could not be trained.
    """
    if any(isinstance(run.recipe, ImageNetRecipe) for run in runs):
        raise SuiteError(
            "Ray is for the many small runs; ImageNet trains one network on all GPUs of a node: "
            "type the same with --launcher slurm, or with --launcher local on such a node"
        )
    cores, gpus = cores_from_environment(), gpus_from_environment()
    with _cluster(place) as ray:
        if gpus is None:
            gpus = 1.0 if ray.cluster_resources().get("GPU") else 0.0
            if not gpus:
                _say_that_it_is_slow(runs)
        ledger = Ledger(runs, place)
        with site_of(place, Share(cores, gpus)) as site, _Crew(ray, ledger, site, jobs, work) as it:
            it.train()
    ledger.close()


def _say_that_it_is_slow(runs: list[Run]) -> None:
    """When the precision was chosen, nobody knew that the cluster has CPUs alone."""
    wanted = {run.recipe.precision for run in runs}
    if "bfloat16" in wanted and precision_here("bfloat16", torch.device("cpu")) != "bfloat16":
        say(
            "the Ray cluster has no GPU, and this machine's processor has no units for bfloat16, "
            f"in which runs are trained: {GPUS_VARIABLE}=0 lets it choose the precision"
        )


@contextmanager
def _cluster(place: Workplace) -> Iterator[ModuleType]:
    """Ray, connected."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster of our own reports to nobody
    try:
        import ray
    except ImportError:
        raise SuiteError(
            "Ray is not installed: pip install -r requirements-cluster.lock, "
            "or pip install 'zerosnet[cluster]'"
        ) from None
    address = ray_address()
    alone: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
    handler = signal.getsignal(signal.SIGTERM)
    # When a node is lost, Ray prints a page about it.
    with _log(place) as log, redirect_stdout(log):
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **alone)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise SuiteError(
                f"no Ray cluster at {address} ({first_line(error)}): start it, and give this "
                "command its RAY_AUTH_MODE and token"
            ) from None
        signal.signal(signal.SIGTERM, handler)  # Ray has put its own in the place of ours
        try:
            yield ray
        finally:
            ray.shutdown()


def _log(place: Workplace) -> TextIO:
    """What Ray prints goes there."""
    path = place.scratch.parent / "ray.log"
    try:
        place.scratch.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise SuiteError(
            f"cannot write {path} ({error.strerror}): make room or make the folder writable"
        ) from None


class _Worker:
    """A process on some node, with a share of it."""

    def __init__(self, site: Site, work: Work) -> None:
        self._site, self._work = site, work
        self._place: Workplace | None = None

    def enter(self) -> str:
        """Get ready; returns why this machine cannot train, if so."""
        try:
            self._place = self._site.enter()
        except SuiteError as error:
            return str(error)
        return ""

    def train(self, run: Run) -> Outcome:
        assert self._place is not None  # noqa: S101 - the crew lets nobody train who is not ready
        return self._work(run, self._place)


class _Crew:
    """The workers of one sweep."""

    def __init__(
        self, ray: ModuleType, ledger: Ledger, site: Site, jobs: int | None, work: Work
    ) -> None:
        self._ray, self._ledger, self._jobs = ray, ledger, jobs
        self._share = site.share
        self._hire: Callable[[], Any] = lambda: (
            ray.remote(_Worker)
            .options(num_cpus=site.share.cores, num_gpus=site.share.gpus)
            .remote(site, work)
        )
        self._idle: list[Any] = []
        # What was asked of whom: to train a run, or (None) to get ready.
        self._calls: dict[Any, tuple[Any, Run | None]] = {}
        self._bad_starts = 0
        self._room, self._room_seen = 0, -_NODES

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in [*self._idle, *(worker for worker, _ in self._calls.values())]:
            self._ray.kill(worker)

    def train(self) -> None:
        """Until every run of the ledger is settled."""
        if not self._places():
            raise SuiteError(
                f"no node of the Ray cluster has {self._share} for a run: ask for less "
                f"({CPUS_VARIABLE}, {GPUS_VARIABLE}), or start such a node"
            )
        while self._ledger.unfinished:
            self._staff()
            while self._idle and self._ledger.waiting:
                worker, run = self._idle.pop(), self._ledger.take()
                self._calls[worker.train.remote(run)] = (worker, run)
            self._await_one()
            self._ledger.look()

    def _staff(self) -> None:
        """Hire for runs that wait; let go who has nothing to do, for others on the cluster."""
        if not self._ledger.waiting:
            while self._idle:
                self._ray.kill(self._idle.pop())
            return
        staff = len(self._idle) + len(self._calls)
        places = self._places()
        if not staff and not places:
            say("no node has room for a run: waiting for one")
        for _ in range(min(self._ledger.wanted, places) - staff):
            worker = self._hire()
            self._calls[worker.enter.remote()] = (worker, None)

    def _places(self) -> int:
        """Runs that fit on the nodes there are."""
        if time.monotonic() - self._room_seen >= _NODES:
            self._room_seen = time.monotonic()
            needs = {"CPU": self._share.cores, "GPU": self._share.gpus}
            self._room = sum(
                min(int(node["Resources"].get(name, 0) / n) for name, n in needs.items() if n)
                for node in self._ray.nodes()
                if node["Alive"]
            )
        return self._room if self._jobs is None else min(self._room, self._jobs)

    def _await_one(self) -> None:
        if not self._calls:
            time.sleep(_PATIENCE)
            return
        for call in self._ray.wait(list(self._calls), timeout=_PATIENCE)[0]:
            worker, run = self._calls.pop(call)
            try:
                answer = self._ray.get(call)
            except self._ray.exceptions.RayError as error:
                # Should it live on, it holds the run's lock, and the run waits for it.
                self._ray.kill(worker)
                self._lost(run, _reason(error, self._ray))
                continue
            self._idle.append(worker)
            if run is not None:
                self._ledger.settle(run, answer)
            elif answer:
                raise SuiteError(answer)
            else:
                self._bad_starts = 0

    def _lost(self, run: Run | None, why: str) -> None:
        self._room_seen = -_NODES  # the node may be gone
        if run is not None:
            self._ledger.lost(run, why)
            return
        self._bad_starts += 1
        if self._bad_starts >= _BAD_STARTS:
            raise SuiteError(f"{_BAD_STARTS} workers in a row could not be started: {why}")


def _reason(error: Exception, ray: ModuleType) -> str:
    """What broke a worker, in a line."""
    if isinstance(error, ray.exceptions.RayTaskError):
        return f"{type(error.cause).__name__}: {first_line(error.cause)}"
    if isinstance(error, ray.exceptions.RayActorError):
        return "its worker or the node died"
    return first_line(error)
