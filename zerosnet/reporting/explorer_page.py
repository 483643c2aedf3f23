"""``reports/explorer.html``: one file without a network, to play with methods and look at the runs.

What moves on the page stands in ``explorer/`` beside this module.  Its script decides as
``python -m zerosnet method`` does, over the same fractions; a test holds the two together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from typing import Any

from zerosnet.experiments.rows import row_label, table_of
from zerosnet.experiments.trained_stages import EXPERIMENTS, Tables
from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import all_moduli
from zerosnet.paper.tables import moduli_of
from zerosnet.reporting.flat_runs import recorded_method
from zerosnet.theory.family_tree import Member

_PARTS = Path(__file__).with_name("explorer")
_SCRIPTS = ("exact.js", "pictures.js", "page.js")
#: Networks that a picture needs before their accuracies say something.
_FEWEST = 3
#: What a recipe usually has; the rest of it stands in the name of a condition.
_USUAL_RECIPE = frozenset(
    (
        *("protocol", "learning_rate", "momentum", "weight_decay", "nesterov", "batch", "epochs"),
        *("decay_epochs", "decay_divisor", "first_step_at_zero", "padding", "flip", "precision"),
    )
)
#: Parts of a network that the picture shows in another way; the usual values of the others.
_SHOWN = frozenset(("depth", "steps", "parameters", "channels", "classes", "branch_growth"))
_USUAL_NETWORK: dict[str, str | int] = {"block": "basic", "history": "project", "width": 16}

#: Text of a choice, coefficients "α₀ … β".
Preset = tuple[str, str]


def explorer_page(
    rows: Sequence[Mapping[str, str]], tables: Tables, members: Iterable[Member]
) -> bytes:
    """The page.

    Args:
        rows: the runs, see :mod:`zerosnet.reporting.flat_runs`.
        tables: the paper's and those of the comparisons, by file name.
        members: of the family tree.
    """
    data = {"presets": presets(tables, members), "conditions": conditions(rows)}
    # "<" could end the script: JSON knows another way to write it.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    script = "\n".join(_part(name) for name in _SCRIPTS)
    page = _part("page.html")
    for place, content in (
        ("/*{style}*/", _part("page.css")),
        ("/*{script}*/", script.replace("/*{data}*/", text)),
    ):
        before, _, after = page.partition(place)
        page = f"{before}{content.strip()}{after}"
    return page.encode()


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def presets(tables: Tables, members: Iterable[Member]) -> list[tuple[str, list[Preset]]]:
    """The methods to choose from: those of every table's rows, then those of the family tree."""
    groups: list[tuple[str, list[Preset]]] = []
    seen = set()
    for experiment in EXPERIMENTS.values():
        if experiment.table in seen:
            continue
        seen.add(experiment.table)
        found: dict[LinearMultistep, list[str]] = defaultdict(list)
        for row in table_of(experiment, tables).rows:
            for data_set in experiment.columns or (row["dataset"],):
                method = method_of(experiment.architecture(row, data_set, tables).method)
                name = row_label(row, method)
                if "modulus_1" in row:
                    name = f"moduli {', '.join(moduli_of(row))}"
                found[method].append(name)
        groups.append((experiment.title, [_preset(m, names) for m, names in found.items()]))
    tree = [_preset(m.method, [m.name]) for m in members if m.method is not None]
    return [*groups, ("Every method that has a name", tree)]


def method_of(method: LinearMultistep | Trainable) -> LinearMultistep:
    """A method with trained coefficients stands for where these start."""
    return method.family.at(method.initial) if isinstance(method, Trainable) else method


def _preset(method: LinearMultistep, names: Sequence[str]) -> Preset:
    shown = list(dict.fromkeys(names))
    more = f" and {len(shown) - 2} more" if len(shown) > 2 else ""
    return f"{method.label} · {'; '.join(shown[:2])}{more}", numbers_of(method)


def numbers_of(method: LinearMultistep) -> str:
    """α₀ … β as the page reads them."""
    return " ".join(map(str, (*method.alphas, method.beta)))


@dataclass(frozen=True)
class _Place:
    """What networks of one picture have in common, and the network itself."""

    condition: str
    network: str
    method: LinearMultistep
    growth: Fraction


def conditions(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The trained networks, those with the same images, depth and recipe together.

    A network is a point at the modulus of its largest root and at the weight of its blocks'
    branches relative to the state, from block to block: with a state that grows by r a block, a
    branch weight β_n = β gⁿ loses or gains by g/r.  Both are the same for all its seeds.
    """
    found: dict[str, dict[_Place, list[Mapping[str, str]]]] = defaultdict(dict)
    for row in rows:
        network, recipe = json.loads(row["network"]), json.loads(row["recipe"])
        method = recorded_method(network)
        # Behind an activation nothing undoes a scale: such networks have no gauge.
        if method is None or network.get("activation", "pre") != "pre":
            continue
        condition = _condition(row, recipe)
        growth = Fraction(network.get("branch_growth", 1))
        place = _Place(condition, _unusual(network), method, growth)
        found[condition].setdefault(place, []).append(row)
    listed: list[dict[str, Any]] = []
    for title, networks in found.items():
        points = [p for place, runs in networks.items() if (p := _point(place, runs)) is not None]
        if len(points) >= _FEWEST:
            listed.append({"title": title, "points": sorted(points, key=lambda p: str(p["name"]))})
    return sorted(listed, key=lambda c: (-len(c["points"]), c["title"]))


def _condition(row: Mapping[str, str], recipe: Mapping[str, Any]) -> str:
    """What points of one picture share, for people."""
    size = f" {row['image_size']}×{row['image_size']}" if row["image_size"] else ""
    count = f", {int(row['train_images']):,} images" if row["train_images"] else ""
    more = [f"{name} {_text(value)}" for name, value in recipe.items() if name not in _USUAL_RECIPE]
    return " · ".join(
        (
            f"{row['profile']}: {row['data']}{size}{count}",
            f"{row['depth']} layers",
            f"{row['epochs']} epochs",
            f"{row['protocol']}, learning rate {row['learning_rate']}",
            row["precision"],
            *([] if recipe.get("flip", True) else ["no augmentation"]),
            *more,
        )
    )


def _unusual(network: Mapping[str, Any]) -> str:
    """What tells a network from another of its method, images and depth."""
    return ", ".join(
        f"{name} {value}"
        for name, value in network.items()
        if name not in _SHOWN and value != _USUAL_NETWORK.get(name)
    )


def _point(place: _Place, runs: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    accuracies = [float(run["accuracy_last"]) for run in runs if run["accuracy_last"]]
    radius = all_moduli(place.method)[0]
    if not accuracies or not radius:
        return None
    name = runs[0]["method"]
    growth = f"βₙ = β·({place.growth})ⁿ" if place.growth != 1 else ""
    label = place.method.label if place.method.label != name else ""
    network = f"[{place.network}]" if place.network else ""
    return {
        "name": " ".join(filter(None, (name, label, growth, network))),
        "profile": runs[0]["profile"],
        "numbers": numbers_of(place.method),
        "radius": round(radius, 6),
        "weight": round(float(place.growth) / radius, 6),
        "accuracy": round(fmean(accuracies), 2),
        "runs": [
            (
                int(run["seed"]),
                float(run["accuracy_last"]) if run["accuracy_last"] else None,
                run["key"],
            )
            for run in sorted(runs, key=lambda run: int(run["seed"]))
        ],
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_text(part)}" for name, part in value.items())
    return str(value)
