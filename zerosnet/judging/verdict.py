"""Verdicts: what is said of a claim, on which evidence, and what may not be said.

A smoke run cannot give a verdict, by type: the judges (:mod:`zerosnet.judging.judge`) take
:class:`Measured` evidence, and :func:`admit` makes none from a smoke profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from zerosnet.data.catalogue import data_set
from zerosnet.experiments.profiles import SMOKE
from zerosnet.judging.looks import level_at
from zerosnet.paper.claims import ANY, Claim
from zerosnet.paper.outcomes import FAILS, HOLDS, NO_EVIDENCE, Outcome
from zerosnet.training.selection import PRIMARY

if TYPE_CHECKING:  # evidence needs torch; what is decided without runs does not wait for it
    from zerosnet.judging.evidence import TableEvidence

__all__ = ["FAILS", "HOLDS", "NO_EVIDENCE", "Measured", "Outcome", "Verdict", "admit"]


@dataclass(frozen=True)
class Verdict:
    """What is said of one claim.

    Args:
        claim: its id.
        outcome: the verdict.
        summary: one sentence with the numbers that decide.
        details: JSON-able: intervals, p-values, sensitivity, certificate.
    """

    claim: str
    outcome: Outcome
    summary: str
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a results file."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Verdict:
        """As read from a results file."""
        return cls(
            content["claim"],
            Outcome(content["outcome"]),
            content["summary"],
            dict(content["details"]),
        )


@dataclass(frozen=True)
class Measured:
    """Evidence that a verdict may rest on: runs of a profile that is not ``smoke``, all there.

    Args:
        table: of the rows that the claim is about.
        reported: how many numbers the paper reports for the claim, in rows at hand or not.
    """

    table: TableEvidence
    reported: int = 0

    def __post_init__(self) -> None:
        if self.table.profile == SMOKE:
            raise TypeError("a smoke run is no evidence about the paper")

    def level(self, claim: Claim) -> float:
        """The claim's level, less where runs were looked at before all seeds were there."""
        return level_at(claim.level, self.table.looks)


def admit(claim: Claim, evidence: TableEvidence) -> Measured | Verdict:
    """The evidence, where it may decide the claim; else why it may not, as a verdict."""

    def no(outcome: Outcome, summary: str) -> Verdict:
        return Verdict(claim.id, outcome, summary)

    if evidence.profile == SMOKE:
        return no(Outcome.SMOKE, "a smoke run exercises the code and says nothing about the paper")
    if not claim.decidable_in(evidence.profile):
        return no(
            Outcome.NOT_RUN,
            f"needs profile `{claim.decided_from}`; these runs are `{evidence.profile}`",
        )
    rows = tuple(row for row in evidence.rows if claim.is_about(row.cells, row.data_set))
    if not rows:
        return no(Outcome.NOT_RUN, f"the profile {evidence.profile} leaves its rows out")
    if claim.kind == "equivalence":
        # Cells are checked one by one; what some of them lack does not concern the others.
        other = [] if any(row.same_images for row in rows) else list(rows)
    else:
        other = [row for row in rows if not (row.same_data_set or claim.images == ANY)]
    if other:
        return no(
            Outcome.BLOCKED,
            f"measured on {', '.join(dict.fromkeys(row.images for row in other))}, "
            f"{'reported on' if claim.kind == 'equivalence' else 'stated of'} "
            f"{', '.join(dict.fromkeys(row.data_set for row in other))}: not the same images",
        )
    wanted = len(rows) * evidence.seeds_planned
    # At the best setting a completed run may lack the value; held-out accuracy it always has.
    counted = "held_out" if claim.best_over else claim.value
    have = sum(len(row.values(counted, PRIMARY)) + len(row.diverged) for row in rows)
    # Images that some run has been trained on were at hand.
    at_hand = {row.images for row in evidence.rows if row.keys}
    absent = [row.images for row in rows if row.optional and row.images not in at_hand]
    if have == 0 and absent:
        return no(
            Outcome.BLOCKED,
            f"no run is on record, and {absent[0]} may be missing: {data_set(absent[0]).obtain}",
        )
    trained = sum(len(row.keys) for row in rows)
    if have == 0 and trained:
        return no(Outcome.NOT_RUN, f"{trained} of {wanted} runs are trained and not yet measured")
    if have == 0:
        return no(Outcome.NOT_RUN, f"none of {wanted} runs is on record")
    if have < wanted and claim.kind != "equivalence":
        return no(Outcome.INSUFFICIENT_SEEDS, f"{have} of {wanted} runs are on record")
    return Measured(replace(evidence, rows=rows))
