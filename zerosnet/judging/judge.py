"""From evidence to a verdict, one claim at a time, by the rule that the claim declared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean

from zerosnet.judging.cells import check_cells
from zerosnet.judging.comparing import compare
from zerosnet.judging.evidence import TableEvidence
from zerosnet.judging.predicting import predict
from zerosnet.judging.ranking import rank
from zerosnet.judging.verdict import Measured, Outcome, Verdict, admit
from zerosnet.judging.wording import points
from zerosnet.paper.claims import Claim
from zerosnet.training.selection import PRIMARY, SELECTIONS


def judge(claim: Claim, evidence: TableEvidence, reported: int = 0) -> Verdict:
    """The verdict on a claim that compares or bounds what the runs at hand measured.

    Args:
        reported: of kind ``equivalence``, how many numbers the paper reports for the claim; a
            profile may leave some of their rows out.
    """
    admitted = admit(claim, evidence)
    if isinstance(admitted, Verdict):
        return admitted
    return judge_measured(claim, replace(admitted, reported=reported))


def judge_measured(claim: Claim, evidence: Measured) -> Verdict:
    """Decide such a claim as it was declared."""
    unequal = _unequal_fits(claim, evidence)
    if unequal is not None:
        return unequal
    decide = _JUDGES[claim.kind]
    primary = decide(claim, evidence, PRIMARY)
    by_selection = {name: decide(claim, evidence, name) for name in SELECTIONS if name != PRIMARY}
    others = {name: verdict.outcome for name, verdict in by_selection.items()}
    details = {"selection": PRIMARY, "rows_compared": len(evidence.table.rows), **primary.details}
    details["sensitivity"] = {**primary.details.get("sensitivity", {}), **others}
    for name, verdict in by_selection.items():
        for cell, choices in details.get("cell_sensitivity", {}).items():
            choices[name] = verdict.details["cell_verdicts"][cell]
    diverged = {row.label: len(row.diverged) for row in evidence.table.rows if row.diverged}
    if diverged:
        details["diverged"] = diverged
    return Verdict(claim.id, primary.outcome, primary.summary, details)


def _unequal_fits(claim: Claim, evidence: Measured) -> Verdict | None:
    """What presupposes equal fits of the training images cannot be tested where they differ."""
    if not claim.fit_within:
        return None
    fits: dict[int, list[float]] = {}
    for row in evidence.table.rows:
        if values := row.measured[PRIMARY].get("train") or row.training[PRIMARY]:
            fits.setdefault(row.layers, []).append(fmean(values.values()))
    ranges = [(max(means) - min(means), depth) for depth, means in fits.items()]
    widest, depth = max(ranges, default=(0.0, 0))
    if widest <= claim.fit_within:
        return None
    low, high = min(fits[depth]), max(fits[depth])
    return Verdict(
        claim.id,
        Outcome.NOT_TESTABLE_HERE,
        f"at {depth} layers the rows fit from {low:.0f} to {high:.0f} % of their training images; "
        f"to be compared they may differ by {points(claim.fit_within)}",
        {"fits": [round(low, 4), round(high, 4)], "layers": depth},
    )


def _by_cells(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    level = evidence.level(claim)
    return check_cells(claim, evidence.table, selection, level, evidence.reported)


def _in_every_run(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Whether a value keeps to its bounds in every run: of these runs, no others.

    A run that diverged has no value, so that it is open of it.
    """
    found = {
        f"{row.name}, seed {seed}": value
        for row in evidence.table.rows
        for seed, value in sorted(row.values(claim.value, selection).items())
    }
    if not found:
        return Verdict(claim.id, Outcome.INSUFFICIENT_SEEDS, "no run completed")
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    outside = {name: value for name, value in found.items() if not low <= value <= high}
    values = sorted(found.values())
    lost = sum(len(row.diverged) for row in evidence.table.rows)
    held = Outcome.INCONCLUSIVE if lost else Outcome.IN_EVERY_RUN
    return Verdict(
        claim.id,
        Outcome.NOT_IN_EVERY_RUN if outside else held,
        f"so in {len(found) - len(outside)} of {len(found)} runs"
        f"{f', {lost} diverged' if lost else ''}; "
        f"{_IN_EVERY_RUN[claim.value]} {_from_to(values[0], values[-1])}",
        {"outside": outside},
    )


def _from_to(low: float, high: float) -> str:
    """A range for people; one number where it is one."""
    ends = [f"{value:.2f}".removesuffix(".00").replace("-", "−") for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"from {ends[0]} to {ends[1]}"


#: Value → what it is, for statements about every run.
_IN_EVERY_RUN = {
    "inside": "percent of the blocks that end inside",
    "lowest": "the lowest parameter of a run",
    "highest": "the highest parameter of a run",
}


_JUDGES: dict[str, Callable[[Claim, Measured, str], Verdict]] = {
    "order": compare,
    "alike": compare,
    "as_good": compare,
    "best": rank,
    "equivalence": _by_cells,
    "every_run": _in_every_run,
    "predicts": predict,
}
