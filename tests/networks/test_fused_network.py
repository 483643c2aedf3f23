"""A whole network with the compiled passes: as near to float32 as with the framework's."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from zerosnet.methods.families import LEAPFROG, PRERESNET, ZEROSNET_OPT, ZEROSNET_TRA
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.fused import combination, normalization
from zerosnet.networks.fused.library import library
from zerosnet.networks.network import MultistepNetwork

ARCHITECTURES = {
    "PreResNet": Architecture(PRERESNET, 20),
    "ZeroSNet-Opt": Architecture(ZEROSNET_OPT, 20),
    "ZeroSNet-Opt, restart": Architecture(ZEROSNET_OPT, 20, history="restart"),
    "ZeroSNet-Opt, bottleneck": Architecture(ZEROSNET_OPT, 29, block="bottleneck"),
    "ZeroSNet-Tra": Architecture(ZEROSNET_TRA, 20),
    "leapfrog, recomputed": Architecture(LEAPFROG, 20, memory="recomputed"),
    "ResNet": Architecture(PRERESNET, 20, activation="post"),
    "PolyNet": Architecture(PRERESNET, 20, composition="poly-2"),
    "FractalNet": Architecture(PRERESNET, 20, composition="fractal"),
}
DRAW = torch.Generator().manual_seed(0)
PIXELS = torch.rand(32, 3, 16, 16, generator=DRAW).contiguous(memory_format=torch.channels_last)
LABELS = torch.randint(10, (32,), generator=DRAW)


def trained_once(architecture, precision):
    """Logits, all gradients, and the logits in evaluation mode after the step's statistics."""
    network = MultistepNetwork(architecture, mean=[0.5] * 3, std=[0.25] * 3, classes=10)
    network.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        logits = network(PIXELS)
        functional.cross_entropy(logits, LABELS).backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        evaluated = network(PIXELS)
    found = (logits.detach(), torch.cat([g.flatten() for g in gradients]), evaluated)
    return [tensor.float() for tensor in found]


@pytest.mark.skipif(library() is None, reason="the passes cannot be compiled here")
@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_it_is_as_near_to_float32_as_with_the_framework(architecture, monkeypatch):
    exact = trained_once(architecture, "float32")
    fused = trained_once(architecture, "bfloat16")
    for module in (combination, normalization):
        monkeypatch.setattr(module, "library", lambda: None)
    framework = trained_once(architecture, "bfloat16")

    def error(found, expected):
        return float((found - expected).norm() / expected.norm())

    for expected, ours, theirs in zip(exact, fused, framework, strict=True):
        assert 0 < error(ours, expected) < 1.2 * error(theirs, expected)
    assert not torch.equal(fused[1], framework[1])


def test_float32_is_the_frameworks_own(monkeypatch):
    """The precision that bfloat16 is held against does not depend on the passes."""
    for module in (combination, normalization):
        monkeypatch.setattr(module, "call", None)
    trained_once(ARCHITECTURES["ZeroSNet-Opt"], "float32")
