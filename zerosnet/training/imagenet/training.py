"""Training of one network in several processes, which :mod:`zerosnet.sweeps.in_processes` starts.

It ends with a checkpoint, from which the record is written; interrupted, it goes on from the last
whole epoch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from zerosnet.data.seeds import generator_for
from zerosnet.files.cores import cores
from zerosnet.files.errors import SuiteError
from zerosnet.files.interrupts import interrupts_held_back
from zerosnet.files.progress import Progress
from zerosnet.training.imagenet.images import (
    EvaluationImages,
    ImageFolders,
    TrainingImages,
    shards_of,
)
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.loop import resume, rounded_loss, save, weights_of
from zerosnet.training.runs import Run
from zerosnet.training.steps import precision

#: Images a batch of an evaluation, in every process.
TEST_BATCH = 256


def train_in_processes(
    run: Run,
    folders: ImageFolders,
    scratch: Path,
    device: torch.device,
    layout: str = "channels_last",
) -> None:
    """Train in this process, which is one of a group; leaves a checkpoint of the whole training.

    Args:
        run: with an :class:`ImageNetRecipe`.
        folders: its images.
        scratch: the run's own folder.
        device: this process's own.
        layout: of images and states in memory, one of ``networks.network.LAYOUTS``.
    """
    recipe = run.recipe
    assert isinstance(recipe, ImageNetRecipe)  # noqa: S101 - a run of another kind is a slip in the code
    rank, processes = dist.get_rank(), dist.get_world_size()
    mine = shards_for(rank, processes, recipe.shards)
    network = run.build().to(device).laid_out(layout)
    with interrupts_held_back():  # it loads compiled libraries
        optimizer = torch.optim.SGD(
            parameter_groups(network, recipe), lr=recipe.learning_rate, momentum=recipe.momentum
        )
    # Every process reads the same checkpoint, and none writes one before all have read.
    trained = resume(scratch, run.key, network, optimizer)
    dist.barrier()
    parallel = DistributedDataParallel(network)
    progress = Progress(recipe.epochs, trained.epochs)
    while trained.epochs < recipe.epochs and trained.diverged is None:
        epoch, start = trained.epochs, time.perf_counter()
        order = torch.randperm(
            len(folders.train), generator=generator_for("order", run.seed, epoch)
        )
        steps = shards_of(order.tolist(), recipe, mine)
        images = TrainingImages(folders.train, recipe, run.seed, epoch)
        loss, accuracy = _train_epoch(parallel, optimizer, recipe, epoch, steps, images, device)
        if not math.isfinite(loss):
            trained.diverged = epoch
            break
        test_loss, top1, top5 = _evaluate(network, folders, recipe, device)
        seconds = time.perf_counter() - start
        entries = {
            "train_loss": round(loss, 6),
            "train_accuracy": round(accuracy, 4),
            "test_loss": rounded_loss(test_loss),
            "test_accuracy": round(top1, 4),
            "test_top5": round(top5, 4),
            "learning_rate": round(recipe.learning_rate_at((epoch + 1) / recipe.epochs), 8),
            "seconds": round(seconds, 3),
        }
        trained.add_epoch(entries, weights_of(network))
        if rank == 0:
            save(scratch, run.key, trained, network, optimizer)
            progress.advance(
                1,
                f"{run.label}, epoch {epoch + 1}/{recipe.epochs}: loss {loss:.3f}, top-1 "
                f"{top1:.2f} %, top-5 {top5:.2f} %, {len(order) / seconds:,.0f} images/s on "
                f"{processes} processes",
            )
    if rank == 0 and trained.diverged is not None:
        save(scratch, run.key, trained, network, optimizer)
    dist.barrier()


def shards_for(rank: int, processes: int, shards: int) -> list[int]:
    """The shards that one of several processes takes.

    Raises:
        SuiteError: the shards cannot be shared out evenly.
    """
    if shards % processes:
        raise SuiteError(
            f"{shards} shards cannot be shared out among {processes} processes: "
            f"start a number of processes that divides {shards}"
        )
    return list(range(rank, shards, processes))


def parameter_groups(network: nn.Module, recipe: ImageNetRecipe) -> list[dict[str, object]]:
    """Parameters with and without weight decay; vectors are batch norm's and biases."""
    decayed = [p for p in network.parameters() if p.ndim > 1 or recipe.decay_norm_and_bias]
    others = [p for p in network.parameters() if p.ndim <= 1 and not recipe.decay_norm_and_bias]
    return [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _train_epoch(
    parallel: DistributedDataParallel,
    optimizer: torch.optim.Optimizer,
    recipe: ImageNetRecipe,
    epoch: int,
    steps: list[list[list[int]]],
    images: TrainingImages,
    device: torch.device,
) -> tuple[float, float]:
    """One pass over the training images; (mean loss, accuracy in percent) over all processes."""
    parallel.train()  # type: ignore[no-untyped-call]
    norms = {m: m.momentum for m in parallel.modules() if isinstance(m, nn.BatchNorm2d)}
    # Summed loss, right guesses, images.
    totals = torch.zeros(3, device=device)
    batches = _batches(images, [shard for step in steps for shard in step], device)
    for number, step in enumerate(steps):
        progress = (epoch + (number + 1) / len(steps)) / recipe.epochs
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate_at(progress)
        optimizer.zero_grad(set_to_none=True)
        for part in range(len(step)):
            inputs, targets = next(batches)
            # Running statistics move once a step, by its first shard, as with a process a shard.
            for norm, momentum in norms.items():
                norm.momentum = 0.0 if part else momentum
            # Gradients travel between processes once a step, with the last shard's.
            parallel.require_backward_grad_sync = part == len(step) - 1
            with precision(recipe, device):
                logits = parallel(inputs)
                loss = functional.cross_entropy(logits, targets)
            (loss / len(step)).backward()  # type: ignore[no-untyped-call]
            right = (logits.detach().argmax(1) == targets).sum()
            totals += torch.stack(
                [loss.detach().float() * len(targets), right, totals.new_tensor(len(targets))]
            )
        optimizer.step()
    for norm, momentum in norms.items():
        norm.momentum = momentum
    dist.all_reduce(totals)
    loss_sum, right_sum, count = totals.tolist()
    return loss_sum / count, 100.0 * right_sum / count


@torch.no_grad()
def _evaluate(
    network: nn.Module, folders: ImageFolders, recipe: ImageNetRecipe, device: torch.device
) -> tuple[float, float, float]:
    """Mean cross-entropy, top-1 and top-5 accuracy in percent; every process takes a part.

    The statistics of batch norm are those of the first process, everywhere.
    """
    for buffer in network.buffers():
        dist.broadcast(buffer, 0)
    network.eval()
    # Summed loss, right guesses, right among five, images.
    totals = torch.zeros(4, device=device)
    mine = list(range(dist.get_rank(), len(folders.test), dist.get_world_size()))
    parts = [mine[start : start + TEST_BATCH] for start in range(0, len(mine), TEST_BATCH)]
    for inputs, targets in _batches(EvaluationImages(folders.test, recipe), parts, device):
        with precision(recipe, device):
            logits = network(inputs)
        ranked = logits.float().topk(5).indices == targets[:, None]
        totals += torch.stack(
            [
                functional.cross_entropy(logits.float(), targets, reduction="sum"),
                ranked[:, 0].sum(),
                ranked.sum(),
                totals.new_tensor(len(targets)),
            ]
        )
    dist.all_reduce(totals)
    loss, top1, top5, count = totals.tolist()
    return loss / count, 100.0 * top1 / count, 100.0 * top5 / count


def _batches(
    images: TrainingImages | EvaluationImages, batches: list[list[int]], device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """(pixels in [0, 1] (B, 3, crop, crop), classes (B,)) on the device, batch by batch."""
    on_gpu = device.type == "cuda"
    loader = DataLoader(
        images, batch_sampler=batches, num_workers=workers_for(device), pin_memory=on_gpu
    )
    yield from _moved(loader, device)


def workers_for(device: torch.device) -> int:
    """How many workers decode images for a process that trains on a device."""
    # On a CPU the cores are busy with the network; a GPU waits for nobody.
    if device.type != "cuda":
        return 0
    return max(1, min(8, cores() // max(1, torch.cuda.device_count())))


def _moved(
    loader: Iterable[tuple[Tensor, Tensor]], device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    try:
        for inputs, targets in loader:
            moved = inputs.to(device, non_blocking=True, memory_format=torch.channels_last)
            yield moved.float().div_(255), targets.to(device, non_blocking=True)
    except SuiteError as error:
        # A worker's error comes with its traceback before the line that says what is wrong.
        raise SuiteError(str(error).rpartition("SuiteError: ")[2].strip()) from None
