"""Claims that need no runs: who decides each, and its decision as a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper, load_paper
from zerosnet.theory.decision import Decision
from zerosnet.theory.recompute import mean_drop

Decisions = Mapping[str, Callable[[Claim, Paper], Decision]]


def decide(claim: Claim, root: Path, paper: Paper | None = None) -> Decision:
    """Decide a claim that needs no runs.

    Args:
        claim: to be decided.
        root: of the project.
        paper: what it is decided from, if not the files of the project.

    Raises:
        SuiteError: the claim has no decision procedure.
    """
    paper = paper or load_paper(paper_folder(root))
    if claim.recompute:
        return mean_drop(claim, paper)
    for decisions in _deciding():
        if claim.id in decisions:
            return decisions[claim.id](claim, paper)
    raise SuiteError(f"claim {claim.id} is of kind {claim.kind}, but nothing decides it")


def _deciding() -> Iterator[Decisions]:
    """Claim → what decides it, from the modules that load little to those that load much."""
    from zerosnet.judging import audit, audit_orders, documented

    yield from (audit.DECISIONS, audit_orders.DECISIONS, documented.DECISIONS)
    from zerosnet.theory import (  # these load sympy
        activated_gradients,
        discretizations,
        gauge,
        loss_deformation,
        optimal,
        statements,
        tables_of_methods,
    )

    yield from (statements.DECISIONS, tables_of_methods.DECISIONS, optimal.DECISIONS)
    yield from (activated_gradients.DECISIONS, loss_deformation.DECISIONS)
    yield from (discretizations.DECISIONS, gauge.DECISIONS)
    # These look at networks, and so load PyTorch.
    from zerosnet.networks import activation_storage, identities, parameter_counts

    yield from (parameter_counts.DECISIONS, identities.DECISIONS, activation_storage.DECISIONS)


def without_runs(claim: Claim, root: Path, paper: Paper | None = None) -> Verdict:
    """The verdict on a claim that needs no runs, decided here and now; see :func:`decide`."""
    if claim.kind == "literature":
        return Verdict(claim.id, Outcome.BLOCKED, claim.reason)
    return verdict_of(claim, decide(claim, root, paper))


def verdict_of(claim: Claim, decision: Decision) -> Verdict:
    """A decision as a verdict: on a theorem or a count, or on what is printed."""
    holds, fails = (
        (Outcome.CONSISTENT_WITH_PRINTED, Outcome.INCONSISTENT_WITH_PRINTED)
        if claim.kind == "recomputed"
        else (Outcome.PROVED, Outcome.REFUTED)
    )
    return Verdict(
        claim.id,
        holds if decision.holds else fails,
        decision.summary,
        {"certificate": list(decision.certificate), **decision.data},
    )
