"""Test accuracy at an equal fit of the training images: does what trains faster generalize better?

At equal epochs networks differ by how fast they train, too.  So every network is trained for
several lengths, each with its whole schedule of learning rates, and what it reaches at the end of
each is a point: (training loss, test accuracy).  Networks are compared where they have equal loss.
Within one training there is no such comparison: when the learning rate falls, test accuracy jumps
at nearly the same loss, so that networks which pass it before and after would differ by the rate.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import fmean

#: Percent of the training images that a fitted network classifies.
FITTED = 99.0
#: Losses whose logarithms differ by less are one loss.
_ONE_LOSS = 1e-6
#: Records hold six digits of a loss: one that is 0 there is at most this.
_LEAST = 5e-7
#: Seed → (training loss, test accuracy in percent) at the end of every length, the shortest first.
Ends = Mapping[int, Sequence[tuple[float, float]]]


def accuracy_if_fitted(history: Mapping[str, Sequence[float]], epoch: int) -> float | None:
    """Test accuracy in percent after an epoch with which :data:`FITTED` percent are fit.

    Args:
        history: with ``fit_accuracy`` and ``test_accuracy``, one entry an epoch.

    Returns:
        ``None`` where fewer are, or nothing was held out.
    """
    fitted = history["fit_accuracy"][epoch] if "fit_accuracy" in history else None
    enough = fitted is not None and fitted >= FITTED
    return history["test_accuracy"][epoch] if enough else None


def common_loss(networks: Sequence[Ends]) -> float | None:
    """The middle of the training losses that all networks pass, in nats.

    A network passes the losses between the least and the greatest of its lengths (geometric means
    over seeds); the middle is that of the logarithms.  Test images take no part in it.

    Returns:
        ``None`` where there is no such loss.
    """
    curves = [_curve(ends) for ends in networks]
    if not curves or not all(curves):
        return None
    low, high = max(map(min, curves)), min(map(max, curves))
    return math.exp((low + high) / 2) if low <= high else None


def accuracy_at(ends: Ends, loss: float) -> dict[int, float]:
    """Seed → test accuracy in percent at a training loss that the network passes.

    Interpolated over the logarithm of the loss, between the two lengths between which the mean
    passes it; a seed whose own losses lie to one side is extrapolated along its own line.
    """
    level, curve = math.log(loss), _curve(ends)
    pairs = [*itertools.pairwise(curve)]
    # The first pair around the level; by rounding it may lie a hair outside of all.
    beside = [max(min(pair) - level, level - max(pair), 0.0) for pair in pairs]
    after = 1 + beside.index(min(beside))
    found = {}
    for seed, points in ends.items():
        (first, low), (second, high) = points[after - 1], points[after]
        step = _log(second) - _log(first)
        if abs(step) > _ONE_LOSS:
            share = (level - _log(first)) / step
            found[seed] = round(low + share * (high - low), 4)
    return found


def _curve(ends: Ends) -> list[float]:
    """The mean logarithm of the loss at every length; nothing of fewer than two lengths."""
    lengths = [*zip(*ends.values(), strict=True)]
    means = [fmean(_log(loss) for loss, _ in points) for points in lengths]
    return means if len(means) > 1 else []


def _log(loss: float) -> float:
    return math.log(max(loss, _LEAST))
