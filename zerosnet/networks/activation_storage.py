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
from itertools import pairwise

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

DEPTHS = (20, 56, 110)
BATCH, SIDE = 2, 32
_MIB = 2**20


class _Kept:
    """What stands in the graph for a kept tensor; its end is the tensor's."""

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


def peak_storage(architecture: Architecture, batch: int = BATCH, side: int = SIDE) -> int:
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


def storage_is_independent_of_depth(_claim: Claim, _paper: Paper) -> Decision:
    """X103: RevNet's peak at the depths that the claim names, beside PreResNet's."""
    reversible = {
        depth: peak_storage(Architecture(REVNET, depth, memory="recomputed")) for depth in DEPTHS
    }
    plain = {depth: peak_storage(Architecture(PRERESNET, depth)) for depth in DEPTHS}
    first, last = DEPTHS[0], DEPTHS[-1]
    return Decision(
        holds=len(set(reversible.values())) == 1
        and all(plain[one] < plain[other] for one, other in pairwise(DEPTHS)),
        summary=(
            f"a step on {BATCH} images of {SIDE}×{SIDE} keeps "
            f"{reversible[first] / _MIB:.2f} MiB at {first} layers and "
            f"{reversible[last] / _MIB:.2f} at {last}; PreResNet {plain[first] / _MIB:.2f} and "
            f"{plain[last] / _MIB:.2f}"
        ),
        certificate=tuple(
            f"{depth} layers: RevNet {reversible[depth]:,} bytes, PreResNet {plain[depth]:,}"
            for depth in DEPTHS
        ),
        data={"reversible": reversible, "plain": plain},
    )


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "X103": storage_is_independent_of_depth,
}
