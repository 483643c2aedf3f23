"""A method that no table names, beside those of one: its runs, and what they say.

It is one more row of the stage :data:`STAGE`, trained as the others are, with the same seeds; so
their records serve.  Nothing was declared of it: what is found is exploratory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zerosnet.experiments.planned import PlannedRow
from zerosnet.experiments.precisions import in_one_precision
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.rows import all_tables, plan, table_of
from zerosnet.experiments.trained_stages import EXPERIMENTS, Tables
from zerosnet.files.paths import paper_folder
from zerosnet.judging.evidence import RowEvidence, gather
from zerosnet.judging.judge import judge
from zerosnet.judging.statistics import holm, rounded_p
from zerosnet.judging.verdict import Verdict
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.paper.claims import ANY, DECIDING, Claim

#: PreResNet and the paper's ZeroSNets, in every profile.
STAGE = "against_preresnet"


@dataclass(frozen=True)
class Rival:
    """A row that a method is held against.

    Args:
        row: what was measured of it.
        verdict: on "the method is more accurate than this row", decided by itself.
        p_corrected: its two-sided p-value after Holm's correction over all rivals; ``None`` where
            there is none.
    """

    row: RowEvidence
    verdict: Verdict
    p_corrected: float | None


@dataclass(frozen=True)
class Beside:
    """A method and its rivals, by what is on record."""

    method: RowEvidence
    rivals: tuple[Rival, ...]


def plan_beside(
    method: LinearMultistep,
    profile: Profile,
    root: Path,
    here: Callable[[], str] | None = None,
) -> tuple[PlannedRow, ...]:
    """The rows of :data:`STAGE` that are other networks, and that of a method, which is the last.

    Args:
        method: that is held against them.
        profile: that says how the stage is run.
        root: of the project.
        here: see :func:`~zerosnet.experiments.rows.plan_stage`.

    Raises:
        SuiteError: the profile does not say how to run the stage, its table is missing, or no such
            network is possible.
    """
    entry = {STAGE: replace(profile.tables[STAGE], only={})} if STAGE in profile.tables else {}
    *others, own = plan(
        EXPERIMENTS[STAGE],
        replace(profile, tables=entry),
        _with_row(method, all_tables(root)),
        paper_folder(root) / "recipes.yaml",
    )
    keys = {run.key for run in own.runs}
    others = [row for row in others if keys.isdisjoint(run.key for run in row.runs)]
    return in_one_precision([*others, own], root / "results", profile.name, here)


def _with_row(method: LinearMultistep, tables: Tables) -> Tables:
    """The tables, that of :data:`STAGE` with a row for the method below the others."""
    table = table_of(EXPERIMENTS[STAGE], tables)
    usual = dict.fromkeys(table.columns, "") | {
        name: table.rows[0][name] for name in ("dataset", "n_layers")
    }
    coefficients = " ".join(map(str, (*method.alphas, method.beta)))
    own = {**usual, "row": method.label, "method": coefficients}
    return {**tables, table.name: replace(table, rows=(*table.rows, own))}


def judge_beside(
    planned: Sequence[PlannedRow], profile: Profile, root: Path, method: LinearMultistep
) -> Beside:
    """What the records say of planned rows (:func:`plan_beside`).

    Raises:
        SuiteError: a record is damaged.
    """
    tables = _with_row(method, all_tables(root))
    experiment = EXPERIMENTS[STAGE]
    table = table_of(experiment, tables)
    evidence = gather(experiment, table, planned, profile, root / "results")
    *others, own = evidence.rows
    verdicts = [judge(_more_accurate(own, row, profile), evidence) for row in others]
    return Beside(
        own,
        tuple(
            Rival(row, verdict, p)
            for row, verdict, p in zip(others, verdicts, corrected_over(verdicts), strict=True)
        ),
    )


def corrected_over(verdicts: Sequence[Verdict]) -> list[float | None]:
    """Holm's p-values; what was not tested has none and is not of the family."""
    found = [verdict.details.get("p_value") for verdict in verdicts]
    family = {number: p for number, p in enumerate(found) if p is not None}
    corrected = dict(zip(family, holm([*family.values()]), strict=True))
    return [None if p is None else rounded_p(corrected[number]) for number, p in enumerate(found)]


def _more_accurate(own: RowEvidence, row: RowEvidence, profile: Profile) -> Claim:
    """What is asked, in the form of a claim; no file holds it."""
    return Claim(
        id=own.label,
        stage=STAGE,
        statement=f"{own.label} is more accurate than {row.label}.",
        quote="",
        place="",
        kind="order",
        decided_from=profile.name if profile.name in DECIDING else DECIDING[0],
        images=ANY,
        rows={"row": [own.label, row.label]},
        favoured={"row": own.label},
    )
