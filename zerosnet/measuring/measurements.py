"""What is measured of a trained network besides its accuracy: one record a run and measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerosnet.data.perturb import ACCURACY, NOISE_FREE, Perturbation, perturbations_of
from zerosnet.experiments.trained_stages import Experiment
from zerosnet.files.errors import SuiteError
from zerosnet.measuring.attacks import FGSM, PGD, Attack, attacks_of, gradient, is_attack
from zerosnet.measuring.columns import (
    COEFFICIENT_COLUMNS,
    GAP_COLUMNS,
    GROWTH_COLUMNS,
    SHARPNESS_COLUMNS,
)
from zerosnet.paper.tables import Table
from zerosnet.training.selection import PRIMARY

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from zerosnet.data.images import ImageSet
    from zerosnet.networks.network import MultistepNetwork

#: Images that are attacked at once: gradients of the pixels need more memory than guesses.
_ATTACK_BATCH = 250

#: Network, pixels (B, C, H, W) in [0, 1], labels (B,), number of the batch → other pixels.
Disturbance = Callable[["MultistepNetwork", "Tensor", "Tensor", int], "Tensor"]
Measure = Callable[["MultistepNetwork", "ImageSet", "torch.device"], dict[str, Any]]


@dataclass(frozen=True)
class Measurement:
    """A measurement of a trained network.

    Args:
        name: of its record, without the ending.
        columns: what it gives, by name.
        measure: network, images, device → a number, or ``None``, for every column.
        images: how many test images it looks at, the first ones; ``None``: all.
        trained: columns whose values are taken from the training's record, not measured again in
            float32.  A run then has one accuracy on every page: the one that chose its best epoch.
            A difference within one measurement (a drop under noise, a gap) takes both of its ends
            from that measurement instead.
    """

    name: str
    columns: tuple[str, ...]
    measure: Measure
    images: int | None = None
    trained: tuple[str, ...] = ()


def measurement_of(
    experiment: Experiment, table: Table, images: int | None = None
) -> Measurement | None:
    """What an experiment measures of its trained networks, or ``None``.

    Args:
        images: how many test images are attacked, or training images give the sharpness; ``None``:
            all, or as many as usual.
    """
    if experiment.measured == "noise":
        return under_noise(table)
    if experiment.measured in ("pgd", "fgsm"):
        return under_attack(experiment.measured, images)
    if experiment.measured == "robustness":
        return under_noise_and_attack(table, images)
    if experiment.measured == "coefficients":
        return Measurement("coefficients", COEFFICIENT_COLUMNS, _coefficients)
    if experiment.measured == "sharpness":
        return accuracy_and_sharpness(images)
    if experiment.measured == "growth":
        return Measurement("growth", GROWTH_COLUMNS, _growth)
    if experiment.measured == "gap":
        return Measurement("gap", GAP_COLUMNS, generalization_gap)
    return None


def _coefficients(
    network: MultistepNetwork, images: ImageSet, device: torch.device
) -> dict[str, Any]:
    from zerosnet.measuring.trained_coefficients import where_they_ended

    return where_they_ended(network, images, device)


def _growth(network: MultistepNetwork, images: ImageSet, device: torch.device) -> dict[str, Any]:
    from zerosnet.measuring.growth import growth_in

    return growth_in(network, images, device)


def is_of(
    measurement: Measurement, record: Mapping[str, Any] | None, trained: Mapping[str, Any]
) -> bool:
    """Whether a record holds this measurement: the same columns, as many images, of the weights
    that the record of the training names.
    """
    return (
        record is not None
        and record["weights"] == trained["weights"]
        and list(record["values"][PRIMARY]) == list(measurement.columns)
        and record.get("images") == measurement.images
    )


def under_noise(table: Table) -> Measurement:
    """Test accuracy in percent under each noise that a table has a column for."""
    noises = perturbations_of([c for c in table.columns if not is_attack(c)])

    def measure(
        network: MultistepNetwork, images: ImageSet, device: torch.device
    ) -> dict[str, Any]:
        return {
            noise.name: accuracy(
                network, images.test_images, images.test_labels, device, _ignoring_network(noise)
            )
            for noise in noises
        }

    return Measurement("noise", tuple(noise.name for noise in noises), measure)


def _ignoring_network(noise: Perturbation) -> Disturbance:
    return lambda _network, clean, _labels, batch: noise(clean, batch)


def under_attack(name: str, count: int | None) -> Measurement:
    """Test accuracy in percent of the first images without and under attacks of each strength."""
    attacks: tuple[Attack, ...] = {"pgd": PGD, "fgsm": FGSM}[name]

    def measure(
        network: MultistepNetwork, images: ImageSet, device: torch.device
    ) -> dict[str, Any]:
        chosen = images.test_images[:count], images.test_labels[:count], device
        clean = {NOISE_FREE: accuracy(network, *chosen)}
        return clean | _attacked(network, images, device, attacks, count)

    columns = (NOISE_FREE, *(attack.name for attack in attacks))
    return Measurement(name, columns, measure, count)


def under_noise_and_attack(table: Table, count: int | None) -> Measurement:
    """Test accuracy in percent under each noise, of all images, and under each attack, of the
    first ones, that a table has a column for.
    """
    noise, attacks = under_noise(table), attacks_of(table.columns)
    if not attacks and set(noise.columns) <= {NOISE_FREE}:
        raise SuiteError(
            f"{table.name}.csv has no column of a perturbation: add one, such as "
            f"gauss_sd0.04{ACCURACY} or pgd_1/255{ACCURACY}"
        )

    def measure(
        network: MultistepNetwork, images: ImageSet, device: torch.device
    ) -> dict[str, Any]:
        found = noise.measure(network, images, device)
        return found | _attacked(network, images, device, attacks, count)

    columns = (*noise.columns, *(attack.name for attack in attacks))
    return Measurement("robustness", columns, measure, count)


def _attacked(
    network: MultistepNetwork,
    images: ImageSet,
    device: torch.device,
    attacks: Sequence[Attack],
    count: int | None,
) -> dict[str, Any]:
    network.requires_grad_(False)  # only the pixels need a gradient
    chosen = images.test_images[:count], images.test_labels[:count], device
    if not _has_gradients(network, *chosen):
        return dict.fromkeys(attack.name for attack in attacks)
    return {a.name: accuracy(network, *chosen, a, _ATTACK_BATCH) for a in attacks}


def _has_gradients(
    network: MultistepNetwork, images: Tensor, labels: Tensor, device: torch.device
) -> bool:
    """Whether an attack by gradients has any to follow: one that has none moves no pixel.

    Where logits leave the range of float32 all gradients are no numbers, or 0.
    """
    from zerosnet.data.augmentation import pixels

    some = False
    for start in range(0, len(labels), _ATTACK_BATCH):
        part = slice(start, start + _ATTACK_BATCH)
        found = gradient(network, pixels(images[part].to(device)), labels[part].to(device))
        if not found.isfinite().all():
            return False
        some = some or bool(found.any())
    return some


def generalization_gap(
    network: MultistepNetwork, images: ImageSet, device: torch.device
) -> dict[str, Any]:
    """Training and test accuracy in percent, and their difference in percentage points (table 7).

    Both are taken with the same weights, in evaluation mode, on images that nothing is done to.
    """
    train = accuracy(network, images.train_images, images.train_labels, device)
    test = accuracy(network, images.test_images, images.test_labels, device)
    return {"train": train, "test": test, "gap": round(train - test, 4)}


def accuracy_and_sharpness(count: int | None) -> Measurement:
    """Test accuracy in percent, and how sharp the minimum is (:mod:`zerosnet.measuring.sharpness`).

    Args:
        count: training images that the curvature is taken over; ``None``: as many as usual.
    """

    def measure(
        network: MultistepNetwork, images: ImageSet, device: torch.device
    ) -> dict[str, Any]:
        from zerosnet.measuring.sharpness import IMAGES, log_sharpness

        test = accuracy(network, images.test_images, images.test_labels, device)
        curvature = log_sharpness(network, images, device, count or IMAGES)
        return {"test": test, "sharpness": curvature}

    return Measurement("sharpness", SHARPNESS_COLUMNS, measure, count, trained=("test",))


def accuracy(
    network: MultistepNetwork,
    images: Tensor,
    labels: Tensor,
    device: torch.device,
    disturb: Disturbance | None = None,
    batch: int | None = None,
) -> float:
    """Accuracy in percent on uint8 images (N, H, W, C), in float32, maybe with other pixels.

    Args:
        batch: images at once; ``None``: as many as evaluation in training takes.
    """
    import torch  # judging what was measured elsewhere needs none

    from zerosnet.data.augmentation import pixels
    from zerosnet.training.loop import EVALUATION_BATCH

    batch = batch or EVALUATION_BATCH
    correct = 0
    for number, start in enumerate(range(0, len(labels), batch)):
        part = slice(start, start + batch)
        inputs, targets = pixels(images[part].to(device)), labels[part].to(device)
        if disturb is not None:
            inputs = disturb(network, inputs, targets, number)
        with torch.no_grad():
            correct += int((network(inputs).argmax(1) == targets).sum())
    return round(100.0 * correct / len(labels), 4)
