"""How a network is trained: the recipe, as the paper says and as the released code does.

The two protocols stand as data in ``claims/paper/recipes.yaml``; a profile may shorten them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import finite
from zerosnet.files.pinned import read_pinned
from zerosnet.files.yaml_files import parse_yaml
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import Deformation, LossDeformation

Precision = Literal["float32", "bfloat16"]
PRECISIONS = get_args(Precision)
#: What to train in where a profile says bfloat16, instead of what the machine is good at.
PRECISION_VARIABLE = "ZEROSNET_PRECISION"
#: What slopes δ′(ℓ) are averaged over.
AveragedOver = Literal["training", "epoch"]


@dataclass(frozen=True)
class FollowedSlopes:
    """The mean δ′(ℓ) that another run met, taken for factors of the learning rate.

    The other run has this deformation of the loss and is else the same: network, images, seed,
    recipe.  So the factors are known when it is trained; what is to be trained is known before.

    Args:
        deformation: δ of the other run.
        averaged_over: ``training``: one factor for all epochs; ``epoch``: one for each.
    """

    deformation: LossDeformation
    averaged_over: AveragedOver

    def __post_init__(self) -> None:
        if self.averaged_over not in get_args(AveragedOver):
            raise SuiteError(
                f"slopes are averaged over {self.averaged_over!r}: "
                f"one of {', '.join(get_args(AveragedOver))} is expected"
            )


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with step decay, fixed in every number.

    Args:
        protocol: whose recipe it is, ``as-paper`` or ``as-code``.
        learning_rate, momentum, weight_decay, nesterov: of ``torch.optim.SGD``.
        batch: images a step.
        epochs: passes over the training images.
        decay_epochs: epochs (counted from 0) in which the learning rate is divided.
        decay_step: the step of these epochs, from 0, before which it is divided: 0, or 1 where the
            scheduler is asked after every step, as in the released code.
        decay_divisor: by how much.
        first_step_at_zero: the very first step has learning rate 0, as in the released code.
        padding, flip: augmentation: random crop after zero padding, horizontal flip.
        precision: of the forward and backward pass; weights and optimizer stay float32.
        activated_gradients: g of the gradient or of the step, if any.
        loss_deformation: δ of the loss whose gradient is followed, if any.
        rate_factors: none, or one an epoch: the learning rate is multiplied by it and weight decay
            divided, which keeps the effect of weight decay, their product.
        borrowed: what the protocol does not say, for people; it is then that of the protocol which
            it falls back to.
        follows: none, or whose slopes become the rate factors when the run is trained
            (:func:`zerosnet.training.learning_rate_controls.following`).

    Raises:
        SuiteError: there is not one rate factor above 0 for each epoch, or the recipe deforms its
            loss and follows slopes, too.
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
    activated_gradients: ActivatedGradients | None = None
    loss_deformation: Deformation | None = None
    rate_factors: tuple[float, ...] = ()
    follows: FollowedSlopes | None = None
    decay_step: int = 0
    borrowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.follows is not None and (self.loss_deformation or self.rate_factors):
            raise SuiteError("a recipe that follows slopes has the plain loss and no factors yet")
        if self.rate_factors and len(self.rate_factors) != self.epochs:
            raise SuiteError(
                f"{len(self.rate_factors)} rate factors for {self.epochs} epochs: "
                "one each is expected"
            )
        factors = tuple(finite(factor, "a rate factor") for factor in self.rate_factors)
        for factor in factors:
            if factor <= 0:
                raise SuiteError(f"a rate factor is {factor:g}: must be above 0")
        object.__setattr__(self, "rate_factors", factors)  # 2 and 2.0 must give a run the same key

    def learning_rate_in(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0, from its step ``decay_step`` on."""
        return self._rate(epoch, self.decay_step)

    def _rate(self, epoch: int, step: int) -> float:
        passed = sum((epoch, step) >= (decay, self.decay_step) for decay in self.decay_epochs)
        rate = float(self.learning_rate / self.decay_divisor**passed)
        return rate * self.rate_factors[epoch] if self.rate_factors else rate

    def weight_decay_in(self, epoch: int) -> float:
        """The weight decay of an epoch, counted from 0."""
        if self.rate_factors:
            return self.weight_decay / self.rate_factors[epoch]
        return self.weight_decay

    def learning_rate_at(self, epoch: int, step: int) -> float:
        """The learning rate of one step of an epoch, both counted from 0."""
        first = epoch == 0 and step == 0
        return 0.0 if self.first_step_at_zero and first else self._rate(epoch, step)

    def description(self) -> dict[str, Any]:
        """The recipe, JSON-able; a run's key is a hash of this and of its network.

        What came to recipes later stands there only where it is used: keys of records from before
        stay.
        """
        later = (
            *("activated_gradients", "loss_deformation", "rate_factors", "follows"),
            *("decay_step", "borrowed"),
        )
        fields = asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
            if name not in later or value
        }


@lru_cache(maxsize=4)
def protocols_of(content: bytes, path: Path) -> Any:
    """What ``recipes.yaml`` says, not to be changed; parsed once for the rows of all tables."""
    return parse_yaml(content, path)


def load_recipe(
    path: Path,
    protocol: str,
    data_set: str,
    *,
    side: int,
    epochs: int | None = None,
    epochs_as: str = "",
    precision: str = "float32",
    length: Fraction = Fraction(1),
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
        length: share of these epochs, at least one; decay moves in proportion.

    Raises:
        SuiteError: the protocol, the data set or the precision is unknown, no epoch is left, or the
            file is not what its checksum says (``files/pinned.py``).
    """
    protocols = protocols_of(read_pinned(path.parent, path.name), path)
    if protocol not in protocols:
        raise SuiteError(
            f"protocol {protocol!r} is not in {path.name}: one of {', '.join(protocols)}"
        )
    if precision not in PRECISIONS:
        raise SuiteError(f"precision {precision!r} is unknown: one of {', '.join(PRECISIONS)}")
    text: dict[str, Any] = protocols[protocol]
    borrowed: tuple[str, ...] = ()
    if epochs is None:
        name = epochs_as or data_set
        given = text["epochs"]
        if name not in given and "falls_back_to" in text:
            given = protocols[text["falls_back_to"]]["epochs"]
            borrowed = (f"epochs for {name} from {text['falls_back_to']}",)
        if name not in given:
            raise SuiteError(f"{path.name} gives protocol {protocol} no epochs for {name!r}")
        epochs = int(given[name])
    if length != 1:
        epochs = max(1, round(length * epochs))
    run = epochs - int(text["epochs_not_run"])
    if run < 1:
        raise SuiteError(f"protocol {protocol} with {epochs} epochs leaves none to run: give more")
    decay = text["decay"]
    # The milestone that is reached in the epoch of this number, which may be counted from 1.
    decays = tuple(
        round(Fraction(share) * epochs) - int(decay["first_epoch"]) for share in decay["at"]
    )
    return Recipe(
        protocol=protocol,
        learning_rate=float(text["learning_rate"]),
        momentum=float(text["momentum"]),
        weight_decay=float(text["weight_decay"]),
        nesterov=bool(text["nesterov"]),
        batch=int(text["batch"]),
        epochs=run,
        decay_epochs=decays,
        decay_step=int(decay["from_step"]),
        decay_divisor=float(decay["divide_by"]),
        first_step_at_zero=bool(text["first_step_at_zero"]),
        padding=round(Fraction(text["padding"]["pixels"] * side, text["padding"]["of"])),
        flip=bool(text["flip"]) and data_set not in text["never_flipped"],
        precision="bfloat16" if precision == "bfloat16" else "float32",
        borrowed=borrowed,
    )
