"""Before runs are trained, their arithmetic is checked (:mod:`zerosnet.training.arithmetic`)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from zerosnet.files.cores import threads_each
from zerosnet.files.progress import say_once
from zerosnet.training.arithmetic.check import (
    NOT_CHECKED,
    Checked,
    WrongArithmeticError,
    check,
)
from zerosnet.training.arithmetic.subjects import Subject, subject_of
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.runs import Run
from zerosnet.training.work import is_small, use_threads


def subjects_of(runs: Sequence[Run]) -> list[Subject]:
    """What runs would do on this machine, each with the threads that it is trained with here."""
    subjects = []
    for run in runs:
        use_threads(is_small(run))
        subjects.append(_subject(run))
    return subjects


def check_all(runs: Sequence[Run]) -> list[Checked]:
    """Check what a processor would compute of many runs in one go; each then finds its part."""
    return check(subjects_of(runs))


def checked(run: Run, device: torch.device, wanted: str = "trained") -> Checked:
    """What was found of a run with as many threads as now; it is checked if it has not been.

    Args:
        wanted: what it is to be, for people.

    Raises:
        WrongArithmeticError: no layout is right.
    """
    if device.type != "cpu":
        return NOT_CHECKED
    (found,) = check([_subject(run)])
    if found.refused:
        raise WrongArithmeticError(f"{run.label} is not {wanted}: {found.refused}")
    if found.troubles:
        say_once(f"states lie {found.layout} in memory: {found.versions} is wrong {found.troubles}")
    return found


def _subject(run: Run) -> Subject:
    if isinstance(run.recipe, ImageNetRecipe):
        from zerosnet.sweeps.in_processes import processes_for

        processes = processes_for(run.recipe.shards)
        return subject_of(run, threads_each(processes), processes)
    return subject_of(run, torch.get_num_threads())
