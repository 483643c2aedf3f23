"""Table 9's claims, judged from the times on record: ratios, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from zerosnet.experiments.profiles import SMOKE
from zerosnet.experiments.records import device_title
from zerosnet.files.checked import (
    UnexpectedValueError,
    checked_environment,
    entry,
    listing,
    mapping,
    seconds,
    text,
)
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json
from zerosnet.judging.comparing import rounded
from zerosnet.judging.statistics import Interval, paired_ratio
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Table

SCHEMA = 1
#: The smallest batch of table 9, with which the others are compared.
_SMALLEST = "batch 128"


@dataclass(frozen=True)
class Timing:
    """What one kind of device gave.

    Args:
        device: for people.
        ratios: cell → seconds of ZeroSNet-20 over seconds of PreResNet-20, with its interval.
        record: the record's path below ``results/``.
    """

    device: str
    ratios: dict[str, Interval]
    record: str
    commit: str
    torch: str


def load_timings(folder: Path) -> list[Timing]:
    """Every record of a profile, one a kind of device.

    Raises:
        SuiteError: a record is damaged.
    """
    timings = []
    for path in sorted(folder.glob("*.json")):
        content = read_json(path, SCHEMA)
        try:
            timings.append(_timing(content, path))
        except UnexpectedValueError as error:
            raise SuiteError(
                f"{path} is damaged ({error}): restore it with git, or delete it to time again"
            ) from None
    return timings


def _timing(content: dict[str, Any], path: Path) -> Timing:
    environment = checked_environment(content)
    ratios = {}
    for name, times in mapping(entry(content, "seconds", "the record"), "seconds").items():
        ours, others = (
            [
                seconds(time, f"{name}, {network}")
                for time in listing(times_of, f"{name}, {network}")
            ]
            for network in ("ZeroSNet20", "PreResNet20")
            for times_of in [entry(times, network, name)]
        )
        if len(ours) != len(others) or not ours:
            raise UnexpectedValueError(f"{name} has {len(ours)} and {len(others)} times")
        ratios[name] = paired_ratio(ours, others)
    if not ratios or any(_smallest_of(name) not in ratios for name in ratios):
        raise UnexpectedValueError(f"every phase needs its times at {_SMALLEST}")
    return Timing(
        device_title(environment),
        ratios,
        f"{path.parent.parent.name}/{path.parent.name}/{path.name}",
        text(entry(content, "commit", "the record"), "commit"),
        text(environment["torch"], "torch"),
    )


def _smallest_of(name: str) -> str:
    return f"{name.partition(', ')[0]}, {_SMALLEST}"


def reported_ratios(table: Table) -> dict[str, float]:
    """Table 9's own ratios, by cell."""
    rows = {(row["model"], row["phase"]): row for row in table.rows}
    return {
        f"{phase}, batch {column[2:-2]}": float(
            Fraction(rows["ZeroSNet20", phase][column])
            / Fraction(rows["PreResNet20", phase][column])
        )
        for phase in dict.fromkeys(row["phase"] for row in table.rows)
        for column in table.columns
        if column.startswith("bs")
    }


def judge_runtime(claim: Claim, timings: Sequence[Timing], table: Table, profile: str) -> Verdict:
    """The verdict on one of table 9's claims, over all devices on record."""
    if profile == SMOKE:
        return Verdict(
            claim.id,
            Outcome.SMOKE,
            "a smoke run exercises the code and says nothing about the paper",
        )
    if not timings:
        return Verdict(claim.id, Outcome.NOT_RUN, "no device has been timed")
    outcomes, texts, cells = [], [], {}
    reported = reported_ratios(table)
    for timing in timings:
        if all(math.isinf(found.high) for found in timing.ratios.values()):
            outcome = Outcome.INSUFFICIENT_SEEDS
            text = "the repeats say nothing of the spread"
        else:
            outcome, text = _JUDGES[claim.test](claim, timing.ratios, reported)
        outcomes.append(outcome)
        texts.append(f"{timing.device}: {text}")
        cells[timing.device] = _rounded(timing.ratios)
    # It has to hold on every device that was timed.
    agreed = outcomes[0] if len(set(outcomes)) == 1 else Outcome.INCONCLUSIVE
    return Verdict(claim.id, agreed, "; ".join(texts), {"ratios": cells})


def _rounded(ratios: dict[str, Interval]) -> dict[str, list[float | None]]:
    """Cell → ratio, lower and upper end, as results hold them."""
    return {
        name: [rounded(x) for x in (found.estimate, found.low, found.high)]
        for name, found in ratios.items()
    }


def _close(
    claim: Claim, ratios: dict[str, Interval], _reported: dict[str, float]
) -> tuple[Outcome, str]:
    limit = 1 + claim.margin / 100
    worst = max(ratios, key=lambda name: ratios[name].estimate)
    text = f"at most {ratios[worst].estimate:.3f} ({worst})"
    if all(found.high <= limit for found in ratios.values()):
        return Outcome.ORDER_HOLDS, text
    beyond = [name for name, found in ratios.items() if found.low > limit]
    if beyond:
        return (
            Outcome.ORDER_REVERSED,
            f"{text}; above {limit:g} with its whole interval: {', '.join(beyond)}",
        )
    return Outcome.INCONCLUSIVE, text


def _less_for_large_batches(
    _claim: Claim, ratios: dict[str, Interval], _reported: dict[str, float]
) -> tuple[Outcome, str]:
    below = above = total = 0
    for name, found in ratios.items():
        if name != _smallest_of(name):
            small = ratios[_smallest_of(name)]
            total += 1
            below += found.high < small.low
            above += found.low > small.high
    text = f"less, with intervals apart, in {below} of {total} cells, more in {above}"
    if below == total:
        return Outcome.ORDER_HOLDS, text
    return (Outcome.ORDER_REVERSED if above else Outcome.INCONCLUSIVE), text


def _as_reported(
    claim: Claim, ratios: dict[str, Interval], reported: dict[str, float]
) -> tuple[Outcome, str]:
    margin = claim.margin / 100
    found = [_beside(ratio, reported[name], margin) for name, ratio in ratios.items()]
    inside, outside = found.count(Outcome.REPRODUCED), found.count(Outcome.DIFFERS)
    text = (
        f"{inside} of {len(ratios)} ratios met within ±{margin:g}, {outside} missed by the whole "
        "interval"
    )
    if inside == len(ratios):
        return Outcome.REPRODUCED, text
    return (Outcome.DIFFERS if outside else Outcome.INCONCLUSIVE), text


def _beside(ratio: Interval, reported: float, margin: float) -> Outcome:
    """Whether a ratio is the paper's, within the margin."""
    difference = Interval(*(x - reported for x in (ratio.estimate, ratio.low, ratio.high)))
    if difference.inside(margin):
        return Outcome.REPRODUCED
    return Outcome.DIFFERS if difference.outside(margin) else Outcome.INCONCLUSIVE


@dataclass(frozen=True)
class ReportedRatio:
    """One of the six ratios that table 9's times make.

    Args:
        label: phase and batch.
        ratio: of the paper's times.
    """

    label: str
    ratio: float


def verdict_on_ratio(
    cell: ReportedRatio, claim: Claim, verdict: Verdict, result: Mapping[str, Any] | None
) -> tuple[Verdict, str]:
    """The verdict on one ratio, over all devices on record, and its numbers for people.

    Args:
        cell: of table 9.
        claim: that the ratios come out again.
        verdict: on the claim.
        result: that the verdict was read from; ``None`` where there is none.
    """
    margin = claim.margin / 100
    outcomes, texts = [], []
    for device in result["evidence"]["devices"] if result else []:
        ratio, low, high = device["ratios"][cell.label]
        texts.append(f"ours {ratio:.3f} on {device['device']}")
        if high is not None:  # the repeats differ: the spread is known
            outcomes.append(_beside(Interval(ratio, low, high), cell.ratio, margin))
    shown = f"paper {cell.ratio:.3f}, {'; '.join(texts) or 'no time'}, margin ±{margin:g}"
    judged = {Outcome.REPRODUCED, Outcome.DIFFERS, Outcome.INCONCLUSIVE}
    if verdict.outcome not in judged or len(outcomes) < len(texts):
        return Verdict(claim.id, verdict.outcome, verdict.summary), shown
    agreed = outcomes[0] if len(set(outcomes)) == 1 else Outcome.INCONCLUSIVE
    return Verdict(claim.id, agreed, f"{cell.label}: {shown}"), shown


_JUDGES = {
    "close": _close,
    "less_for_large_batches": _less_for_large_batches,
    "as_reported": _as_reported,
}


def runtime_evidence(timings: Sequence[Timing], table: Table, profile: str) -> dict[str, Any]:
    """What stands on the stage's page."""
    return {
        "profile": profile,
        "reported": {name: round(ratio, 4) for name, ratio in reported_ratios(table).items()},
        "devices": [
            {
                "device": timing.device,
                "record": timing.record,
                "commit": timing.commit,
                "torch": timing.torch,
                "ratios": _rounded(timing.ratios),
            }
            for timing in timings
        ],
    }
