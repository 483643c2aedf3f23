"""The one training loop: a run in, its record and its weights out.

A run that was stopped at any moment goes on from its last checkpoint and ends in the same record
(on a CPU, to the bit: the order of images, their augmentation and the blocks that stochastic depth
drops are drawn anew from the seed and the epoch).  Divergence is an outcome, not an error.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from zerosnet.data.augmentation import Augmentation, epoch_batches, pad, pixels
from zerosnet.data.images import ImageSet
from zerosnet.data.seeds import generator_for
from zerosnet.files.errors import SuiteError
from zerosnet.files.interrupts import interrupts_held_back
from zerosnet.networks.network import MultistepNetwork
from zerosnet.networks.noise_injection import noise_generator
from zerosnet.networks.stochastic_depth import drop_plans
from zerosnet.training.checkpoint import (
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
    weights_path,
)
from zerosnet.training.learning_rate_controls import following
from zerosnet.training.recipe import Recipe
from zerosnet.training.runs import Run
from zerosnet.training.selection import best_on_test, last_epoch
from zerosnet.training.steps import (
    CapturedStep,
    TrainingStep,
    captures_steps,
    optimizer_of,
    precision,
    set_arithmetic,
)

#: Images a batch of an evaluation: small enough for a laptop, large enough to fill it.
EVALUATION_BATCH = 1000

#: Called after every epoch with a line for people.
Report = Callable[[str], None]


@dataclass
class Trained:
    """What training leaves: the history of every epoch, and weights at two of them.

    Attributes:
        history: lists of the same length, one entry an epoch: ``train_loss``,
            ``train_accuracy`` (percent, over the epoch, augmented, as the weights change),
            ``test_loss``, ``test_accuracy`` (percent), ``learning_rate``, ``seconds``.  Where
            images are held out also ``held_out_accuracy``, and ``fit_loss``, ``fit_accuracy``: of
            the training images as they are, with the weights at the epoch's end.  Where the loss is
            deformed also ``deformation_slope``, the mean δ′(ℓ) over the images of the epoch.  On
            ImageNet also ``test_top5`` (percent).  A loss or slope that is not finite is ``None``.
        diverged: the epoch, from 0, in which the loss stopped being finite, or ``None``.
        last, best: state dictionaries; empty where training diverged before its first epoch ended.
    """

    history: dict[str, list[float]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                "train_loss",
                "train_accuracy",
                "test_loss",
                "test_accuracy",
                "learning_rate",
                "seconds",
            )
        }
    )
    diverged: int | None = None
    last: dict[str, Tensor] = field(default_factory=dict)
    best: dict[str, Tensor] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.history["test_accuracy"])

    def add_epoch(self, entries: Mapping[str, float | None], weights: dict[str, Tensor]) -> None:
        """Note an epoch that is done.

        Args:
            entries: of the history, by name.
            weights: a copy of the network's state at the end of the epoch.
        """
        for name, value in entries.items():
            self.history.setdefault(name, []).append(value)  # type: ignore[arg-type]
        self.last = weights
        if best_on_test(self.history["test_accuracy"]) == self.epochs - 1:
            self.best = weights


def default_device(turn: int = 0) -> torch.device:
    """A CUDA GPU where there is one, else the CPU.

    Args:
        turn: of this process among those that work side by side; they take the GPUs in turn.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if turn:
        torch.cuda.set_device(turn % torch.cuda.device_count())
    return torch.device("cuda")


def trained_elsewhere(run: Run, scratch: Path) -> Trained:
    """What the processes that train a run (ImageNet's) have left in its scratch folder."""
    network = run.build()
    with interrupts_held_back():  # it loads compiled libraries
        optimizer = torch.optim.SGD(network.parameters())
    return resume(scratch, run.key, network, optimizer)


def train(
    run: Run,
    images: ImageSet,
    scratch: Path,
    device: torch.device,
    report: Report,
    slopes: Sequence[float] = (),
    layout: str = "channels_last",
) -> Trained:
    """Train a run, from its last checkpoint if there is one.

    Args:
        images: what ``run.data`` names, already loaded.
        scratch: the run's own folder for checkpoints.
        device: that computes.
        report: called after every epoch, once its checkpoint is written.
        slopes: those that ``run.followed`` met, one an epoch, where there is such a run.
        layout: of images and states in memory, one of ``networks.network.LAYOUTS``.

    Raises:
        SuiteError: there are not as many slopes as epochs, or a checkpoint cannot be read or
            written.
    """
    recipe = run.recipe
    assert isinstance(recipe, Recipe)  # noqa: S101 - a run of another kind is a slip in the code
    if recipe.follows is not None:
        recipe = following(recipe, slopes)
    network = run.build()
    network = network.to(device).laid_out(layout)
    optimizer = optimizer_of(network, recipe)
    set_arithmetic(recipe)
    trained = resume(scratch, run.key, network, optimizer)
    step = TrainingStep(network, optimizer, recipe, device)
    taken = _captured(step, run, recipe)
    padded = pad(images.train_images.to(device), recipe.padding)
    labels = images.train_labels.to(device)
    test_images, test_labels = images.test_images.to(device), images.test_labels.to(device)
    while trained.epochs < recipe.epochs and trained.diverged is None:
        epoch = trained.epochs
        start = time.perf_counter()
        batches = epoch_batches(
            padded,
            labels,
            recipe.batch,
            Augmentation(recipe.padding, recipe.flip),
            generator_for("order", run.seed, epoch),
        )
        plans = drop_plans(
            len(network.blocks),
            run.architecture.survival,
            math.ceil(len(labels) / recipe.batch),
            generator_for("drops", run.seed, epoch),
        )
        network.noise_generator = noise_generator(run.seed, epoch, device)
        network.train()
        step.set_weight_decay(recipe.weight_decay_in(epoch))
        for number, ((inputs, targets), plan) in enumerate(zip(batches, plans, strict=True)):
            network.dropped = plan
            taken(inputs, targets, recipe.learning_rate_at(epoch, number))
        train_loss, train_accuracy = step.take_totals()
        if not math.isfinite(train_loss):
            trained.diverged = epoch
            report(f"epoch {epoch + 1}/{recipe.epochs}: diverged")
            break
        test_loss, test_accuracy = evaluate(network, test_images, test_labels, recipe)
        seconds = time.perf_counter() - start
        entries = {
            "train_loss": round(train_loss, 6),
            "train_accuracy": round(train_accuracy, 4),
            "test_loss": rounded_loss(test_loss),
            "test_accuracy": round(test_accuracy, 4),
            "learning_rate": recipe.learning_rate_in(epoch),
            "seconds": round(seconds, 3),
        }
        entries |= _without_learning(network, images, recipe, device)
        if recipe.loss_deformation is not None:
            slope = step.take_slope()
            entries["deformation_slope"] = float(f"{slope:.9g}") if math.isfinite(slope) else None
        trained.add_epoch(entries, weights_of(network))
        save(scratch, run.key, trained, network, optimizer)
        report(
            f"epoch {epoch + 1}/{recipe.epochs}: loss {train_loss:.3f}, "
            f"test {test_accuracy:.2f} %, {len(labels) / seconds:,.0f} images/s"
        )
    return trained


def _captured(step: TrainingStep, run: Run, recipe: Recipe) -> TrainingStep | CapturedStep:
    """The step captured, where that is asked for and a graph can stand for it; else as it is."""
    # A graph replays the blocks and the learning rate that it was captured with, so blocks that are
    # dropped or a rate of its own for each epoch would take a graph each time; and noise comes from
    # a generator that the graph does not know.
    architecture = run.architecture
    changes = architecture.survival != 1 or architecture.noise or recipe.rate_factors
    if changes or not captures_steps(step.device):
        return step
    return CapturedStep(step, recipe.batch)


def _without_learning(
    network: nn.Module, images: ImageSet, recipe: Recipe, device: torch.device
) -> dict[str, float | None]:
    """How well an epoch's network fits its own images, and those that were held out, if any."""
    if images.held_out_images is None or images.held_out_labels is None:
        return {}
    held_out = images.held_out_images.to(device), images.held_out_labels.to(device)
    own = images.train_images.to(device), images.train_labels.to(device)
    loss, accuracy = evaluate(network, *own, recipe)
    return {
        "fit_loss": rounded_loss(loss),
        "fit_accuracy": round(accuracy, 4),
        "held_out_accuracy": round(evaluate(network, *held_out, recipe)[1], 4),
    }


def rounded_loss(loss: float) -> float | None:
    """A loss as histories have it; ``None`` where the network's outputs overflowed."""
    return round(loss, 6) if math.isfinite(loss) else None


@torch.no_grad()
def evaluate(
    network: nn.Module, images: Tensor, labels: Tensor, recipe: Recipe
) -> tuple[float, float]:
    """Mean cross-entropy and accuracy in percent, in evaluation mode.

    Args:
        network: on the device of the images.
        images: uint8 (N, H, W, C).
        labels: int64 (N,), on the same device.
        recipe: for its precision.
    """
    network.eval()
    total_loss = torch.zeros((), device=labels.device)
    correct = torch.zeros((), device=labels.device)
    for start in range(0, len(labels), EVALUATION_BATCH):
        part = slice(start, start + EVALUATION_BATCH)
        with precision(recipe, labels.device):
            logits = network(pixels(images[part]))
        total_loss += functional.cross_entropy(logits.float(), labels[part], reduction="sum")
        correct += (logits.argmax(1) == labels[part]).sum()
    return float(total_loss) / len(labels), 100.0 * float(correct) / len(labels)


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the state dictionary."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def set_weights(network: nn.Module, weights: dict[str, Tensor], source: Path) -> None:
    """Set a network to weights that a file gave.

    Raises:
        SuiteError: they are not those of such a network.
    """
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise SuiteError(
            f"the weights in {source} are of another version's network: delete them to train anew"
        ) from None


def save(
    scratch: Path,
    key: str,
    trained: Trained,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write a checkpoint from which :func:`resume` goes on."""
    tensors = {f"last.{name}": tensor for name, tensor in trained.last.items()}
    if trained.best is not trained.last:  # safetensors stores no tensor twice
        tensors |= {f"best.{name}": tensor for name, tensor in trained.best.items()}
    for name, parameter in network.named_parameters():
        momentum = optimizer.state[parameter].get("momentum_buffer")
        if momentum is not None:
            tensors[f"momentum.{name}"] = momentum
    facts = {"key": key, "history": trained.history, "diverged": trained.diverged}
    # The epoch that diverged counts: what was saved before it is older.
    save_checkpoint(scratch, trained.epochs + (trained.diverged is not None), tensors, facts)


def resume(
    scratch: Path, key: str, network: nn.Module, optimizer: torch.optim.Optimizer
) -> Trained:
    """Set network and optimizer to the last checkpoint; an empty history where there is none.

    Args:
        scratch: the run's own folder.
        key: of the run.
        network, optimizer: as the run builds them; they are changed in place.

    Raises:
        SuiteError: a checkpoint cannot be read, or is of another version's network.
    """
    found = load_checkpoint(scratch, key)
    if found is None:
        return Trained()
    tensors, facts = found

    def part(prefix: str) -> dict[str, Tensor]:
        start = f"{prefix}."
        return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}

    last = part("last")
    if last:  # empty where the first epoch diverged
        set_weights(network, last, scratch)
    momenta = part("momentum")
    for name, parameter in network.named_parameters():
        if name in momenta:
            # preserve_format keeps channels_last, without which resumed sums differ in the last bit
            buffer = torch.empty_like(parameter, memory_format=torch.preserve_format)
            optimizer.state[parameter]["momentum_buffer"] = buffer.copy_(momenta[name])
    return Trained(
        history=facts["history"],
        diverged=facts.get("diverged"),
        last=last,
        best=part("best") or last,
    )


def finish(trained: Trained, scratch: Path) -> dict[str, Any]:
    """Write the weights of a finished run; returns the part of its record that is the outcome."""
    accuracies = trained.history["test_accuracy"]
    outcome: dict[str, Any] = {
        "outcome": "completed" if trained.diverged is None else "diverged",
        "diverged_in_epoch": trained.diverged,
        "history": trained.history,
        "selected": {},
        "weights": {},
    }
    if trained.diverged is None:
        for name, select, weights in (
            ("last_epoch", last_epoch, trained.last),
            ("best_on_test", best_on_test, trained.best),
        ):
            epoch = select(accuracies)
            outcome["selected"][name] = {"epoch": epoch, "test_accuracy": accuracies[epoch]}
            outcome["weights"][name] = save_weights(scratch, name, weights)
    return outcome


def trained_network(
    run: Run,
    record: dict[str, Any],
    selection: str,
    scratch: Path,
    device: torch.device,
    layout: str = "channels_last",
) -> MultistepNetwork:
    """The network of a completed run with the weights of one selection, ready to be measured.

    Args:
        run, record: the run and what it has left.
        selection: ``last_epoch`` or ``best_on_test``.
        scratch: the run's own folder.
        device, layout: where the network is to be, and how its states lie in memory.

    Raises:
        SuiteError: the weights are missing or damaged.
    """
    sha256 = record["weights"][selection]
    path = weights_path(scratch, selection, sha256)
    weights = load_weights(path, sha256)
    network = run.build()
    set_weights(network, weights, path)
    return network.to(device).laid_out(layout).eval()
