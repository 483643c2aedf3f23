"""Residual networks for images as linear multistep methods.

A network is one residual function f, one method and one history.  PreResNet, LM-ResNet and
ZeroSNet are the same modules with other coefficients.  Shapes are (batch, channels, height, width).

Layout for CIFAR (as in the authors' released code): a 3×3 convolution, three stages of n blocks
with widths w, 2w, 4w and strides 1, 2, 2, then batch norm, ReLU, average over the image, linear.
With two convolutions a block the depth is 6n+2 (basic), with three 9n+2 (bottleneck, expansion 4).

Layout for ImageNet: the stem and the four stages of He et al. 2015, pre-activated.  Where a stage
begins, y_n is projected behind f's first batch norm and ReLU, older states raw, as in the released
code; the head is CIFAR's.  (The released code has no batch norm and ReLU before the average there.)

Two places lie outside the theory of the method, and every block says whether it is one of them:

* *starter*: a d-step method needs d states, so the first d−1 blocks are Euler steps, y + f(y); with
  ``stage_start="plain"`` (In-ResNet of Yang et al. 2020) the first block of every stage is, too.
* *transition*: where a stage changes the shape, every state of the history is projected by a 1×1
  convolution of its own (``history="project"``, ZeroSNet), or the history is dropped and starts
  anew from the projected y_n (``history="restart"``, LM-ResNet of Lu et al. 2018).

``activation="post"`` is the ResNet of He et al. 2015, which table 4 compares with: a ReLU follows
every step, so it is no multistep method; its shortcuts have no parameters (their option A).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self, cast

import torch
from torch import Tensor, nn

from zerosnet.files.errors import SuiteError
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.blocks import MultistepBlock, TrainedStep, step_of
from zerosnet.networks.layout import FUNCTIONS, PlannedBlock, Role, described, layout_of
from zerosnet.networks.noise_injection import with_noise
from zerosnet.networks.residuals import (
    Fractal,
    PaddedShortcut,
    PostActivatedResidual,
    Residual,
    activated_projection,
    bare_projection,
    convolution,
    norm_relu,
    poly2,
)
from zerosnet.networks.reversible import leapfrog
from zerosnet.networks.stochastic_depth import death_rates

#: How images and states may lie in memory, the usual way first.
LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


@dataclass(frozen=True)
class Step:
    """What one block of a built network does: where it stands and the method it follows."""

    stage: int
    index: int
    role: Role
    method: LinearMultistep


class MultistepNetwork(nn.Module):
    """A classifier: pixels in [0, 1], (batch, channels, side, side), → logits (batch, classes).

    Normalization is the first layer, so that noise and attacks act on pixels.

    Args:
        architecture: shape and method.
        mean, std: per channel, of pixels in [0, 1]; their length is the number of channels.
        classes: number of logits, 1 or more.
        seed: of the initial weights; the same seed gives the same weights whatever the method's
            coefficients are, but for methods that keep another number of states: they have other
            projections where stages begin, and other weights from the first of these on.

    Attributes:
        dropped: with stochastic depth, the blocks whose f the next training step leaves out,
            counted from 0; whoever trains sets them before every step (:mod:`~.stochastic_depth`).
            In evaluation mode every block is there.
        noise_generator: with noise injection, where a training step draws its noise from; whoever
            trains sets it before every epoch (:mod:`~.noise_injection`).
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        architecture: Architecture,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        classes: int,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if len(mean) != len(std) or not all(deviation > 0 for deviation in std) or classes < 1:
            raise SuiteError(
                f"mean {tuple(mean)} and std {tuple(std)} need a number for each channel, std one "
                f"above 0, and {classes} classes must be 1 or more"
            )
        self.architecture = architecture
        self.dropped: frozenset[int] | None = None
        self.noise_generator: torch.Generator | None = None
        self.layout = "channels_last"
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)
        channels = layout_of(architecture)[-1].new[0]
        # The layers' own initial weights, replaced below, must not use up a caller's numbers.
        with torch.random.fork_rng(devices=[]):
            self.stem = _stem(architecture, len(mean))
            blocks = _blocks(architecture)
            self.blocks = nn.ModuleList(blocks)
            # Of the last state in a pre-activated network, of the first in a post-activated one.
            post = architecture.activation == "post"
            self.norm = nn.BatchNorm2d(architecture.width if post else channels)
            self.classifier = nn.Linear(channels, classes)
        _initialise(self, torch.Generator().manual_seed(seed))
        # Blocks in order; a range of them is one run that stores its last two states alone.
        self._parts: list[int | range] = [*range(len(blocks))]
        if architecture.memory == "recomputed":
            self._parts = _interior_runs([block.role for block in blocks])

    def laid_out(self, layout: str) -> Self:
        """The same network, its weights and all states in a layout: one of ``LAYOUTS``."""
        self.layout = layout
        return self.to(memory_format=LAYOUTS[layout])

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits of pixels in [0, 1].

        Raises:
            SuiteError: they have another number of channels, or what training needs is not set.
        """
        if pixels.shape[1] != self.mean.shape[1]:
            # One channel would be taken for each of three.
            raise SuiteError(
                f"pixels have {pixels.shape[1]} channels, the network {self.mean.shape[1]}"
            )
        dropped, noise = self._dropped_now(), self._noise_now()
        history = [self.first_state(pixels)]
        for part in self._parts:
            if isinstance(part, range):
                history = self._leapfrog(part, history)
            else:
                history = self.blocks[part](history, part in dropped)
            if noise is not None:
                history[0] = with_noise(history[0], float(self.architecture.noise), noise)
        last = history[0]
        if self.architecture.activation == "pre":
            last = norm_relu(self.norm, last)
        logits: Tensor = self.classifier(last.mean(dim=(2, 3)))
        return logits

    def _leapfrog(self, part: range, history: list[Tensor]) -> list[Tensor]:
        blocks = [cast(MultistepBlock, self.blocks[index]) for index in part]
        betas = [block.step.coefficients()[1] for block in blocks]
        return list(leapfrog([block.residual for block in blocks], betas, *history))

    def _dropped_now(self) -> frozenset[int]:
        if not self.training or self.architecture.survival == 1:
            return frozenset()
        if self.dropped is None or not self.dropped <= set(range(len(self.blocks))):
            raise SuiteError(
                f"stochastic depth with {len(self.blocks)} blocks: set the network's dropped "
                "blocks before every training step"
            )
        return self.dropped

    def _noise_now(self) -> torch.Generator | None:
        if not self.training or not self.architecture.noise:
            return None
        if self.noise_generator is None:
            raise SuiteError("noise injection: set the network's noise generator before training")
        return self.noise_generator

    def first_state(self, pixels: Tensor) -> Tensor:
        """y₀: what the first block reads, from pixels in [0, 1]."""
        if self.layout == "contiguous":
            # They come with their channels last, in name even where there is one channel.
            pixels = pixels.clone(memory_format=torch.contiguous_format)
        state: Tensor = self.stem((pixels - self.mean) / self.std)
        return norm_relu(self.norm, state) if self.architecture.activation == "post" else state

    def steps(self) -> list[Step]:
        """The method that each block follows, read from the coefficients that it computes with."""
        stages = [stage for stage, n in enumerate(self.architecture.stages) for _ in range(n)]
        return [
            Step(stage=stages[i], index=i, role=block.role, method=block.step.method)
            for i, block in enumerate(self.blocks)
            if isinstance(block, MultistepBlock)
        ]

    def description(self) -> dict[str, Any]:
        """The network as built (:func:`~zerosnet.networks.layout.described`).

        Each block is given by its role and its coefficients as they are used, the shape by the
        weights themselves: a network that was asked for one method and computes with another says
        so here.
        """
        labels = [
            f"{block.role} {block.step.label}"
            for block in self.blocks
            if isinstance(block, MultistepBlock)
        ]
        channels, classes = self.mean.shape[1], self.classifier.out_features
        return described(self.architecture, channels, classes, count_parameters(self), labels)


def _interior_runs(roles: Sequence[Role]) -> list[int | range]:
    """[starter, interior, interior, transition, …] → [0, range(1, 3), 3, …]."""
    parts: list[int | range] = []
    for role, group in groupby(range(len(roles)), key=lambda index: roles[index]):
        indices = list(group)
        parts += [range(indices[0], indices[-1] + 1)] if role == "interior" else indices
    return parts


def count_parameters(network: nn.Module) -> int:
    """The number of trained scalars."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def _stem(architecture: Architecture, channels: int) -> nn.Module:
    if architecture.layout == "cifar":
        return convolution(channels, architecture.width, 3, 1)
    return nn.Sequential(
        convolution(channels, architecture.width, 7, 2),
        nn.BatchNorm2d(architecture.width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, padding=1),
    )


def _blocks(architecture: Architecture) -> list[MultistepBlock]:
    """All blocks, in order, as they are planned."""
    planned = layout_of(architecture)
    deaths = death_rates(len(planned), architecture.survival)
    return [
        MultistepBlock(
            _residual(architecture, block),
            step_of(block.method, architecture.branch_growth, block.count),
            architecture.method.steps,
            _projections(architecture, block),
            block.role,
            architecture.activation,
            survival=1 - death,
            hands_on_raw=block.raw,
            shares_activation=block.shared,
        )
        for block, death in zip(planned, deaths, strict=True)
    ]


def _projections(architecture: Architecture, block: PlannedBlock) -> list[nn.Module]:
    """One module for every state that is projected."""
    channels, stage = block.new
    if block.read and architecture.activation == "post":
        return [PaddedShortcut(channels - block.read[0][0], 2 ** (stage - block.read[0][1]))]
    project = activated_projection if block.activated else bare_projection
    return [
        nn.Identity() if old == block.new else project(old[0], channels, 2 ** (stage - old[1]))
        for old in block.read
    ]


def _residual(architecture: Architecture, block: PlannedBlock) -> nn.Module:
    """The f of a block, composed of several where the architecture says so."""
    if architecture.activation == "post":
        return PostActivatedResidual(block.inputs, block.width, block.stride)
    shape = (block.inputs, block.width, block.stride, block.inner, architecture.groups)
    functions = [Residual(architecture.block, *shape) for _ in range(FUNCTIONS[block.composition])]
    if block.composition == "fractal":
        return Fractal(*functions)
    return poly2(*functions) if block.composition == "poly-2" else functions[0]


def _initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Convolutions N(0, 2/(k²·c_out)), batch norm 1 and 0, linear at PyTorch's default."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
            nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out), generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            # nn.Linear's own default, drawn from an explicit generator.
            bound = 1 / math.sqrt(module.in_features)
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
            nn.init.uniform_(module.bias, -bound, bound, generator=generator)
    # Last, so that the weights do not depend on whether the coefficients are drawn.
    for module in network.modules():
        if isinstance(module, TrainedStep) and module.trainable.spread:
            module.start_within(generator)
