"""How fast a device trains in a precision, measured: a few steps of a small network."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import torch

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder, project_root, scratch_folder
from zerosnet.files.storage import read_json, read_or_set_aside, write_json
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.networks.operations import TRAINING_PASSES, forward_operations
from zerosnet.training.arithmetic.machine import fingerprint, has_bfloat16_units
from zerosnet.training.recipe import Recipe, load_recipe
from zerosnet.training.steps import TrainingStep, optimizer_of, set_arithmetic

SCHEMA = 1
_ARCHITECTURE = Architecture(ZEROSNET_OPT, 20)
_SIDE, _IMAGES, _STEPS = 16, 64, 3
#: Of images that are measured, in pixels: larger ones would take minutes.
LARGEST_SIDE = 32


@dataclass(frozen=True)
class MeasuredRate:
    """How fast a device trains the small network.

    Args:
        images: a second.
        operations: floating-point operations a second.
    """

    images: float
    operations: float


@cache
def measured_rate(precision: str, device: torch.device, side: int = _SIDE) -> MeasuredRate:
    """The rate in a precision, measured in seconds, once for a device: it is kept in scratch.

    Args:
        side: of the images, in pixels.
    """
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    recipe = _recipe(precision, side)
    # Launching the work of few images takes a GPU longer than the work does.
    images = recipe.batch if device.type == "cuda" else _IMAGES
    facts = [fingerprint(), name, torch.get_num_threads(), precision, side, images]
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    path = scratch_folder() / "rates" / f"{key}.json"
    found = read_or_set_aside(path, lambda file: read_json(file, SCHEMA))
    if found is None:
        found = {"schema": SCHEMA, "seconds_a_step": _seconds_a_step(recipe, device, side, images)}
        with suppress(SuiteError):  # a checkout that may not be written to
            write_json(path, found)
    rate = images / found["seconds_a_step"]
    forward = forward_operations(_ARCHITECTURE, 3, side, 10)
    return MeasuredRate(rate, rate * TRAINING_PASSES * forward)


def _recipe(precision: str, side: int) -> Recipe:
    recipes = paper_folder(project_root()) / "recipes.yaml"
    return load_recipe(recipes, "as-paper", "CIFAR-10", side=side, epochs=2, precision=precision)


def _seconds_a_step(recipe: Recipe, device: torch.device, side: int, images: int) -> float:
    """The fastest of a few training steps; the first one is not counted."""
    network = MultistepNetwork(_ARCHITECTURE, mean=[0.5] * 3, std=[0.25] * 3, classes=10)
    network = network.to(device).laid_out("channels_last").train()
    set_arithmetic(recipe)
    step = TrainingStep(network, optimizer_of(network, recipe), recipe, device)
    inputs = torch.rand(images, side, side, 3, device=device).permute(0, 3, 1, 2)
    labels = torch.zeros(images, dtype=torch.int64, device=device)
    seconds = []
    for _ in range(1 + _STEPS):
        start = time.perf_counter()
        step(inputs, labels, 0.01)
        step.take_totals()  # waits for the device
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def precision_here(wanted: str, device: torch.device) -> str:
    """The precision that a device uses where one is wanted.

    It is the wanted one, but on a device without units for bfloat16 float32 takes its place.
    """
    return "float32" if wanted == "bfloat16" and not _has_units(device) else wanted


def _has_units(device: torch.device) -> bool:
    if device.type == "cuda":
        # GPUs of compute capability below 8.0 emulate it.
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return has_bfloat16_units()


def why_float32(device: torch.device) -> str:
    """Why it is float32 on a device without units for bfloat16, with both rates."""
    exact, narrow = (measured_rate(name, device).images for name in ("float32", "bfloat16"))
    what = "GPU" if device.type == "cuda" else "processor"
    return (
        f"this {what} has no units for bfloat16: in float32 it trains {exact:,.0f} images a "
        f"second, in bfloat16 {narrow:,.0f} (ZeroSNet-20 on {_SIDE}×{_SIDE} pixels, measured)"
    )
