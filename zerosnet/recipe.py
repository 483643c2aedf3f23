"""How a network is trained: the recipe, as the paper says and as the released code does.

The two protocols stand as data in ``claims/paper/recipes.yaml``; a profile may shorten them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from zerosnet.errors import SuiteError
from zerosnet.pinned import read_pinned
from zerosnet.yaml_files import parse_yaml

Precision = Literal["float32", "bfloat16"]
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with step decay, fixed in every number.

    Args:
        protocol: whose recipe it is, ``as-paper`` or ``as-code``.
        learning_rate, momentum, weight_decay, nesterov: of ``torch.optim.SGD``.
        batch: images a step.
        epochs: passes over the training images.
        decay_epochs: epochs (counted from 0) before which the learning rate is divided.
        decay_divisor: by how much.
        first_step_at_zero: the very first step has learning rate 0, as in the released code.
        padding, flip: augmentation: random crop after zero padding, horizontal flip.
        precision: of the forward and backward pass; weights and optimizer stay float32.
    """

    protocol: str
    learning_rate: float
    momentum: float
    weight_decay: float
    nesterov: bool
    batch: int
    epochs: int
    decay_epochs: tuple[int, ...]
    decay_divisor: float
    first_step_at_zero: bool
    padding: int
    flip: bool
    precision: Precision = "float32"

    def learning_rate_in(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0."""
        passed = sum(epoch >= decay for decay in self.decay_epochs)
        return float(self.learning_rate / self.decay_divisor**passed)

    def learning_rate_at(self, epoch: int, step: int) -> float:
        """The learning rate of one step of an epoch, both counted from 0."""
        first = epoch == 0 and step == 0
        return 0.0 if self.first_step_at_zero and first else self.learning_rate_in(epoch)


def load_recipe(
    path: Path,
    protocol: str,
    data_set: str,
    *,
    side: int,
    epochs: int | None = None,
    epochs_as: str = "",
    precision: str = "float32",
) -> Recipe:
    """A protocol's recipe for one of the paper's data sets.

    Args:
        path: ``recipes.yaml``.
        protocol: its name there.
        data_set: as the paper's tables call it, such as ``CIFAR-10``.
        side: of the images in pixels; zero padding keeps its proportion to it.
        epochs: instead of the protocol's, for a reduced profile; decay moves in proportion.
        epochs_as: the protocol's name for the number of epochs, if it is not the data set's.
        precision: ``float32`` or ``bfloat16``.

    Raises:
        SuiteError: the protocol, the data set or the precision is unknown, no epoch is left, or the
            file is not what its checksum says (``pinned.py``).
    """
    protocols = parse_yaml(read_pinned(path.parent, path.name), path)
    if protocol not in protocols:
        raise SuiteError(
            f"protocol {protocol!r} is not in {path.name}: one of {', '.join(protocols)}"
        )
    if precision not in PRECISIONS:
        raise SuiteError(f"precision {precision!r} is unknown: one of {', '.join(PRECISIONS)}")
    text: dict[str, Any] = protocols[protocol]
    if epochs is None:
        name = epochs_as or data_set
        if name not in text["epochs"]:
            raise SuiteError(f"{path.name} gives protocol {protocol} no epochs for {name!r}")
        epochs = int(text["epochs"][name])
    run = epochs - int(text["epochs_not_run"])
    if run < 1:
        raise SuiteError(f"protocol {protocol} with {epochs} epochs leaves none to run: give more")
    decays = tuple(round(Fraction(share) * epochs) for share in text["decay"]["at"])
    return Recipe(
        protocol=protocol,
        learning_rate=float(text["learning_rate"]),
        momentum=float(text["momentum"]),
        weight_decay=float(text["weight_decay"]),
        nesterov=bool(text["nesterov"]),
        batch=int(text["batch"]),
        epochs=run,
        decay_epochs=decays,
        decay_divisor=float(text["decay"]["divide_by"]),
        first_step_at_zero=bool(text["first_step_at_zero"]),
        padding=round(Fraction(text["padding"]["pixels"] * side, text["padding"]["of"])),
        flip=bool(text["flip"]) and data_set not in text["never_flipped"],
        precision="bfloat16" if precision == "bfloat16" else "float32",
    )
