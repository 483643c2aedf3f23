"""Table 9's claims, judged from the times on record: ratios, tested by their logarithms.

For a claim every ratio has to speak by itself (intersection-union, no correction needed); against
it, one of them after Holm's correction over the ratios of its device.  Either way it has to be so
on every device that was timed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
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
from zerosnet.judging.statistics import (
    NO_SPREAD,
    Estimate,
    holm,
    independent_difference,
    paired_log_ratio,
    ratio_of,
    rounded_p,
)
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.judging.wording import p_text, rounded
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
        logarithms: cell → that of the seconds of ZeroSNet-20 over those of PreResNet-20.
        record: the record's path below ``results/``.
        commit, torch: of the code that was timed.
    """

    device: str
    logarithms: dict[str, Estimate]
    record: str
    commit: str
    torch: str

    @property
    def decides(self) -> bool:
        """Whether there is any spread to judge by."""
        return any(found.error >= NO_SPREAD for found in self.logarithms.values())

    @property
    def rounded_ratios(self) -> dict[str, list[float | None]]:
        """Cell → ratio, lower and upper end of its interval, as results hold them."""
        return {
            name: [rounded(x) for x in (found.estimate, found.low, found.high)]
            for name, logarithm in self.logarithms.items()
            for found in [ratio_of(logarithm)]
        }


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
    logarithms = {}
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
        logarithms[name] = paired_log_ratio(ours, others)
    if not logarithms or any(_smallest_of(name) not in logarithms for name in logarithms):
        raise UnexpectedValueError(f"every phase needs its times at {_SMALLEST}")
    return Timing(
        device_title(environment),
        logarithms,
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
    rule = _RULES[claim.test]
    level = claim.level if rule.tost else claim.level / 2
    reported = reported_ratios(table)
    devices = [
        _Tested(
            rule.tests(claim, timing.logarithms, reported),
            timing.logarithms.keys() >= reported.keys(),
        )
        for timing in timings
    ]
    texts = [
        f"{timing.device}: "
        + (
            rule.told(claim, timing.logarithms, tested, level)
            if timing.decides
            else "the repeats say nothing of the spread"
        )
        for timing, tested in zip(timings, devices, strict=True)
    ]
    ratios = {timing.device: timing.rounded_ratios for timing in timings}
    if not any(timing.decides for timing in timings):
        return Verdict(claim.id, Outcome.INSUFFICIENT_SEEDS, "; ".join(texts), {"ratios": ratios})
    outcome, p = _decided(
        rule,
        max(tested.all_claimed for tested in devices),
        max(tested.any_contrary for tested in devices),
        level,
    )
    details: dict[str, Any] = {
        "ratios": ratios,
        "p_value": rounded_p(min(1.0, p * (1 if rule.tost else 2))),
        "level": claim.level,
    }
    if rule.tost:
        details["cell_verdicts"] = {
            name: _decided(
                rule,
                max(tested.claimed.get(name, 1.0) for tested in devices),
                max(tested.contrary.get(name, 1.0) for tested in devices),
                level,
            )[0]
            for name in reported
        }
    return Verdict(claim.id, outcome, "; ".join(texts), details)


@dataclass(frozen=True)
class _Tested:
    """The cells of a device, tested for a claim.

    Args:
        p_values: cell → one-sided p-values of the claim and of its contrary.
        complete: whether every cell of the table was timed: what was not, shows nothing.
    """

    p_values: Mapping[str, tuple[float, float]]
    complete: bool

    @property
    def claimed(self) -> dict[str, float]:
        """Cell → p-value of the claim, each by itself."""
        return {name: claimed for name, (claimed, _) in self.p_values.items()}

    @cached_property
    def contrary(self) -> dict[str, float]:
        """Cell → p-value of the contrary, after Holm's correction over the cells."""
        corrected = holm([contrary for _, contrary in self.p_values.values()])
        return dict(zip(self.p_values, corrected, strict=True))

    @property
    def all_claimed(self) -> float:
        """The p-value that every cell is as claimed."""
        return max(self.claimed.values(), default=1.0) if self.complete else 1.0

    @property
    def any_contrary(self) -> float:
        """The p-value that some cell is not."""
        return min(self.contrary.values(), default=1.0)

    def shown(self, level: float) -> int:
        """How many cells are shown to be as claimed, each by itself."""
        return sum(p <= level for p in self.claimed.values())

    def refuting(self, level: float) -> list[str]:
        """The cells that speak against the claim."""
        return [name for name, p in self.contrary.items() if p <= level]


@dataclass(frozen=True)
class _Rule:
    """How one kind of claim is decided.

    Args:
        holds, fails: the verdicts for the claim and against it.
        tests: claim, cells, reported ratios → cell → p of the claim, p of the contrary.
        told: claim, cells, their p-values, the level of each → what came out, for people.
        tost: whether the claim's level is that of each of two one-sided tests, or two-sided.
    """

    holds: Outcome
    fails: Outcome
    tests: Callable[
        [Claim, Mapping[str, Estimate], Mapping[str, float]], dict[str, tuple[float, float]]
    ]
    told: Callable[[Claim, Mapping[str, Estimate], _Tested, float], str]
    tost: bool = False


def _decided(rule: _Rule, claimed: float, contrary: float, level: float) -> tuple[Outcome, float]:
    """The verdict and its one-sided p-value; of an open one the smaller."""
    if claimed <= level:
        return rule.holds, claimed
    if contrary <= level:
        return rule.fails, contrary
    return Outcome.INCONCLUSIVE, min(claimed, contrary)


def _close(
    claim: Claim, cells: Mapping[str, Estimate], _reported: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    limit = math.log(1 + claim.margin / 100)
    return {name: (found.p_below(limit), found.p_above(limit)) for name, found in cells.items()}


def _close_told(claim: Claim, cells: Mapping[str, Estimate], tested: _Tested, level: float) -> str:
    worst = max(cells, key=lambda name: cells[name].value)
    limit = f"{1 + claim.margin / 100:g}"
    text = f"the largest ratio is {math.exp(cells[worst].value):.3f} ({worst}); {limit} is allowed"
    beyond = tested.refuting(level)
    return text + (f"; above it after Holm's correction: {', '.join(beyond)}" * bool(beyond))


def _less_for_large_batches(
    _claim: Claim, cells: Mapping[str, Estimate], _reported: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    more = {
        name: independent_difference(found, cells[_smallest_of(name)])
        for name, found in cells.items()
        if name != _smallest_of(name)
    }
    return {name: (found.p_below(0.0), found.p_above(0.0)) for name, found in more.items()}


def _less_told(_claim: Claim, _cells: Mapping[str, Estimate], tested: _Tested, level: float) -> str:
    return (
        f"shown to be less in {tested.shown(level)} of {len(tested.claimed)} cells, each by "
        f"itself, and more in {len(tested.refuting(level))}, after Holm's correction"
    )


def _as_reported(
    claim: Claim, cells: Mapping[str, Estimate], reported: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    margin = claim.margin / 100
    found = {}
    for name, ratio in cells.items():
        low, high = math.log(reported[name] - margin), math.log(reported[name] + margin)
        within = max(ratio.p_above(low), ratio.p_below(high))
        found[name] = within, ratio.p_outside(low, high)
    return found


def _as_reported_told(
    claim: Claim, cells: Mapping[str, Estimate], tested: _Tested, level: float
) -> str:
    return (
        f"{tested.shown(level)} of {len(cells)} ratios met within ±{claim.margin / 100:g}, "
        f"{len(tested.refuting(level))} missed after Holm's correction (least p "
        f"{p_text(tested.any_contrary)})"
    )


_RULES = {
    "close": _Rule(Outcome.ORDER_HOLDS, Outcome.ORDER_REVERSED, _close, _close_told),
    "less_for_large_batches": _Rule(
        Outcome.ORDER_HOLDS, Outcome.ORDER_REVERSED, _less_for_large_batches, _less_told
    ),
    "as_reported": _Rule(
        Outcome.REPRODUCED, Outcome.DIFFERS, _as_reported, _as_reported_told, tost=True
    ),
}


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
    texts = [
        f"ours {device['ratios'][cell.label][0]:.3f} on {device['device']}"
        for device in (result["evidence"]["devices"] if result else [])
        if cell.label in device["ratios"]
    ]
    margin = f"margin ±{claim.margin / 100:g}"
    shown = f"paper {cell.ratio:.3f}, {'; '.join(texts) or 'no time'}, {margin}"
    found = verdict.details.get("cell_verdicts")
    if found is None:  # nothing was tested
        return Verdict(claim.id, verdict.outcome, verdict.summary), shown
    return Verdict(claim.id, Outcome(found[cell.label]), f"{cell.label}: {shown}"), shown


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
                "ratios": timing.rounded_ratios,
            }
            for timing in timings
        ],
    }
