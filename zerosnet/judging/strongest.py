"""Which verdict on a claim counts where nobody names a profile.

The strongest profile that has evidence on all that the claim is about: one that leaves out some of
a claim's rows decides less than the claim says, and does not stand before one that has more.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerosnet.judging.exact import without_runs
from zerosnet.judging.stages import THEORY, load_result
from zerosnet.judging.verdict import NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.claims import DECIDING, Claim

#: Profile → a stage's result there, from the weakest profile.
Stored = Mapping[str, Mapping[str, Any]]


def stored_results(stage: str, root: Path, profile: str | None = None) -> dict[str, dict[str, Any]]:
    """A stage's results on record, by profile.

    Args:
        stage: its name.
        root: of the project.
        profile: whose result alone is wanted; every one that can decide a claim, if none.

    Raises:
        SuiteError: a result is damaged.
    """
    names = DECIDING if profile is None else (profile,)
    found = {name: load_result(root / "results", stage, name) for name in names}
    return {name: result for name, result in found.items() if result is not None}


def strongest(verdicts: Mapping[str, Verdict]) -> str:
    """The profile whose verdict counts.

    Args:
        verdicts: profile → its verdict on one claim, from the weakest profile; at least one.

    Returns:
        Of the profiles with evidence on most rows the strongest; where none has any, the first.
    """
    evident = {
        name: int(found.details.get("rows_compared", 0))
        for name, found in verdicts.items()
        if found.outcome not in NO_EVIDENCE
    }
    most = max(evident.values(), default=0)
    complete = [name for name, rows in evident.items() if rows == most]
    return complete[-1] if complete else next(iter(verdicts))


def verdict_on(claim: Claim, stored: Stored, root: Path) -> tuple[Verdict, str]:
    """The verdict on a claim, and the profile that gave it, ``theory`` where it is decided here.

    Args:
        claim: any; what needs no runs is decided anew.
        stored: of the claim's stage; see :func:`stored_results`.
        root: of the project.
    """
    if not claim.needs_runs:
        return without_runs(claim, root), THEORY
    verdicts = {
        name: Verdict.from_json(entry)
        for name, result in stored.items()
        for entry in result["verdicts"]
        if entry["claim"] == claim.id
    }
    if not verdicts:
        summary = "no result is on record"
        if stored:
            name = next(iter(stored))
            summary = (
                f"the results of {claim.stage} are older than the claim: type "
                f"`python -m zerosnet judge {claim.stage} --profile {name}`"
            )
        return Verdict(claim.id, Outcome.NOT_RUN, summary), claim.decided_from
    name = strongest(verdicts)
    return verdicts[name], name
