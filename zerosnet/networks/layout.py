"""A network's blocks in order, planned from its architecture alone: no weights, no torch.

:mod:`~zerosnet.networks.network` builds what stands here.  What follows from it, the numbers of
parameters and of operations and the description that makes a run's key, is counted here, too, so
that keys and plans wait for no framework; whoever trains compares with the network as built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture, Composition

Role = Literal["starter", "interior", "transition", "starter+transition"]
#: Channels of a state, and the stage that it is of.
Shape = tuple[int, int]

#: Channels of a bottleneck's result, per channel of its middle.
EXPANSION = 4
#: How often a block computes its f, and how many it has.
CALLS: dict[Composition, int] = {"single": 1, "poly-2": 2, "fractal": 3}
FUNCTIONS: dict[Composition, int] = {"single": 1, "poly-2": 1, "fractal": 3}


@dataclass(frozen=True)
class PlannedBlock:
    """One block: where it stands, the method it follows, and the shapes of its layers.

    Args:
        role: whether it is an ordinary step of the method.
        method: its coefficients.
        count: steps since a norm last reset the scale of the states, this one included.
        inputs: channels of the state that f reads.
        width: of f, see :class:`~zerosnet.networks.residuals.Residual`.
        inner: channels of a bottleneck's 3×3 convolution.
        stride: of f.
        new: shape of the new state.
        read: shapes of the states that are projected; empty where all have the new one's.
        activated: whether those of another shape pass a batch norm and ReLU of their own first.
        shared: whether y_n is projected as f's first batch norm and ReLU leave it.
        raw: whether the states are handed on as they came.
        composition: how it is made of f.
    """

    role: Role
    method: LinearMultistep | Trainable
    count: int
    inputs: int
    width: int
    inner: int
    stride: int
    new: Shape
    read: tuple[Shape, ...]
    activated: bool
    shared: bool
    raw: bool
    composition: Composition


@cache
def layout_of(architecture: Architecture) -> tuple[PlannedBlock, ...]:
    """All blocks in order.

    What starters and transitions are is said in :mod:`~zerosnet.networks.network`.
    """
    method = architecture.method
    factor = EXPANSION if architecture.block == "bottleneck" else 1
    blocks: list[PlannedBlock] = []
    # The states that the history holds before the block.
    held: list[Shape] = [(architecture.width, 0)]
    since_reset = 0
    for stage, count in enumerate(architecture.stages):
        width = architecture.width * 2**stage
        for index in range(count):
            transition = stage > 0 and index == 0
            if transition and architecture.history == "restart":
                del held[1:]
            starter = not architecture.follows_method(stage, index)
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
            since_reset = 1 if activated else since_reset + 1
            raw = widens and architecture.keeps_first_state
            projected = tuple(read) if any(shape != new for shape in read) else ()
            role: Role = "interior"
            if starter:
                role = "starter+transition" if transition else "starter"
            elif projected and not widens:
                role = "transition"
            blocks.append(
                PlannedBlock(
                    role,
                    LinearMultistep((architecture.branch_growth,), 1) if starter else method,
                    since_reset,
                    inputs=held[0][0],
                    width=width,
                    inner=architecture.groups
                    * (architecture.group_width or architecture.width)
                    * 2**stage,
                    stride=2 if transition else 1,
                    new=new,
                    read=projected,
                    activated=activated,
                    shared=shared,
                    raw=raw,
                    composition="single" if held[0] != new else architecture.composition,
                )
            )
            passed = held if raw else [*([new] * len(read)), *held[len(read) :]]
            held = [new, *passed][: method.steps]
    return tuple(blocks)


def interior_method(architecture: Architecture) -> LinearMultistep | Trainable:
    """The method of the blocks that are no starters: what a network is called by."""
    blocks = layout_of(architecture)
    # Starters alone are those of PreResNet, whose steps they are.
    return next((b.method for b in blocks if not b.role.startswith("starter")), blocks[-1].method)


def step_label(
    method: LinearMultistep | Trainable, growth: Fraction = Fraction(1), count: int = 0
) -> str:
    """A step's coefficients as text; the factor of β only where it is not 1."""
    if isinstance(method, Trainable):
        stored = f", stored as 1 - {method.family.symbol}" * method.complement
        return f"{method.family.name}({method.start}{stored}) trained"
    return method.label + ("" if growth == 1 else f" · ({growth})^{count}")


@cache
def parameters_of(architecture: Architecture, channels: int, classes: int) -> int:
    """The number of trained scalars.

    Args:
        channels: of the images.
    """
    width = architecture.width
    total = 9 * channels * width
    if architecture.layout == "imagenet":
        total = 49 * channels * width + 2 * width
    blocks = layout_of(architecture)
    post = architecture.activation == "post"
    for block in blocks:
        total += FUNCTIONS[block.composition] * _parameters_of_f(architecture, block)
        total += (block.composition == "poly-2") * _parameters_of_norms(architecture, block)
        total += isinstance(block.method, Trainable)
        if not post:  # whose shortcuts have none
            norm = 2 if block.activated else 0
            total += sum(c * (block.new[0] + norm) for c, s in block.read if (c, s) != block.new)
    last = blocks[-1].new[0]
    return total + 2 * (width if post else last) + (last + 1) * classes


def _parameters_of_f(architecture: Architecture, block: PlannedBlock) -> int:
    inputs, width, inner = block.inputs, block.width, block.inner
    norms = _parameters_of_norms(architecture, block)
    if architecture.block == "basic":
        return norms + 9 * inputs * width + 9 * width * width
    middle = 9 * inner * (inner // architecture.groups)
    return norms + inner * inputs + middle + width * EXPANSION * inner


def _parameters_of_norms(architecture: Architecture, block: PlannedBlock) -> int:
    """Two a channel that a batch norm of f reads."""
    if architecture.block == "basic":
        first = block.width if architecture.activation == "post" else block.inputs
        return 2 * (first + block.width)
    return 2 * (block.inputs + 2 * block.inner)


def description_of(architecture: Architecture, channels: int, classes: int) -> dict[str, Any]:
    """What the built network will say of itself; see :func:`described`."""
    labels = [
        f"{block.role} {step_label(block.method, architecture.branch_growth, block.count)}"
        for block in layout_of(architecture)
    ]
    parameters = parameters_of(architecture, channels, classes)
    return described(architecture, channels, classes, parameters, labels)


#: What a description says of every network: by these names, the projection as it is in force, and
#: method and starts of stages by the steps.  Whatever else a network can be is in it by itself.
_SAID_BY_ITSELF = (
    *("depth", "block", "history", "width", "projection"),
    *("method", "stage_start"),
)


def described(
    architecture: Architecture, channels: int, classes: int, parameters: int, steps: Sequence[str]
) -> dict[str, Any]:
    """A network, JSON-able; a run's key is a hash of this and of its recipe.

    Args:
        channels: of the images.
        parameters: the number of trained scalars.
        steps: role and coefficients of every block.
    """
    # Only where they are not the usual ones: keys of records from before the choice stay.
    choices = {
        field.name: [field.default]
        for field in fields(architecture)
        if field.name not in _SAID_BY_ITSELF
    }
    choices["group_width"].append(architecture.width)
    projects = architecture.projects
    return {
        "depth": architecture.depth,
        **{
            name: str(value) if isinstance(value, Fraction) else value
            for name, usual in choices.items()
            if (value := getattr(architecture, name)) not in usual
        },
        **({} if projects == "bare" else {"projection": projects}),
        "block": architecture.block,
        "history": architecture.history,
        "channels": channels,
        "classes": classes,
        "parameters": parameters,
        "width": architecture.width,
        "steps": _run_lengths(steps),
    }


def _run_lengths(items: Sequence[str]) -> list[list[Any]]:
    """[a, a, b] → [[2, a], [1, b]]: deep networks stay readable."""
    runs: list[list[Any]] = []
    for item in items:
        if runs and runs[-1][1] == item:
            runs[-1][0] += 1
        else:
            runs.append([1, item])
    return runs
