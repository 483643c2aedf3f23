"""Test accuracy at an equal fit of the training images: does what trains faster generalize better?

Two networks that have learned their images equally well differ on test images by how they
generalize; at equal epochs they differ by how fast they train, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

#: Mean cross-entropy of the training images, in nats, at which networks are compared.
LOSS = 0.5
#: Percent of the training images that a fitted network classifies.
FITTED = 99.0


def accuracy_at_loss(history: Mapping[str, Sequence[float]], _epoch: int) -> float | None:
    """Test accuracy in percent where the training loss first is :data:`LOSS`.

    Between two epochs it is interpolated, linearly over the logarithm of the loss.

    Args:
        history: with ``fit_loss`` and ``test_accuracy``, one entry an epoch.

    Returns:
        ``None`` where the loss never falls so far, or nothing was held out.
    """
    losses, accuracies = history.get("fit_loss", ()), history["test_accuracy"]
    for epoch, loss in enumerate(losses):
        if loss is None or loss > LOSS:
            continue
        before = losses[epoch - 1] if epoch else None
        if before is None or loss == LOSS:
            return accuracies[epoch]
        # A loss of 0 lies infinitely far on the logarithm's axis: its share is 0.
        share = math.log(before / LOSS) / math.log(before / loss) if loss else 0.0
        return round(accuracies[epoch - 1] + share * (accuracies[epoch] - accuracies[epoch - 1]), 4)
    return None


def accuracy_when_fitted(history: Mapping[str, Sequence[float]], _epoch: int) -> float | None:
    """Test accuracy in percent after the first epoch that fits :data:`FITTED` percent.

    Args:
        history: with ``fit_accuracy`` and ``test_accuracy``, one entry an epoch.

    Returns:
        ``None`` where no epoch does, or nothing was held out.
    """
    fitted = enumerate(history.get("fit_accuracy", ()))
    epoch = next((epoch for epoch, percent in fitted if percent >= FITTED), None)
    return None if epoch is None else history["test_accuracy"][epoch]
