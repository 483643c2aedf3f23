"""How much work a run is, and how many threads it is worth; without torch, but for setting them.

Threads of one operation wait for each other.  Where an operation takes microseconds, a second
thread gains nothing; beside a busy neighbour each wait lasts as long as the neighbour likes, and
training slows down tenfold and more (``benchmarks/test_neighbour.py``).  So small work gets one
thread a process, and a process a core; large work gets all cores.
"""

from __future__ import annotations

import os
from functools import cache

from zerosnet.data.catalogue import data_set
from zerosnet.files.cores import THREADS_VARIABLE, cores
from zerosnet.networks.operations import TRAINING_PASSES, forward_operations
from zerosnet.training.runs import Run

#: Operations of a training step below which one thread is enough: a tenth of a second of one core.
#: ZeroSNet-20 on 8×8 digits takes 2·10⁹, ZeroSNet-32 on 16×16 images 13·10⁹.
SMALL_STEP = 4e9


def image_operations(run: Run) -> int:
    """Floating-point operations of one image's forward pass."""
    images = data_set(run.data.name)
    side = run.data.size or images.size
    return forward_operations(run.architecture, images.channels, side, images.classes)


def work_of(run: Run) -> float:
    """Floating-point operations of a whole training: three forward passes a training image.

    Where states are recomputed, it is four, for all blocks: the few that are not count, too.  Where
    images are held out, every epoch ends with a look at these and at those trained on.
    """
    images = data_set(run.data.name)
    passes = TRAINING_PASSES + (run.architecture.memory == "recomputed")
    trained = run.data.train or images.train
    seen = passes * trained + (run.data.test or images.test)
    if run.data.held_out:
        seen += trained + run.data.held_out
    return float(image_operations(run)) * seen * run.recipe.epochs


def epoch_work(run: Run) -> float:
    """Floating-point operations of one epoch."""
    return work_of(run) / run.recipe.epochs


def is_small(run: Run) -> bool:
    """Whether a step of the run is too little work for more than one thread."""
    return TRAINING_PASSES * run.recipe.batch * image_operations(run) < SMALL_STEP


def threads_for(small: bool) -> int:
    """How many threads PyTorch gets: one for small work, else as many as it starts with.

    Where ``OMP_NUM_THREADS`` is set, it keeps those that it has.
    """
    import torch

    if os.environ.get(THREADS_VARIABLE):
        return torch.get_num_threads()
    usual = _usual_threads()
    return 1 if small else usual


def use_threads(small: bool) -> None:
    """Let PyTorch compute with so many threads (:func:`threads_for`); nothing is changed where
    ``OMP_NUM_THREADS`` is set.
    """
    import torch

    threads = threads_for(small)
    if not os.environ.get(THREADS_VARIABLE):
        torch.set_num_threads(threads)


@cache
def _usual_threads() -> int:
    """As many as PyTorch starts with, or as there are cores; asked before another number is set."""
    import torch

    # In a container PyTorch counts the cores of the machine.
    return min(torch.get_num_threads(), cores())
