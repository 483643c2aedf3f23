"""What section 5.6 says of the experiments, against what is known of the code and of the tables.

The facts about other people's code stand in ``claims/paper/released_code.yaml`` and
``recipes.yaml``; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from zerosnet.experiments.trained_stages import BOTTLENECKS
from zerosnet.judging.printed_numbers import READINGS
from zerosnet.networks.layout import EXPANSION
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import REPORTED_RUNS, TABLE_7, Paper, Row, Table, moduli_of
from zerosnet.theory.decision import Decision

#: What both recipes must agree in, and how people call it.
_COMPARED = {
    "learning_rate": "learning rate",
    "momentum": "momentum",
    "nesterov": "Nesterov's momentum",
    "weight_decay": "weight decay",
    "batch": "batch",
    "epochs_not_run": "epochs left out at the end",
    "decay": "step decay",
    "first_step_at_zero": "first step at learning rate 0",
    "padding": "padding",
    "flip": "flip",
}
#: An accuracy of 10,000 test images is a whole number of these, in percentage points.
_IMAGE = Fraction(1, 100)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Where two recipes differ: ``name: one → other``."""
    return [
        f"{name}: {_named(key, one[key])} → {_named(key, other[key])}"
        for key, name in _COMPARED.items()
        if key in other and one[key] != other[key]
    ]


def _named(key: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return _shown(value)
    if key == "padding":
        kind = {"reflect": "reflected pixels"}.get(value.get("mode", ""), "pixels of zeros")
        return f"{value['pixels']} {kind} at {value['of']}×{value['of']}"
    return (
        f"divided by {value['divide_by']} at {_shown(value['at'])} of the epochs, which count from "
        f"{value['first_epoch']}, before step {value['from_step'] + 1}"
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return " and ".join(map(_shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _as_lu_et_al(_claim: Claim, paper: Paper) -> Decision:
    """C42: section 5.6 against what is known of Lu et al.'s recipe; their notebook beside it."""
    said = paper.recipes["as-paper"]
    notebook: dict[str, Any] = paper.released_code["lu2018_notebook"]
    found = differences(said, paper.released_code["lu2018"])
    in_notebook = differences(said, notebook)
    in_notebook += [
        f"epochs on {data_set}: {said['epochs'][data_set]} → {epochs}"
        for data_set, epochs in notebook["epochs"].items()
        if said["epochs"][data_set] != epochs
    ]
    in_notebook += [
        f"normalization of {data_set} by {of}'s means and deviations"
        for data_set, of in notebook["normalization"].items()
        if data_set != of
    ]
    beside = (
        ". The notebook that they released, which is no run of their paper, differs: "
        + "; ".join(in_notebook)
        if in_notebook
        else ""
    )
    return Decision(
        not found,
        ("; ".join(found) or "no difference from what is known of their recipe") + beside,
    )


def _as_the_code(_claim: Claim, paper: Paper) -> Decision:
    """C43: section 5.6 against the released code."""
    found = differences(paper.recipes["as-paper"], paper.recipes["as-code"])
    return Decision(
        not found,
        "; ".join(found) or "no difference is known",
    )


def _imagenet_as_the_code(_claim: Claim, paper: Paper) -> Decision:
    """C45: what the paper says of ImageNet, word for word in the released code's settings."""
    said: dict[str, Any] = paper.recipes["as-paper"]["imagenet"]
    done: dict[str, Any] = paper.released_code["imagenet"]
    found = [
        f"{key}: {_shown(said[key])} → {_shown(done[key])}"
        for key in ("epochs", "warm_up_epochs", "momentum", "weight_decay", "shards")
        if said[key] != done[key]
    ]
    found += [
        f"{depth} layers: {_shown(said['by_depth'].get(depth, 'nothing'))} → {_shown(of)}"
        for depth, of in done["by_depth"].items()
        if said["by_depth"].get(depth) != of
    ]
    there = ", ".join(map(str, done["by_depth"])) or "no"
    silent = " and ".join(str(depth) for depth in said["by_depth"] if depth not in done["by_depth"])
    return Decision(
        not found and bool(done["by_depth"]),
        "; ".join(found)
        if found
        else "epochs, warm-up, momentum, weight decay, 8 GPUs, and learning rate and batch for "
        f"{there} layers are those of the released code, which spares batch norm and biases the "
        "decay (a default of the script that the paper names)"
        + (f"; it has no command for {silent} layers" if silent else ""),
        tuple(found),
    )


def _noise_as_the_code(_claim: Claim, paper: Paper) -> Decision:
    """C46: how the noise is made."""
    noise: dict[str, Any] = paper.released_code["noise"]
    as_said = noise["seed"] == 1 and noise["unnormalized_first"] and noise["clipped_to"] == [0, 1]
    return Decision(
        as_said,
        "seed, un-normalization and clipping are as described"
        + (
            ""
            if noise["same_for_every_network"]
            else "; but the seed is set before the network is built, so that every architecture "
            "meets other noise"
        ),
        (f"released code: {_shown(noise)}",),
    )


def reported_cells(table: Table) -> list[tuple[Row, str, str, str]]:
    """Every accuracy of a table that is the paper's own: (row, column, mean, SD or nothing)."""
    cells = []
    for row in table.rows:
        for column in table.columns:
            stem = column.removesuffix("_acc_mean_pct").removesuffix("_acc_pct")
            copied = f"{stem}_copied_from_lu2018"
            if stem == column or (copied in table.columns and row[copied] == "yes"):
                continue
            deviation = row.get(f"{stem}_acc_std_pct", "")
            cells.append((row, stem, row[column], deviation))
    return cells


def is_of_three_runs(mean: str, deviation: str) -> bool:
    """Whether three accuracies on 10,000 images can have this printed mean and deviation.

    By either reading of the deviation, dividing by n or by n − 1; means and deviations are rounded
    to 0.01 points, or to the digits that are printed.
    """
    half = Fraction(1, 2) * Fraction(10) ** -len(mean.partition(".")[2])
    middle = Fraction(mean)
    lowest = -(-(middle - half) * REPORTED_RUNS // _IMAGE)
    highest = (middle + half) * REPORTED_RUNS // _IMAGE
    half = Fraction(1, 2) * Fraction(10) ** -len(deviation.partition(".")[2])
    printed = Fraction(deviation)
    for total in range(int(lowest), int(highest) + 1):
        for reading in READINGS:
            divisor = REPORTED_RUNS - 1 if reading.endswith("n − 1") else REPORTED_RUNS
            low = (max(printed - half, Fraction(0)) / _IMAGE) ** 2 * divisor
            high = ((printed + half) / _IMAGE) ** 2 * divisor
            if _some_squares(total, low, high):
                return True
    return False


def _some_squares(total: int, low: Fraction, high: Fraction) -> bool:
    """Whether whole a + b + c = total have Σ(x − mean)² in [low, high]."""
    # With x = ⌊mean⌋ + i and rest = total − 3⌊mean⌋: 3 Σ(x − mean)² = 3 Σi² − rest², all whole.
    rest = total % REPORTED_RUNS
    least, most = 3 * low + rest**2, 3 * high + rest**2
    reach = int(float(high) ** 0.5) + 2
    return any(
        least <= 3 * (i * i + j * j + (rest - i - j) ** 2) <= most
        for i in range(-reach, reach + 1)
        for j in range(i, reach + 1)
    )


def _three_runs(_claim: Claim, paper: Paper) -> Decision:
    """C44: every accuracy on CIFAR that is the paper's own has a deviation, of three runs."""
    with_sd = impossible = 0
    without: dict[str, int] = {}
    wrong = []
    for name, table in paper.tables.items():
        if "imagenet" in name:
            continue
        for row, stem, mean, deviation in reported_cells(table):
            if not deviation:
                without[name] = without.get(name, 0) + 1
                continue
            with_sd += 1
            if not is_of_three_runs(mean, deviation):
                impossible += 1
                wrong.append(f"{name}, {stem}: {mean} ± {deviation} ({dict(row)})")
    missing = ", ".join(f"{count} in {name}" for name, count in without.items())
    return Decision(
        not without and not impossible,
        f"{with_sd} accuracies have a deviation, {with_sd - impossible} of them possible for three "
        f"runs on 10,000 images; without one: {missing or 'none'}",
        tuple(wrong),
        {"with_deviation": with_sd, "impossible": impossible, "without": without},
    )


def _different_widths(_claim: Claim, paper: Paper) -> Decision:
    """C49: how wide the networks are whose moduli differ."""
    first: int = paper.released_code["cifar_width"]
    moduli: dict[int, set[tuple[str, ...]]] = {}
    for name, table in paper.tables.items():
        if not any("_acc_" in column for column in table.columns):
            continue
        for row in table.rows if "modulus_1" in table.columns else ():
            wide = name == TABLE_7 and row["n_layers"] in BOTTLENECKS
            moduli.setdefault(first * EXPANSION if wide else first, set()).add(moduli_of(row))
    several = {width: len(found) for width, found in sorted(moduli.items()) if len(found) > 1}
    return Decision(
        len(several) > 1,
        "networks with different moduli have "
        + " and ".join(f"{width} channels" for width in several)
        + " in the states of their first stage: "
        + "; ".join(f"{number} sets of moduli at {width}" for width, number in several.items())
        + f" (table 7 has bottleneck blocks at {' and '.join(BOTTLENECKS)} layers)",
        data={"sets_of_moduli": {str(width): number for width, number in several.items()}},
    )


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "C42": _as_lu_et_al,
    "C43": _as_the_code,
    "C44": _three_runs,
    "C45": _imagenet_as_the_code,
    "C46": _noise_as_the_code,
    "C49": _different_widths,
}
