"""What is measured of a trained network besides its accuracy: one record a run and measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from zerosnet import growth
from zerosnet.augmentation import pixels
from zerosnet.data.images import ImageSet
from zerosnet.experiments import Experiment
from zerosnet.network import MultistepNetwork
from zerosnet.perturb import Perturbation, perturbations_of
from zerosnet.tables import Table
from zerosnet.training import EVALUATION_BATCH


@dataclass(frozen=True)
class Measurement:
    """A measurement of a trained network.

    Args:
        name: of its record, without the ending.
        columns: what it gives, by name.
        measure: network, images, device → a number, or ``None``, for every column.
    """

    name: str
    columns: tuple[str, ...]
    measure: Callable[[MultistepNetwork, ImageSet, torch.device], dict[str, Any]]


def measurement_of(experiment: Experiment, table: Table) -> Measurement | None:
    """What an experiment measures of its trained networks, or ``None``."""
    if experiment.measured == "noise":
        return under_noise(perturbations_of(table.columns))
    if experiment.measured == "growth":
        return Measurement("growth", growth.COLUMNS, growth.growth_in)
    return None


def under_noise(perturbations: tuple[Perturbation, ...]) -> Measurement:
    """Test accuracy in percent under each perturbation."""

    def measure(
        network: MultistepNetwork, images: ImageSet, device: torch.device
    ) -> dict[str, Any]:
        return {p.name: accuracy_under(p, network, images, device) for p in perturbations}

    return Measurement("noise", tuple(p.name for p in perturbations), measure)


@torch.no_grad()
def accuracy_under(
    perturbation: Perturbation, network: MultistepNetwork, images: ImageSet, device: torch.device
) -> float:
    """Test accuracy in percent with perturbed pixels, in float32."""
    correct = 0
    for batch, start in enumerate(range(0, len(images.test_labels), EVALUATION_BATCH)):
        part = slice(start, start + EVALUATION_BATCH)
        inputs = perturbation(pixels(images.test_images[part].to(device)), batch)
        correct += int((network(inputs).argmax(1).cpu() == images.test_labels[part]).sum())
    return round(100.0 * correct / len(images.test_labels), 4)
