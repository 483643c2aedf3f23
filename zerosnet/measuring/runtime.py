"""Table 9: how long ZeroSNet-20 takes compared with PreResNet-20, on the device at hand.

Seconds are those of a machine; what can be compared is their ratio.  Both networks are timed in
turns, so that a machine that slows down slows both.  Images are random and lie on the device:
reading them costs either network the same.  Both compute in float32; on a GPU this is no
TensorFloat-32.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from zerosnet.data.catalogue import data_set
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.timed import RUNTIME_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.files.progress import Progress
from zerosnet.files.storage import add_json, read_json, read_or_set_aside
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.networks import blocks, combination, network, residuals
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.network import MultistepNetwork
from zerosnet.networks.operations import TRAINING_PASSES, forward_operations
from zerosnet.paper.tables import Table
from zerosnet.training.steps import set_exact_float32
from zerosnet.training.work import SMALL_STEP

SCHEMA = 1
NETWORKS = {"PreResNet20": PRERESNET, "ZeroSNet20": ZEROSNET_OPT}
_DEPTH = 20
#: A timing takes at least this many seconds, or one step.
_AT_LEAST = 0.2
#: What both networks compute in: part of a record's setting.
_ARITHMETIC = "float32, not TensorFloat-32, by deterministic algorithms"


@dataclass(frozen=True)
class Cell:
    """One ratio of table 9."""

    phase: str
    batch: int

    @property
    def name(self) -> str:
        """For records and pages."""
        return f"{self.phase}, batch {self.batch}"


def cells_of(table: Table, profile: Profile) -> tuple[Cell, ...]:
    """The ratios that a profile measures, in the table's order.

    Raises:
        SuiteError: the profile does not say how to time.
    """
    if RUNTIME_STAGE not in profile.tables:
        raise SuiteError(f"params.yaml, profile {profile.name}: no entry for {RUNTIME_STAGE}")
    rows = [row for _, row in table.rows_where(profile.tables[RUNTIME_STAGE].only)]
    phases = dict.fromkeys(row["phase"] for row in rows)
    batches = [int(m[1]) for c in table.columns if (m := re.fullmatch(r"bs(\d+)_s", c))]
    largest = profile.tables[RUNTIME_STAGE].images or max(batches)
    return tuple(Cell(phase, batch) for phase in phases for batch in batches if batch <= largest)


def cells_are_small(table: Table, profile: Profile) -> bool:
    """Whether the largest batch is too little work for more than one thread."""
    side, channels = _images_of(profile)
    forward = forward_operations(Architecture(ZEROSNET_OPT, _DEPTH), channels, side, 10)
    largest = max(cell.batch for cell in cells_of(table, profile))
    return TRAINING_PASSES * largest * forward < SMALL_STEP


def _images_of(profile: Profile) -> tuple[int, int]:
    """(side, channels) of the images that are timed."""
    choice = {**profile.data, **profile.tables[RUNTIME_STAGE].data}["CIFAR-10"]
    images = data_set(choice.name)
    return choice.size or images.size, images.channels


def measure_runtime(
    table: Table, profile: Profile, folder: Path, device: torch.device, provenance: dict[str, Any]
) -> Path:
    """Time both networks on this device, unless it is on record; returns where the record is.

    Args:
        folder: of the profile's runtime records.
        provenance: what every record says of how it came about.
    """
    cells = cells_of(table, profile)
    repeats = profile.tables[RUNTIME_STAGE].seeds
    side, channels = _images_of(profile)
    path = folder / f"{device_slug(provenance['environment'])}.json"
    wanted = {
        "side": side,
        "repeats": repeats,
        "cells": [cell.name for cell in cells],
        "arithmetic": _ARITHMETIC,
        # Other code takes other times.
        "source": _source(),
    }
    recorded = read_or_set_aside(path, lambda record: read_json(record, SCHEMA))
    if recorded is not None and recorded["setting"] == wanted:
        return path
    set_exact_float32()
    progress = Progress(len(cells))
    seconds: dict[str, dict[str, list[float]]] = {}
    for cell in cells:
        seconds[cell.name] = time_cell(cell, repeats, side, channels, device)
        fastest = {name: min(times) for name, times in seconds[cell.name].items()}
        ratio = fastest["ZeroSNet20"] / fastest["PreResNet20"]
        progress.advance(1, f"{cell.name}: ratio {ratio:.3f}")
    add_json(path, {"schema": SCHEMA, "setting": wanted, "seconds": seconds, **provenance})
    return path


def _source() -> str:
    """A checksum of the code that is timed, whatever its layout and comments."""
    digest = hashlib.sha256()
    for module in (network, blocks, residuals, combination, sys.modules[__name__]):
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        digest.update(ast.dump(ast.parse(text)).encode())
    return digest.hexdigest()[:16]


def device_slug(environment: dict[str, Any]) -> str:
    """A file name for a kind of device: ``cpu-amd-epyc-2-threads``."""
    device = environment["device"]
    processor = environment["processor"] if device == "cpu" else ""
    text = f"{device} {processor} {environment['threads']} threads"
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def time_cell(
    cell: Cell, repeats: int, side: int, channels: int, device: torch.device
) -> dict[str, list[float]]:
    """Seconds a step of each network, repeat by repeat, the networks in turns."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.rand(cell.batch, channels, side, side, generator=generator).to(device)
    inputs = inputs.to(memory_format=torch.channels_last)
    labels = torch.randint(10, (cell.batch,), generator=generator).to(device)
    steps = {
        name: _step(cell.phase, Architecture(method, _DEPTH), inputs, labels)
        for name, method in NETWORKS.items()
    }
    counts = {name: _warm_up(step, device) for name, step in steps.items()}
    count = max(counts.values())  # as many steps for both
    found: dict[str, list[float]] = {name: [] for name in NETWORKS}
    for repeat in range(repeats):
        # In turns, and each first as often as the other.
        for name in list(steps)[:: 1 if repeat % 2 else -1]:
            found[name].append(round(_timed(steps[name], count, device) / count, 7))
    return found


def _step(
    phase: str, architecture: Architecture, inputs: Tensor, labels: Tensor
) -> Callable[[], None]:
    """One step of training, or one pass over a batch of test images."""
    channels = inputs.shape[1]
    model = MultistepNetwork(architecture, mean=[0.5] * channels, std=[0.25] * channels, classes=10)
    model = model.to(inputs.device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True
    )

    def training() -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(inputs), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    @torch.no_grad()
    def testing() -> None:
        model(inputs)

    model.train(phase == "training")
    return training if phase == "training" else testing


def _warm_up(step: Callable[[], None], device: torch.device) -> int:
    """Run a step once for what only the first one does; then how many make a timing."""
    step()
    seconds = _timed(step, 1, device)
    return max(1, round(_AT_LEAST / seconds))


def _timed(step: Callable[[], None], count: int, device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    for _ in range(count):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start
