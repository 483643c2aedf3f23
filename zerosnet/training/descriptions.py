"""What a network is as built, remembered between processes.

A run's key is a hash of its network as built, and building one takes PyTorch: seconds before a
command knows that all it needs is on record.  So a description is kept in scratch, under a name
that holds the architecture and the code that builds it: other code does not find it.  Whoever
trains compares it with the network at hand (:func:`check_description`).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosnet.data.catalogue import data_set
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import scratch_folder
from zerosnet.files.storage import read_json, write_json
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Architecture

if TYPE_CHECKING:
    from zerosnet.networks.network import MultistepNetwork

SCHEMA = 1
#: Whose code decides what a description says.
_WINGS = ("methods", "networks")


@cache
def description(architecture: Architecture, data_name: str) -> dict[str, Any]:
    """The network for a data set, JSON-able: its depth, and what it says of itself once built."""
    # The weights' seed leaves the description as it is: one network stands for all seeds.
    images = data_set(data_name)
    asked = f"{_in_words(architecture)}; {len(images.mean)} channels, {images.classes} classes"
    try:
        path = _folder() / f"{hashlib.sha256(asked.encode()).hexdigest()[:16]}.json"
    except SuiteError:  # outside a checkout
        path = None
    if path is not None:
        with suppress(SuiteError):  # missing, damaged or of another version: made anew
            found = read_json(path, SCHEMA)
            if found.get("asked") == asked:
                return dict(found["description"])
    from zerosnet.networks.network import MultistepNetwork

    network = MultistepNetwork(
        architecture, mean=images.mean, std=images.std, classes=images.classes
    )
    built = _as_built(network)
    if path is not None:
        with suppress(SuiteError):  # a checkout that may not be written to
            write_json(path, {"schema": SCHEMA, "asked": asked, "description": built})
    return built


def check_description(network: MultistepNetwork, expected: dict[str, Any]) -> None:
    """Make sure that a network about to be trained is the one that its run's key names.

    Raises:
        SuiteError: it is not.
    """
    if _as_built(network) != expected:
        raise SuiteError(
            f"the network that was built is not the one that its key names: delete {_folder()}"
        )


def _as_built(network: MultistepNetwork) -> dict[str, Any]:
    return {"depth": network.architecture.depth, **network.description()}


def _in_words(architecture: Architecture) -> str:
    """Everything that an architecture fixes; methods by their coefficients, whatever their name."""
    method = architecture.method
    if isinstance(method, LinearMultistep):
        words = f"{method.alphas} {method.beta}"
    else:
        words = f"{method.family.name} from {method.initial} ± {method.spread}"
    others = [
        f"{field.name}={getattr(architecture, field.name)!r}"
        for field in fields(architecture)
        if field.name != "method"
    ]
    return ", ".join((words, *others))


def _folder() -> Path:
    return scratch_folder() / "networks" / _code()


@cache
def _code() -> str:
    """A checksum of the code that builds networks."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for wing in _WINGS:
        for path in sorted((package / wing).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
