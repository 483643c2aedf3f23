"""What a profile would cost and what it could decide, before it is run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from zerosnet.experiments import EXPERIMENTS, Experiment, PlannedRow, paper_tables, plan_stage
from zerosnet.profiles import Profile
from zerosnet.progress import duration
from zerosnet.records import training_record
from zerosnet.runs import Run
from zerosnet.stages import claims_of
from zerosnet.statistics import Spread, tost_power
from zerosnet.sweep import distinct_runs
from zerosnet.tables import REPORTED_RUNS, Table, number


@dataclass(frozen=True)
class StagePlan:
    """What one stage needs.

    Args:
        stage: its name.
        runs: all runs that it needs.
        missing: those without a record.
        shared: how many of the missing ones an earlier stage of the plan trains, too.
        power: claim → chance that its equivalence test accepts a cell where nothing differs.
    """

    stage: str
    runs: int
    missing: tuple[Run, ...]
    shared: int
    power: dict[str, float]


def plan_of(profile: Profile, root: Path, stages: Sequence[str] = ()) -> list[StagePlan]:
    """The plan of a profile, all stages or some.

    Raises:
        SuiteError: a stage is unknown, or the profile cannot run it.
    """
    tables = paper_tables(root)
    planned: list[StagePlan] = []
    seen: set[str] = set()
    for stage in stages or EXPERIMENTS:
        rows = plan_stage(stage, profile, root)
        runs = distinct_runs(rows)
        missing = tuple(
            run for run in runs if training_record(root / "results", profile.name, run) is None
        )
        planned.append(
            StagePlan(
                stage,
                len(runs),
                missing,
                sum(run.key in seen for run in missing),
                _power(EXPERIMENTS[stage], tables[EXPERIMENTS[stage].table], rows, profile, root),
            )
        )
        seen |= {run.key for run in missing}
    return planned


def _power(
    experiment: Experiment,
    table: Table,
    rows: Sequence[PlannedRow],
    profile: Profile,
    root: Path,
) -> dict[str, float]:
    """By the standard deviations that the paper reports, pooled over the rows that are run."""
    deviations = [
        sd
        for row in rows
        for column in table.columns
        if column.endswith("_acc_std_pct") and (sd := number(row.row, column)) is not None
    ]
    if not deviations:
        return {}
    pooled = math.sqrt(fmean(sd * sd for sd in deviations))
    seeds = min(len(row.runs) for row in rows)
    spread = Spread(pooled, max(1, len(deviations) * (seeds - 1)))
    return {
        claim.id: tost_power(claim.margin, seeds, REPORTED_RUNS, spread)
        for claim in claims_of(experiment.stage, root)
        if claim.kind == "equivalence" and claim.decidable_in(profile.name)
    }


def seconds_a_run(profile: Profile, root: Path) -> float | None:
    """Mean wall time of the runs of a profile on record, or ``None`` where there is none."""
    found = [
        record["wall_seconds"]
        for stage in EXPERIMENTS
        for run in distinct_runs(plan_stage(stage, profile, root))
        if (record := training_record(root / "results", profile.name, run)) is not None
    ]
    return fmean(found) if found else None


def as_text(plans: Sequence[StagePlan], seconds: float | None, profile: str) -> str:
    """The plan for people."""
    lines = [f"profile {profile}"]
    for plan in plans:
        own = len(plan.missing) - plan.shared
        shared = f" ({plan.shared} shared with a stage above)" if plan.shared else ""
        cost = f", about {duration(own * seconds)}" if seconds is not None and own else ""
        lines.append(
            f"  {plan.stage}: {plan.runs} runs, {plan.runs - len(plan.missing)} on record, "
            f"{len(plan.missing)} to train{shared}{cost}"
        )
        lines += [
            f"    {claim}: power {power:.2f} a cell at the seeds planned"
            for claim, power in plan.power.items()
        ]
    total = len({run.key for plan in plans for run in plan.missing})
    if seconds is None:
        lines.append(f"{total} runs to train; no run of this profile is on record to tell the time")
    else:
        lines.append(
            f"{total} runs to train, about {duration(total * seconds)} at {seconds:.0f} s a run "
            "(the mean of those on record, on the machines that made them)"
        )
    return "\n".join(lines)
