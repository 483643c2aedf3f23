"""A training reduced to what decides which kernels compute it, and each of its operations, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from zerosnet.data.augmentation import pixels
from zerosnet.data.catalogue import data_set
from zerosnet.methods.families import PRERESNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import CONVOLUTIONS, Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.loop import EVALUATION_BATCH
from zerosnet.training.recipe import Recipe
from zerosnet.training.runs import Run
from zerosnet.training.steps import TrainingStep, optimizer_of, precision

CPU = torch.device("cpu")
#: How many blocks of a stage are run besides its starters; further ones only repeat the last.
_MORE_BLOCKS = 1


@dataclass(frozen=True)
class Subject:
    """A network and how it is trained.

    Args:
        architecture: of the network.
        channels, side, classes: of the images.
        recipe: how it is trained.
        batches: how many images a step has: usually, and in an epoch's last step.
        evaluated: how many images a pass without gradients has, likewise.
        threads: that compute.
    """

    architecture: Architecture
    channels: int
    side: int
    classes: int
    recipe: Recipe | ImageNetRecipe
    batches: tuple[int, ...]
    evaluated: tuple[int, ...]
    threads: int

    @cached_property
    def key(self) -> str:
        """16 hexadecimal digits: subjects that share them have the same operations."""
        shape = replace(self.shallow, method=PRERESNET, memory="stored", branch_growth=Fraction(1))
        recipe = self.recipe
        choices: list[Any] = []
        if isinstance(recipe, Recipe):
            choices = [recipe.momentum > 0, recipe.nesterov, recipe.weight_decay > 0]
            choices += [recipe.activated_gradients, recipe.loss_deformation]
        else:
            choices = [recipe.momentum > 0, recipe.weight_decay > 0, recipe.decay_norm_and_bias]
        facts = [
            *(str(shape), _pattern(self.architecture), self.architecture.memory),
            *(self.architecture.branch_growth == 1, self.architecture.noise > 0),
            *(self.channels, self.side, self.classes, self.batches, self.evaluated),
            *(type(recipe).__name__, recipe.precision, str(choices), self.threads),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    @property
    def shallow(self) -> Architecture:
        """The architecture with no more blocks than have operations of their own."""
        architecture = self.architecture
        if architecture.layout != "cifar":
            return architecture
        blocks = min(architecture.stages[0], architecture.method.steps + _MORE_BLOCKS)
        return replace(architecture, depth=3 * CONVOLUTIONS[architecture.block] * blocks + 2)

    def prepare(self, layout: str) -> Callable[[], None]:
        """What runs every operation at least once, on random images, in a layout."""
        network = MultistepNetwork(
            self.shallow,
            mean=[0.5] * self.channels,
            std=[0.25] * self.channels,
            classes=self.classes,
        )
        network = network.laid_out(layout).train()
        network.dropped = frozenset()
        network.noise_generator = torch.Generator().manual_seed(0)
        step = self._step(network)
        stepped = [self._images(count) for count in self.batches]
        evaluated = [self._images(count) for count in self.evaluated]

        def work() -> None:
            for images, labels in stepped:
                step(pixels(images), labels)
            network.eval()
            for images, labels in evaluated:
                with torch.no_grad(), precision(self.recipe, CPU):
                    logits = network(pixels(images))
                functional.cross_entropy(logits.float(), labels, reduction="sum")

        return work

    def _images(self, count: int) -> tuple[Tensor, Tensor]:
        """Random images uint8 (N, H, W, C) and labels (N,)."""
        generator = torch.Generator().manual_seed(count)
        shape = (count, self.side, self.side, self.channels)
        images = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
        labels = torch.randint(self.classes, (count,), generator=generator)
        return images, labels

    def _step(self, network: MultistepNetwork) -> Callable[[Tensor, Tensor], None]:
        recipe = self.recipe
        if isinstance(recipe, Recipe):
            training = TrainingStep(network, optimizer_of(network, recipe), recipe, CPU)
            return lambda inputs, labels: training(inputs, labels, recipe.learning_rate)
        from zerosnet.training.imagenet.training import parameter_groups

        groups = parameter_groups(network, recipe)
        sgd = torch.optim.SGD(groups, recipe.learning_rate, recipe.momentum)

        def step(inputs: Tensor, labels: Tensor) -> None:
            with precision(recipe, CPU):
                loss = functional.cross_entropy(network(inputs), labels)
            sgd.zero_grad(set_to_none=True)
            (loss / recipe.shards).backward()  # type: ignore[no-untyped-call]
            sgd.step()

        return step


def _pattern(architecture: Architecture) -> list[Any]:
    """For each coefficient, 0 or 1 where it is that, which costs no operation, and −1 where it is
    another; the name and the steps of the family where coefficients are trained.
    """
    method = architecture.method
    if not isinstance(method, LinearMultistep):
        return [method.family.name, method.steps]
    numbers = (*method.alphas, method.beta)
    return [int(number) if number in (0, 1) else -1 for number in numbers]


def subject_of(run: Run, threads: int, processes: int = 1) -> Subject:
    """What a run's training does with so many threads, in so many processes on ImageNet."""
    recipe, data, images = run.recipe, run.data, data_set(run.data.name)
    train, test = data.train or images.train, data.test or images.test
    if isinstance(recipe, ImageNetRecipe):
        from zerosnet.training.imagenet.training import TEST_BATCH

        side = recipe.crop
        # A shard's images pass through the network at once; batch norm sees no others.
        batches = _shares(train, recipe)
        looks = [test // processes, -(-test // processes)]
        evaluated = [size for look in looks for size in _parts(look, TEST_BATCH)]
    else:
        side = data.size or images.size
        batches = _parts(train, recipe.batch)
        # Where images are held out, each epoch looks at them and at its own without learning, too.
        looks = [test, data.held_out, train] if data.held_out else [test]
        evaluated = [size for look in looks for size in _parts(look, EVALUATION_BATCH)]
    shape = (images.channels, side, images.classes)
    distinct = tuple(dict.fromkeys(batches)), tuple(dict.fromkeys(evaluated))
    return Subject(run.architecture, *shape, recipe, *distinct, threads)


def _parts(count: int, batch: int) -> list[int]:
    """10,000 by 128: [128, 16]."""
    sizes = (min(count, batch), count % batch if count > batch else 0)
    return [size for size in sizes if size]


def _shares(count: int, recipe: ImageNetRecipe) -> list[int]:
    """Images of a shard in a step: the usual number, and those of an epoch's last step.

    As :func:`~zerosnet.training.imagenet.images.shards_of` deals them out.
    """
    steps, rest = divmod(count, recipe.batch * recipe.shards)
    last = [-(-rest // recipe.shards), rest // recipe.shards] if rest >= recipe.shards else []
    return [recipe.batch, *last] if steps else last
