"""``results/runs.csv``: every run on record as one line, for pandas and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from zerosnet.experiments.records import TRAINING, load_record, seconds_of
from zerosnet.methods.families import NAMED
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import all_moduli, is_zero_stable
from zerosnet.reporting.numbers.cells import Content

#: The blocks that a network is called by, as records describe them; a factor of β may follow.
_INTERIOR = re.compile(r"interior \((?P<alphas>[^;]*);(?P<beta>[^)]*)\)")

#: Column → what it holds; the order of the file.  Accuracies are in percent.
COLUMNS = {
    "profile": "of params.yaml",
    "stage_rows": "stage:row of each table that uses the run; rows count from 0. Empty where none "
    "does any more: of an older reading of a recipe or a network, kept on record",
    "method": "its name, or its coefficients",
    "coefficients": "(α₀, …; β) of the interior blocks; empty where they are trained",
    "roots": "moduli of the roots, largest first; empty where coefficients are trained",
    "zero_stable": "yes or no, decided exactly; empty where coefficients are trained",
    "depth": "layers",
    "parameters": "number of trained numbers",
    "data": "name of the images",
    "image_size": "pixels a side; empty for images as they are",
    "train_images": "number; empty for all",
    "test_images": "number; empty for all",
    "seed": "of weights, order and augmentation",
    "protocol": "of the recipe",
    "epochs": "planned",
    "learning_rate": "at the start",
    "precision": "of training",
    "recipe": "all of it, as JSON",
    "network": "all of it, as JSON",
    "outcome": "completed or diverged",
    "accuracy_last": "test accuracy after the last epoch",
    "accuracy_best": "test accuracy after the epoch that is best on the test images",
    "train_loss": "mean over the last epoch",
    "train_accuracy": "mean over the last epoch, augmented images",
    "seconds": "of training",
    "device": "that trained it",
    "threads": "of the CPU",
    "commit": "of the code",
    "finished": "when, UTC",
    "key": "of the run: `results/<profile>/runs/<key>/training.json`",
}


def flat_runs(root: Path, results: Mapping[str, Mapping[str, Content]]) -> list[dict[str, str]]:
    """Every training on record in some profiles, sorted by profile and key.

    Args:
        root: of the project.
        results: profile → stage → result; they name the rows that use a run.

    Raises:
        SuiteError: a record is damaged.
    """
    rows = []
    for profile in sorted(results):
        used = _rows_by_run(results[profile].values())
        folder = root / "results" / profile / "runs"
        for path in sorted(folder.glob(f"*/{TRAINING}.json")):
            record = load_record(path)
            rows.append(_line(profile, used.get(record["key"], []), record))
    return rows


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The file, with the names of the columns in its first line."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def recorded_method(network: Mapping[str, Any]) -> LinearMultistep | None:
    """The method of a recorded network's interior blocks, or ``None`` where it is trained."""
    labels = (_INTERIOR.match(step) for _count, step in network["steps"])
    return next((_method(found["alphas"], found["beta"]) for found in labels if found), None)


@cache
def _method(alphas: str, beta: str) -> LinearMultistep:
    return LinearMultistep(alphas.split(","), beta)


def _rows_by_run(contents: Iterable[Content]) -> dict[str, list[str]]:
    """Key of a run → the rows that use it."""
    used: dict[str, list[str]] = defaultdict(list)
    for content in contents:
        for row in (content["evidence"] or {}).get("rows", []):
            for key in row.get("keys", {}).values():
                used[key].append(f"{content['stage']}:{row['number']}")
    return {key: sorted(set(names)) for key, names in used.items()}


def _line(profile: str, used: list[str], record: Mapping[str, Any]) -> dict[str, str]:
    configuration, history = record["configuration"], record["history"]
    network, data, recipe = (configuration[part] for part in ("network", "data", "recipe"))
    method, environment = recorded_method(network), record["environment"]
    selected = record["selected"] or {}
    values = {
        "profile": profile,
        "stage_rows": " ".join(used),
        "method": _name(record, network, method),
        "coefficients": method and method.label,
        "roots": method and " ".join(f"{modulus:.4f}" for modulus in all_moduli(method)),
        "zero_stable": method and ("yes" if is_zero_stable(method) else "no"),
        "depth": network["depth"],
        "parameters": network["parameters"],
        "data": data["name"],
        "image_size": data["size"],
        "train_images": data["train"],
        "test_images": data["test"],
        "seed": configuration["seed"],
        **{name: recipe.get(name) for name in ("protocol", "epochs", "learning_rate", "precision")},
        "recipe": _compact(recipe),
        "network": _compact(network),
        "outcome": record["outcome"],
        "accuracy_last": selected.get("last_epoch", {}).get("test_accuracy"),
        "accuracy_best": selected.get("best_on_test", {}).get("test_accuracy"),
        "train_loss": (history.get("train_loss") or [None])[-1],
        "train_accuracy": (history.get("train_accuracy") or [None])[-1],
        "seconds": seconds_of(record),
        "device": environment["processor"]
        if environment["device"] == "cpu"
        else environment["device"],
        "threads": environment.get("threads"),
        "commit": record["commit"],
        "finished": record["finished"],
        "key": record["key"],
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _name(
    record: Mapping[str, Any], network: Mapping[str, Any], method: LinearMultistep | None
) -> str:
    """One name for a method, whichever table trained it first."""
    if method is None:
        # Records call a network "NAME, 20 layers, …".
        name: str = record["label"].partition(f", {network['depth']} layers")[0]
        return name
    return next((named.name for named in NAMED.values() if named == method), method.label)


def _compact(part: Mapping[str, Any]) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))
