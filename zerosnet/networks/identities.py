"""Statements about the networks as built, decided by building them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT, ZEROSNET_TRA
from zerosnet.networks.architecture import Architecture, Block
from zerosnet.networks.blocks import FixedStep, MultistepBlock
from zerosnet.networks.network import MultistepNetwork, count_parameters
from zerosnet.networks.residuals import Residual
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision

#: A depth at which every role of a block occurs more than once.
DEPTH = 20
BOTTLENECK_DEPTH = 29


def _network(architecture: Architecture) -> MultistepNetwork:
    return MultistepNetwork(architecture, mean=(0.5,) * 3, std=(0.25,) * 3, classes=10)


def preresnet_block(residual: Residual, state: torch.Tensor) -> torch.Tensor:
    """He et al. 2016, figure 1(b), written plainly: BN–ReLU–conv twice, and the state added.

    Args:
        residual: whose weights are used.
        state: (batch, channels, height, width).
    """
    result = state
    for start in range(0, len(residual), 3):
        norm: Any = residual[start]
        convolution: Any = residual[start + 2]
        result = functional.batch_norm(
            result, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
        )
        result = functional.conv2d(torch.relu(result), convolution.weight, padding=1)
    return result + state


def euler_is_preresnet(_claim: Claim, _paper: Paper) -> Decision:
    """C01: the block of (2) with d = 1, α₀ = β = 1 against the block written plainly."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        residual = Residual("basic", 16, 16, 1).eval()
        state = torch.randn(4, 16, 8, 8)
    block = MultistepBlock(residual, FixedStep(PRERESNET), kept=1)
    with torch.no_grad():
        (ours,), plain = block([state]), preresnet_block(residual, state)
    equal = bool(torch.equal(ours, plain))
    return Decision(
        holds=equal and PRERESNET.order == 1,
        summary=(
            "(2) with d = 1 and α₀ = β = 1 is y + f(y), Euler's method of order 1; the block built "
            "from it and a pre-activation block written plainly give "
            f"{'the same' if equal else 'other'} bits"
        ),
        certificate=(f"{PRERESNET.label}: residuals C_0 = 0, C_1 = 0, C_2 = 1/2",),
    )


def f_ends_in_a_normalization(_claim: Claim, _paper: Paper) -> Decision:
    """C03 (assumption 1), read off the modules; and what the missing bound means."""
    lines, ends = [], []
    kinds: tuple[Block, ...] = ("basic", "bottleneck")
    for kind in kinds:
        with torch.random.fork_rng(devices=[]):
            modules = [type(module).__name__ for module in Residual(kind, 16, 16, 1)]
        ends.append(modules[-1] == "BatchNorm2d")
        lines.append(f"{kind}: {' – '.join(modules)}")
    return Decision(
        holds=all(ends),
        summary=(
            "the networks' f ends in a convolution, as in He et al. 2016 and in the released code; "
            "evaluated, it is Lipschitz all the same, each layer being affine or a ReLU, but its "
            "constant is a product of weights, which no normalization bounds"
        ),
        certificate=tuple(lines),
    )


def extra_parameters_only_downsample(_claim: Claim, _paper: Paper) -> Decision:
    """C16: the parameters that ZeroSNet has and PreResNet has not, by name."""
    plain = _network(Architecture(PRERESNET, DEPTH))
    ours = _network(Architecture(ZEROSNET_OPT, DEPTH))
    known = {name: tuple(p.shape) for name, p in plain.named_parameters()}
    found = {name: tuple(p.shape) for name, p in ours.named_parameters()}
    extra = {name: shape for name, shape in found.items() if known.get(name) != shape}
    lacking = {name: shape for name, shape in known.items() if found.get(name) != shape}
    steps = {f"blocks.{step.index}.": step for step in ours.steps()}
    at_transitions = all(
        ".projections." in name
        and any(name.startswith(k) and "transition" in s.role for k, s in steps.items())
        for name in (*extra, *lacking)
    )
    difference = count_parameters(ours) - count_parameters(plain)
    # Bottlenecks are outside the statement; three blocks a stage show what they have besides.
    plain, ours = (
        _network(Architecture(method, BOTTLENECK_DEPTH, block="bottleneck"))
        for method in (PRERESNET, ZEROSNET_OPT)
    )
    there = [name for name, _ in plain.named_parameters()]
    a_stage = len(ours.blocks) // 3
    begin = tuple(f"blocks.{stage * a_stage}." for stage in range(3))
    beyond = [
        f"bottlenecks, outside the statement: {name}: {tuple(p.shape)}, where no stage begins"
        for name, p in ours.named_parameters()
        if name not in there and not name.startswith(begin)
    ]
    return Decision(
        holds=at_transitions and difference > 0,
        summary=(
            f"{difference:,} parameters more, all of them where a stage begins: {len(extra)} 1×1 "
            f"convolutions project the three states bare, where PreResNet has {len(lacking)} "
            "tensors, one convolution behind a batch norm each time"
        ),
        certificate=(
            *(f"only ZeroSNet: {name}: {shape}" for name, shape in extra.items()),
            *(f"only PreResNet: {name}: {shape}" for name, shape in lacking.items()),
            *beyond,
        ),
    )


def trainable_lambdas(_claim: Claim, _paper: Paper) -> Decision:
    """C17: which blocks of ZeroSNet-Tra have a λ of their own, and where it starts."""
    network = _network(Architecture(ZEROSNET_TRA, DEPTH))
    own: dict[int, float | None] = {}
    for index, block in enumerate(network.blocks):
        parameter = getattr(getattr(block, "step", None), "parameter", None)
        if parameter is not None:
            own[index] = parameter.item() if parameter.requires_grad else None
    blocks = len(network.blocks)
    holds = own == dict.fromkeys(range(2, blocks), 1.0)
    return Decision(
        holds=holds,
        summary=(
            f"of {blocks} blocks, those from n = 2 on (counted from 0) have a trained λ of their "
            "own, 1 at the start; the first two are Euler steps"
        ),
        certificate=(f"blocks with λ: {', '.join(map(str, own))}",),
    )


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "C01": euler_is_preresnet,
    "C03": f_ends_in_a_normalization,
    "C16": extra_parameters_only_downsample,
    "C17": trainable_lambdas,
}
