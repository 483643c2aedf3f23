"""A sweep as SLURM jobs, one a run, by submitit.

A job that reaches its time limit is submitted anew and goes on from its last checkpoint, as often
as it has come any further; one that SLURM preempts and requeues goes on by itself.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers.choice import (
    CPUS_VARIABLE,
    GPUS_VARIABLE,
    SLURM_VARIABLE,
    Share,
    cores_from_environment,
    gpus_from_environment,
    slurm_parameters,
)
from zerosnet.sweeps.launchers.ledger import Ledger
from zerosnet.sweeps.launchers.site import Outcome, Site, first_line, site_of, train_at
from zerosnet.sweeps.workplace import Workplace
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.runs import Run

#: Seconds between looks at the jobs' files.  SLURM itself is asked by submitit, at first every few
#: seconds, in the end every ten minutes: it may take that long until a lost job is noticed.
_PATIENCE = 2.0
#: Jobs at once, where nothing is said: more than any stage has runs.
_ALL = 10_000


def train_on_slurm(runs: list[Run], place: Workplace, jobs: int | None = None) -> None:
    """Train runs as jobs of the SLURM cluster whose login node this is.

    Args:
        runs: that miss a record.
        jobs: that run at once; by default as many as SLURM starts.

    Raises:
        SuiteError: submitit or SLURM is missing or refuses, a run of ImageNet gets fewer cores than
            GPUs, or runs could not be trained.
    """
    gpus = gpus_from_environment()
    if gpus is None or gpus != int(gpus):
        raise SuiteError(
            f"SLURM gives out whole GPUs: say how many a run gets, {GPUS_VARIABLE}=1 "
            "(or 0 to train on CPUs)"
        )
    share = Share(cores_from_environment(), gpus)
    if share.cores < gpus and any(isinstance(run.recipe, ImageNetRecipe) for run in runs):
        raise SuiteError(
            f"a run of ImageNet gets {share}, and cores decode its images: give it some eight "
            f"cores a GPU, {CPUS_VARIABLE}={8 * int(gpus)}"
        )
    executor = _executor(place.scratch.absolute().parent / "slurm", share, jobs)
    ledger = Ledger(runs, place)
    with site_of(place, share) as site:
        train_by(executor, ledger, site)
    ledger.close()


def _executor(folder: Path, share: Share, jobs: int | None) -> Any:
    try:
        import submitit
    except ImportError:
        raise SuiteError(
            "submitit is not installed: pip install -r requirements-cluster.lock, "
            "or pip install 'zerosnet[cluster]'"
        ) from None
    try:
        executor = submitit.SlurmExecutor(folder)
        executor.update_parameters(
            **{"job_name": "zerosnet", "time": 60, **slurm_parameters()},
            cpus_per_task=share.cores,
            **({"gpus_per_node": int(share.gpus)} if share.gpus else {}),
            array_parallelism=jobs or _ALL,
        )
    except RuntimeError:
        raise SuiteError("this machine has no srun: type it on a login node of SLURM") from None
    except ValueError as error:
        raise SuiteError(f"{SLURM_VARIABLE}: {first_line(error)}") from None
    return executor


def train_by(executor: Any, ledger: Ledger, site: Site) -> None:
    """Train the runs of a ledger as jobs of a submitit executor; cancels them if interrupted.

    Raises:
        SuiteError: the jobs are refused.
    """
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    in_hand: dict[Any, Run] = {}
    try:
        while ledger.unfinished:
            runs = [ledger.take() for _ in range(ledger.waiting)]
            if runs:
                try:
                    submitted = executor.map_array(train_one_job, [site] * len(runs), runs)
                except (FailedJobError, FailedSubmissionError) as error:
                    raise SuiteError(f"SLURM refuses the jobs: {first_line(error)}") from None
                in_hand |= dict(zip(submitted, runs, strict=True))
            time.sleep(_PATIENCE)
            for job in [job for job in in_hand if job.done()]:
                _settle(job, in_hand.pop(job), ledger)
            ledger.look()
    finally:
        for job in in_hand:
            job.cancel(check=False)


def train_one_job(site: Site, run: Run) -> Outcome:
    """What a job does."""
    try:
        place = site.enter()
    except SuiteError as error:
        return Outcome(None, str(error))
    return train_at(run, place)


def _settle(job: Any, run: Run, ledger: Ledger) -> None:
    error = job.exception()
    if error is None:
        ledger.settle(run, job.result())
    else:
        ledger.lost(run, f"job {job.job_id} broke down ({_reason(error)})")


def _reason(error: Exception) -> str:
    """What broke a job, in a line: of a traceback, which submitit puts between dashes, the last."""
    text = str(error).strip()
    between = re.search(r"^-{10,}\n(.*?)\n-{10,}$", text, re.DOTALL | re.MULTILINE)
    if between is None:
        return first_line(text)
    return between[1].strip().rpartition("\n")[2]
