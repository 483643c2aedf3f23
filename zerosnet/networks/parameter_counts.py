"""Table 8: how many parameters the networks have.

Two counts: *instantiated* (every trained tensor; counted from the layout, which every network that
is built is compared with) and *used* (those that a gradient reaches, which is tried on the networks
themselves).  They are equal for the networks of this suite; released codes instantiate some that
they never use, and two columns of table 8 count these, too.  How many they are stands in
``released_code.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import torch

from zerosnet.methods.families import LM_RESNET, PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import IMAGENET_STAGES, Architecture, Block
from zerosnet.networks.layout import parameters_of
from zerosnet.networks.network import MultistepNetwork
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import TABLE_5, TABLE_8, Paper
from zerosnet.theory.decision import Decision

CLASSES = (10, 100)
IMAGENET_CLASSES = 1000

#: Channels of the networks that a gradient is sent through.
_NARROW = 16

#: Column of the table → the network that it is about, at a depth of 6n+2.
MODELS: dict[str, Callable[[int], Architecture]] = {
    "preresnet": lambda depth: Architecture(PRERESNET, depth),
    # Lu et al. 2018: one trained k a block, and a history that starts anew in every stage.
    "lm_resnet": lambda depth: Architecture(LM_RESNET, depth, history="restart"),
    "zerosnet": lambda depth: Architecture(ZEROSNET_OPT, depth),
}


@cache
def count(architecture: Architecture, classes: int) -> int:
    """Count the parameters of a network for images of three channels.

    Raises:
        ValueError: some are used by nothing, as in the released codes: no network of ours has such.
    """
    unused = _unused(replace(architecture, width=min(architecture.width, _NARROW)))
    if unused:
        raise ValueError(f"parameters that no gradient reaches: {', '.join(unused)}")
    return parameters_of(architecture, 3, classes)


@cache
def _unused(narrow: Architecture) -> tuple[str, ...]:
    """The parameters that no gradient reaches where one image is sent through and back.

    Which ones does not depend on how wide the network is.
    """
    network = MultistepNetwork(narrow, mean=(0.5,) * 3, std=(0.25,) * 3, classes=10).eval()
    logits: torch.Tensor = network(torch.zeros(1, 3, 8, 8))
    logits.sum().backward()  # type: ignore[no-untyped-call]
    return tuple(name for name, p in network.named_parameters() if p.grad is None)


def readings_of_table_8(paper: Paper) -> list[dict[str, Any]]:
    """Every printed count, beside those of all networks that it could be of."""
    dead = paper.released_code["dead_parameters"]
    rows: list[dict[str, Any]] = []
    for row in paper.tables[TABLE_8].rows:
        depth = int(row["n_layers"])
        for model, build in MODELS.items():
            printed = row[f"{model}_params_million"]
            counts = {str(classes): count(build(depth), classes) for classes in CLASSES}
            readings = {f"{c} classes": found for c, found in counts.items()}
            if model in dead:
                readings |= {_with_dead(c): found + dead[model] for c, found in counts.items()}
            if (depth - 2) % 9 == 0:  # this depth is one of bottleneck networks, too
                readings |= {
                    f"{c} classes, bottleneck": count(replace(build(depth), block="bottleneck"), c)
                    for c in CLASSES
                }
            rows.append(
                {
                    "model": model,
                    "depth": depth,
                    "printed": printed,
                    "instantiated": counts,
                    "used": counts,
                    "readings": readings,
                    "obtained_with": [
                        name for name, number in readings.items() if millions(number) == printed
                    ],
                }
            )
    return rows


def table_8(_claim: Claim, paper: Paper) -> Decision:
    """C38: is every printed count that of the network described, at 10 or at 100 classes?"""
    rows = readings_of_table_8(paper)
    missed = [row for row in rows if not row["obtained_with"]]
    by_model = {
        model: _readings_of_all([row for row in rows if row["model"] == model]) for model in MODELS
    }
    return Decision(
        holds=not missed,
        summary="; ".join(
            (
                f"{len(rows) - len(missed)} of {len(rows)} printed counts are obtained",
                *([f"not obtained: {', '.join(map(_cell, missed))}"] if missed else []),
                *(
                    f"the whole column of {model} is that of {' or '.join(readings)}"
                    for model, readings in by_model.items()
                    if readings
                ),
            )
        ),
        certificate=tuple(
            f"{_cell(row)}: printed {row['printed']} M; counted "
            + ", ".join(f"{number:,} ({name})" for name, number in row["readings"].items())
            for row in rows
        ),
        data={
            "rows": rows,
            "whole_column_fits_with": by_model,
            "dead_in_released_code": paper.released_code["dead_parameters"],
        },
    )


def _with_dead(classes: str) -> str:
    return f"{classes} classes, dead ones included"


def zerosnet_is_close(claim: Claim, paper: Paper) -> Decision:
    """C39: how many parameters ZeroSNet adds to PreResNet of the same depth."""
    rows = []
    for row in paper.tables[TABLE_8].rows:
        depth = int(row["n_layers"])
        for classes in CLASSES:
            plain = count(MODELS["preresnet"](depth), classes)
            ours = count(MODELS["zerosnet"](depth), classes)
            rows.append({"depth": depth, "classes": classes, "preresnet": plain, "zerosnet": ours})

    def extra(row: Mapping[str, int]) -> Fraction:
        return 100 * Fraction(row["zerosnet"] - row["preresnet"], row["preresnet"])

    worst = max(rows, key=extra)
    on_imagenet = _on_imagenet(paper)
    return Decision(
        holds=extra(worst) <= Fraction(claim.margin),
        summary=(
            f"at most {float(extra(worst)):.2f} % more (depth {worst['depth']}, {worst['classes']} "
            f"classes): {worst['zerosnet'] - worst['preresnet']:,} parameters, all of them "
            "projections of the history where a stage begins. Table 8 is about CIFAR; table 5’s "
            "networks for ImageNet have "
            + ", ".join(f"{float(extra(row)):.2f} % ({row['depth']} layers)" for row in on_imagenet)
            + " more"
        ),
        certificate=tuple(
            f"{row['depth']} layers, {row['classes']} classes: {row['preresnet']:,} and "
            f"{row['zerosnet']:,}"
            for row in [*rows, *on_imagenet]
        ),
        data={"rows": rows, "imagenet": on_imagenet},
    )


def _on_imagenet(paper: Paper) -> list[dict[str, int]]:
    """What ZeroSNet and its baseline have in table 5, which gives no counts."""
    depths = sorted({int(row["n_layers"]) for row in paper.tables[TABLE_5].rows})

    def used(method: LinearMultistep, depth: int) -> int:
        block: Block = "bottleneck" if (depth, "bottleneck") in IMAGENET_STAGES else "basic"
        network = Architecture(method, depth, block, width=64, layout="imagenet")
        return count(network, IMAGENET_CLASSES)

    return [
        {
            "depth": depth,
            "classes": IMAGENET_CLASSES,
            "preresnet": used(PRERESNET, depth),
            "zerosnet": used(ZEROSNET_OPT, depth),
        }
        for depth in depths
    ]


def millions(number: int) -> str:
    """As the table prints it: two decimals."""
    return f"{number / 1e6:.2f}"


def _readings_of_all(rows: list[dict[str, Any]]) -> list[str]:
    """The readings that give every printed count of a column."""
    return [
        reading
        for reading in rows[0]["readings"]
        if all(reading in row["obtained_with"] for row in rows)
    ]


def _cell(row: Mapping[str, Any]) -> str:
    return f"{row['model']} {row['depth']}"


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "C38": table_8,
    "C39": zerosnet_is_close,
}
