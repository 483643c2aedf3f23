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
from fractions import Fraction
from itertools import groupby
from typing import Any, cast

import torch
from torch import Tensor, nn

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.blocks import FixedStep, MultistepBlock, Role, TrainedStep
from zerosnet.networks.noise_injection import with_noise
from zerosnet.networks.residuals import (
    EXPANSION,
    Fractal,
    PaddedShortcut,
    Poly2,
    PostActivatedResidual,
    Residual,
    activated_projection,
    bare_projection,
    convolution,
    norm_relu,
)
from zerosnet.networks.reversible import leapfrog
from zerosnet.networks.stochastic_depth import death_rates


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
        classes: number of logits.
        seed: of the initial weights; the same seed gives the same weights whatever the method's
            coefficients are.

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
        self.architecture = architecture
        self.dropped: frozenset[int] | None = None
        self.noise_generator: torch.Generator | None = None
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)
        channels = architecture.width * 2 ** (len(architecture.stages) - 1)
        channels *= _expansion(architecture)
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

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits of pixels in [0, 1]."""
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

    @property
    def interior_method(self) -> LinearMultistep:
        """The method of the last block, which is neither starter nor (in a stage of two blocks or
        more) transition: what a network is called by.
        """
        return self.steps()[-1].method

    def description(self) -> dict[str, Any]:
        """The network as built, JSON-able; a run's key is a hash of this and of its recipe.

        Each block is given by its role and its coefficients as they are used, the shape by the
        weights themselves: a network that was asked for one method and computes with another says
        so here.
        """
        shape = self.architecture
        # Only where they are not the usual ones: keys of records from before the choice stay.
        choices: dict[str, tuple[Any, ...]] = {
            "activation": ("pre",),
            "layout": ("cifar",),
            "composition": ("single",),
            "groups": (1,),
            "group_width": (None, shape.width),
            "survival": (1,),
            "noise": (0,),
            "memory": ("stored",),
            "branch_growth": (1,),
        }
        return {
            **{
                name: str(value) if isinstance(value, Fraction) else value
                for name, usual in choices.items()
                if (value := getattr(shape, name)) not in usual
            },
            **({} if shape.projects == "bare" else {"projection": shape.projects}),
            "block": self.architecture.block,
            "history": self.architecture.history,
            "channels": self.mean.shape[1],
            "classes": self.classifier.out_features,
            "parameters": count_parameters(self),
            "width": self.architecture.width,
            "steps": _run_lengths(
                [
                    f"{step.role} {block.step.family.name}({block.step.trainable.start}) trained"
                    if isinstance(block.step, TrainedStep)
                    else f"{step.role} {block.step.label}"
                    for step, block in zip(self.steps(), self.blocks, strict=True)
                    if isinstance(block, MultistepBlock)
                ]
            ),
        }


def _run_lengths(items: list[str]) -> list[list[Any]]:
    """[a, a, b] → [[2, a], [1, b]]: deep networks stay readable."""
    runs: list[list[Any]] = []
    for item in items:
        if runs and runs[-1][1] == item:
            runs[-1][0] += 1
        else:
            runs.append([1, item])
    return runs


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
    """All blocks, in order, with starters and transitions where the module's docstring says."""
    method, factor = architecture.method, _expansion(architecture)
    growth = architecture.branch_growth
    blocks: list[MultistepBlock] = []
    deaths = death_rates(sum(architecture.stages), architecture.survival)
    # The channels and the stage of every state that the history holds before the block.
    held = [(architecture.width, 0)]
    since_reset = 0  # steps since a norm last reset the scale of the states
    for stage, count in enumerate(architecture.stages):
        width = architecture.width * 2**stage
        for index in range(count):
            stride = 2 if stage > 0 and index == 0 else 1
            transition = stage > 0 and index == 0
            if transition and architecture.history == "restart":
                del held[1:]
            plain = index == 0 and architecture.stage_start == "plain"
            starter = len(held) < method.steps or plain
            new = (width * factor, stage)
            # As many states as the step reads or, in their new shape, hands on.
            reads = 1 if starter else method.steps
            read = held[: max(reads, method.steps - 1) if transition else reads]
            # The bottleneck's first block widens the stem's output, as in the released code,
            # behind a batch norm and ReLU of its own.
            widens = not blocks and held[0] != new
            # On ImageNet f's own batch norm and ReLU take their place, there and in transitions.
            shared = (widens or transition) and architecture.projects == "shared"
            activated = not shared and (
                widens or (transition and architecture.projects == "activated")
            )
            if activated:
                since_reset = 0
            since_reset += 1
            projections = _projections(architecture, read, new, activated)
            raw = widens and architecture.keeps_first_state
            changes = bool(projections) and not widens
            role: Role = (
                ("starter+transition" if transition else "starter")
                if starter
                else ("transition" if changes else "interior")
            )
            coefficients = LinearMultistep((growth,), 1) if starter else method
            inputs = held[0][0]
            blocks.append(
                MultistepBlock(
                    _residual(architecture, stage, inputs, stride),
                    _step(coefficients, growth, since_reset),
                    method.steps,
                    projections,
                    role,
                    architecture.activation,
                    survival=1 - deaths[len(blocks)],
                    hands_on_raw=raw,
                    shares_activation=shared,
                )
            )
            passed = held if raw else [*([new] * len(read)), *held[len(read) :]]
            held = [new, *passed][: method.steps]
    return blocks


def _projections(
    architecture: Architecture,
    read: Sequence[tuple[int, int]],
    new: tuple[int, int],
    activated: bool,
) -> list[nn.Module]:
    """One module for every state that is read; none where all have the new state's shape.

    Args:
        read, new: channels and stage of the states.
        activated: whether a state of another shape passes a batch norm and ReLU first.
    """
    if all(shape == new for shape in read):
        return []
    if architecture.activation == "post":
        return [PaddedShortcut(new[0] - read[0][0], 2 ** (new[1] - read[0][1]))]
    project = activated_projection if activated else bare_projection
    return [
        nn.Identity() if shape == new else project(shape[0], new[0], 2 ** (new[1] - shape[1]))
        for shape in read
    ]


def _residual(architecture: Architecture, stage: int, inputs: int, stride: int) -> nn.Module:
    """The f of a block, composed of several where the shape stays and the architecture says so."""
    scale = 2**stage
    width = architecture.width * scale
    if architecture.activation == "post":
        return PostActivatedResidual(inputs, width, stride)
    inner = architecture.groups * (architecture.group_width or architecture.width) * scale
    changes = stride > 1 or inputs != width * _expansion(architecture)
    composition = "single" if changes else architecture.composition
    functions = [
        Residual(architecture.block, inputs, width, stride, inner, architecture.groups)
        for _ in range(3 if composition == "fractal" else 1)
    ]
    if composition == "fractal":
        return Fractal(*functions)
    return Poly2(*functions) if composition == "poly-2" else functions[0]


def _expansion(architecture: Architecture) -> int:
    return EXPANSION if architecture.block == "bottleneck" else 1


def _step(
    method: LinearMultistep | Trainable, growth: Fraction = Fraction(1), count: int = 0
) -> FixedStep | TrainedStep:
    if isinstance(method, Trainable):
        return TrainedStep(method)
    return FixedStep(method, growth, count)


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
            middle, spread = float(module.trainable.initial), float(module.trainable.spread)
            nn.init.uniform_(
                module.parameter, middle - spread, middle + spread, generator=generator
            )
