"""How the networks of table 5 are trained: cosine decay with a warm-up, several processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.pinned import read_pinned
from zerosnet.training.recipe import protocols_of


@dataclass(frozen=True)
class ImageNetRecipe:
    """Stochastic gradient descent with cosine decay, fixed in every number.

    Args:
        protocol: whose recipe it is.
        learning_rate: at the end of the warm-up, for the whole batch of all shards.
        momentum, weight_decay: of ``torch.optim.SGD``.
        decay_norm_and_bias: whether batch norm and biases are decayed, too.
        batch: images of one shard, over which batch norm takes its statistics.
        shards: parts of a step's batch; the paper has one on each of 8 GPUs.  Fewer processes take
            several shards each, one after another, and give the same gradient.
        epochs: passes over the training images.
        warm_up: share of them in which the learning rate rises from 0 to its full value.
        crop, resize: side of the training crop and of the test image before its central crop, in
            pixels.
        crop_area, crop_aspect: least and largest share of the image's area that a training crop
            has before it is resized, and its width divided by its height.
        borrowed: what the protocol does not say, for people; it is then that of the protocol which
            it falls back to.
        precision: of the forward and backward pass: ``mixed`` is bfloat16 where it is safe.
    """

    protocol: str
    learning_rate: float
    momentum: float
    weight_decay: float
    decay_norm_and_bias: bool
    batch: int
    shards: int
    epochs: int
    warm_up: float
    crop: int
    resize: int
    crop_area: tuple[float, float]
    crop_aspect: tuple[float, float]
    borrowed: tuple[str, ...] = ()
    precision: str = "mixed"

    def learning_rate_at(self, progress: float) -> float:
        """The learning rate of the step with which a share of the training, from 0 to 1, is done.

        Every step has the rate that the schedule has at its end, as in the released code: the first
        one is above 0, the very last one is 0.
        """
        if progress < self.warm_up:
            return self.learning_rate * progress / self.warm_up
        share = (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * (1 + math.cos(math.pi * share)) / 2


def load_imagenet_recipe(
    path: Path, protocol: str, depth: int, *, side: int, epochs: int | None = None
) -> ImageNetRecipe:
    """A protocol's recipe for ImageNet.

    Args:
        path: ``recipes.yaml``.
        protocol: its name there.
        depth: of the network; learning rate and batch depend on it.
        side: of the crops in pixels; the test image keeps its proportion to it.
        epochs: instead of the protocol's; the warm-up keeps its share of them.

    Raises:
        SuiteError: the protocol says nothing of ImageNet or of that depth, or the file is not what
            its checksum says (``files/pinned.py``).
    """
    protocols = protocols_of(read_pinned(path.parent, path.name), path)
    borrowed: tuple[str, ...] = ()
    try:
        text = protocols[protocol]["imagenet"]
        other = protocols[protocol].get("falls_back_to")
        if depth in text["by_depth"] or other is None:
            of_depth = text["by_depth"][depth]
        else:
            of_depth = protocols[other]["imagenet"]["by_depth"][depth]
            borrowed = (f"learning rate and batch at {depth} layers from {other}",)
    except KeyError as missing:
        raise SuiteError(
            f"{path.name}, protocol {protocol}: {missing} is missing for ImageNet at {depth} layers"
        ) from None
    return ImageNetRecipe(
        protocol=protocol,
        learning_rate=float(of_depth["learning_rate"]),
        momentum=float(text["momentum"]),
        weight_decay=float(text["weight_decay"]),
        decay_norm_and_bias=bool(text["decay_norm_and_bias"]),
        batch=int(of_depth["batch"]),
        shards=int(text["shards"]),
        epochs=epochs or int(text["epochs"]),
        warm_up=int(text["warm_up_epochs"]) / int(text["epochs"]),
        crop=side,
        resize=round(side * int(text["resize"]) / int(text["crop"])),
        crop_area=_pair(text["crop_area"]),
        crop_aspect=_pair(text["crop_aspect"]),
        borrowed=borrowed,
    )


def _pair(numbers: Sequence[float]) -> tuple[float, float]:
    least, most = map(float, numbers)
    return least, most
