"""How much a training step stores for its backward pass, counted on the networks as built.

Counted is every tensor that automatic differentiation keeps, by its memory: a tensor that two
operations keep counts once, parameters and buffers do not count.  The count is live, so that what
the backward pass recomputes and lets go again is part of the peak.  It is exact, and the same on
every machine; what a library needs while it computes is not in it.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional

from zerosnet.methods.families import PRERESNET, REVNET
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper
from zerosnet.theory.decision import Decision

#: Images, their side in pixels and the width that the summary tells of.
SHOWN = (2, 32, 16)
#: Where the forms below are held against the count: such sizes → depths.
COUNTED = {SHOWN: (20, 56, 110), (1, 8, 4): (20, 26, 32), (5, 12, 2): (20, 26, 32)}
_MIB = 2**20


class _Kept:
    """Stands for a kept tensor in the graph, which frees it when it would free the tensor."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Ledger:
    """Counts bytes that are kept, as they come and go.

    Args:
        network: whose parameters and buffers do not count.

    Attributes:
        peak: the most bytes that were kept at one time.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        own = [*network.parameters(), *network.buffers()]
        self._own = {tensor.untyped_storage().data_ptr() for tensor in own}
        self._holders: Counter[int] = Counter()
        self._live = 0
        self.peak = 0

    def pack(self, tensor: Tensor) -> _Kept:
        """Note a tensor that the graph keeps."""
        kept, storage = _Kept(tensor), tensor.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if place not in self._own:
            self._live += 0 if self._holders[place] else size
            self._holders[place] += 1
            self.peak = max(self.peak, self._live)
            weakref.finalize(kept, self._release, place, size)
        return kept

    def _release(self, place: int, size: int) -> None:
        self._holders[place] -= 1
        if not self._holders[place]:
            self._live -= size


def peak_storage(architecture: Architecture, batch: int, side: int) -> int:
    """The most bytes kept at one time in a training step in float32, forward and backward.

    Args:
        architecture: of the network, without stochastic depth and noise.
        batch, side: number of images and their side in pixels.
    """
    network = MultistepNetwork(architecture, mean=(0.5,) * 3, std=(0.25,) * 3, classes=10)
    network.train()
    images = torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(0))
    ledger = Ledger(network)
    with saved_tensors_hooks(ledger.pack, lambda kept: kept.tensor):
        loss = functional.cross_entropy(network(images), torch.zeros(batch, dtype=torch.long))
        loss.backward()  # type: ignore[no-untyped-call]
    return ledger.peak


def reversible_bytes(batch: int, side: int, width: int) -> int:
    """What RevNet keeps at most, of 6n + 2 layers with n ≥ 3: n is not in it.

    Args:
        batch, side: number of images and their side in pixels.
        width: channels of the first stage.
    """
    state = 4 * batch * width * side**2
    return 12 * batch * side**2 + 23 * state // 2 + 152 * width


def plain_bytes(n: int, batch: int, side: int, width: int) -> int:
    """What PreResNet of 6n + 2 layers keeps; other arguments as for :func:`reversible_bytes`."""
    state = 4 * batch * width * side**2
    kept_by_blocks = 7 * n * state + 7 * state // 2 + (112 * n + 32) * width
    return 12 * batch * side**2 + kept_by_blocks + 16 * batch * width + 48 * batch + 4


_PROOF = (
    "B images of side s, width w, 6n + 2 layers; S = 4Bws² bytes, a state of stage 1 (stages 2 and "
    "3 have S/2 and S/4), and I = 12Bs² bytes, the pixels",
    "PreResNet keeps I + (7n + 7/2)S + (112n + 32)w + 16Bw + 48B + 4 bytes: a block with states of "
    "T bytes and C channels keeps the input of each of its two batch norms and the result of each "
    "ReLU (4T), two means and two inverse deviations (16C); one block more in every stage adds "
    "4(S + S/2 + S/4) + 16(w + 2w + 4w); nothing is let go before the forward pass ends",
    "RevNet keeps I + (23/2)S + 152w bytes for every n ≥ 3: a stage has one block and then a run "
    "of M = n − 1 ordinary steps, of which the forward pass keeps the last two states",
    "backward through a run, a step evaluates one f, keeps what it needs and lets all of it go. "
    "The first step reads the kept older state and adds 3T + 16C; each later one computes its "
    "state anew and adds 4T + 16C. The later ones are alike: a run has one peak for all M ≥ 2",
    "the run of stage 3 is the highest: S + 64w upon I + (21/2)S + 88w; those of stages 2 and 1 "
    "reach I + 11S + 72w and I + 10S + 32w, the forward pass I + (43/4)S + 120w + 16Bw + 48B + 4, "
    "which is less where 3Bws² + 32w > 16Bw + 48B + 4",
)


def storage_is_independent_of_depth(_claim: Claim, _paper: Paper) -> Decision:
    """X103: RevNet's peak and PreResNet's against their forms, at several depths and sizes."""
    agree, lines, kept = [], [], {}
    for (batch, side, width), depths in COUNTED.items():
        for depth in depths:
            revnet = Architecture(REVNET, depth, width=width, memory="recomputed")
            preresnet = Architecture(PRERESNET, depth, width=width)
            counted = [peak_storage(shape, batch, side) for shape in (revnet, preresnet)]
            formed = [
                reversible_bytes(batch, side, width),
                plain_bytes((depth - 2) // 6, batch, side, width),
            ]
            agree.append(counted == formed)
            kept[batch, side, width, depth] = counted
            lines.append(
                f"B = {batch}, s = {side}, w = {width}, {depth} layers: RevNet {counted[0]:,} "
                f"bytes, PreResNet {counted[1]:,}; by the forms "
                f"{'the same' if agree[-1] else f'{formed[0]:,} and {formed[1]:,}'}"
            )
    shown = {depth: kept[*SHOWN, depth] for depth in COUNTED[SHOWN]}
    (first, (ours, theirs)), *_, (last, (ours_last, theirs_last)) = shown.items()
    return Decision(
        holds=all(agree),
        summary=(
            f"a step on {SHOWN[0]} images of {SHOWN[1]}×{SHOWN[1]} keeps {ours / _MIB:.2f} MiB at "
            f"{first} layers and {ours_last / _MIB:.2f} at {last}; PreResNet {theirs / _MIB:.2f} "
            f"and {theirs_last / _MIB:.2f}. RevNets of 8 and 14 layers, whose runs have fewer "
            "steps, keep less"
        ),
        certificate=(*_PROOF, *lines),
        data={
            "reversible": {depth: found[0] for depth, found in shown.items()},
            "plain": {depth: found[1] for depth, found in shown.items()},
        },
    )


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X103": storage_is_independent_of_depth,
}
