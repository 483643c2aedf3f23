"""What a profile would cost and what it could decide, before it is run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING

from zerosnet.experiments.profiles import Profile, load_profile
from zerosnet.experiments.records import environment, training_record
from zerosnet.experiments.rows import (
    EXPERIMENTS,
    Experiment,
    PlannedRow,
    all_tables,
    distinct_runs,
    plan_stage,
)
from zerosnet.files.names import known_name
from zerosnet.files.paths import paper_folder
from zerosnet.files.progress import duration
from zerosnet.judging.stages import claims_of, trained_stage
from zerosnet.judging.statistics import Spread, tost_power
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.operations import TRAINING_PASSES, forward_operations
from zerosnet.paper.claims import DECIDING, load_claims
from zerosnet.paper.tables import REPORTED_RUNS, Table, number
from zerosnet.training.runs import Run
from zerosnet.training.work import work_of

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class StagePlan:
    """What one stage needs.

    Args:
        stage: its name.
        runs: all runs that it needs.
        missing: those without a record.
        shared: how many of the missing ones an earlier stage of the plan trains, too.
        borrowed: what the protocol does not say and takes from another, for people.
        power: claim → chance that its equivalence test accepts a cell where nothing differs.
    """

    stage: str
    runs: int
    missing: tuple[Run, ...]
    shared: int
    borrowed: tuple[str, ...]
    power: dict[str, float]


def plan_of(profile: Profile, root: Path, stages: Sequence[str] = ()) -> list[StagePlan]:
    """The plan of a profile, all stages or some.

    Args:
        profile: that is planned.
        root: of the project.
        stages: names of stages or claims; all stages that train, if none.

    Raises:
        SuiteError: a name is unknown, or the profile cannot run it.
    """
    tables = all_tables(root)
    planned: list[StagePlan] = []
    seen: set[str] = set()
    for stage in stages_of(stages, root) or EXPERIMENTS:
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
                tuple(
                    dict.fromkeys(
                        f"{run.recipe.protocol} takes {what}"
                        for run in runs
                        for what in run.recipe.borrowed
                    )
                ),
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


def stages_of(names: Sequence[str], root: Path) -> list[str]:
    """Stages that train, from stages and claims in any case; claims stand for their stage.

    Raises:
        SuiteError: a name is neither, or a claim needs no training.
    """
    claims = {claim.id: claim for claim in load_claims(paper_folder(root) / "claims.yaml")}
    stages = dict.fromkeys([*EXPERIMENTS, *(claim.stage for claim in claims.values())])
    found = []
    for name in names:
        problem = f"stage or claim {name!r} is unknown"
        known = known_name(name, [*stages, *claims], problem, "reports/claims.md")
        found.append(claims[known].stage if known in claims else known)
    return list(dict.fromkeys(trained_stage(stage).stage for stage in found))


@dataclass(frozen=True)
class Rate:
    """How fast a device trains.

    Args:
        operations: floating-point operations a second, in training.
        source: where the number comes from, for people.
    """

    operations: float
    source: str

    def seconds(self, run: Run) -> float:
        """What a run will take, about."""
        return work_of(run) / self.operations


def rate_here(root: Path, device: torch.device) -> Rate:
    """How fast this device trains: by the records that it has made, else by a short measurement."""
    import torch

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    here = environment(name)
    speeds = {}
    for profile_name in DECIDING:
        profile = load_profile(root / "params.yaml", profile_name)
        rows = [row for stage in EXPERIMENTS for row in plan_stage(stage, profile, root)]
        for run in distinct_runs(rows):
            record = training_record(root / "results", profile.name, run)
            if record is not None and all(
                record["environment"][key] == here[key] for key in ("device", "processor")
            ):
                speed = work_of(run) / max(record["wall_seconds"], 0.05)
                speeds[profile.name, run.key] = speed
    if speeds:
        return Rate(
            median(speeds.values()), f"the median of {len(speeds)} runs on record of this device"
        )
    return Rate(_measured_speed(device), "measured now on a few steps, in float32")


def _measured_speed(device: torch.device) -> float:
    """Training steps of ZeroSNet-20 on 16×16 images, timed for a second or so."""
    from zerosnet.measuring.runtime import Cell, time_cell

    seconds = time_cell(Cell("training", 128), 3, 16, 3, device)["ZeroSNet20"]
    forward = forward_operations(Architecture(ZEROSNET_OPT, 20), 3, 16, 10)
    return TRAINING_PASSES * 128 * forward / min(seconds)


def as_text(plans: Sequence[StagePlan], rate: Rate, profile: str) -> str:
    """The plan for people."""
    lines = [f"profile {profile}"]
    counted: dict[str, Run] = {}
    for plan in plans:
        own = [run for run in plan.missing if run.key not in counted]
        counted |= {run.key: run for run in own}
        shared = f" ({plan.shared} shared with a stage above)" if plan.shared else ""
        cost = f", about {duration(sum(map(rate.seconds, own)))}" if own else ""
        lines.append(
            f"  {plan.stage}: {plan.runs} runs, {plan.runs - len(plan.missing)} on record, "
            f"{len(plan.missing)} to train{shared}{cost}"
        )
        lines += [f"    {what}" for what in plan.borrowed]
        lines += [
            f"    {claim}: power {power:.2f} a cell at the seeds planned"
            for claim, power in plan.power.items()
        ]
    total = sum(map(rate.seconds, counted.values()))
    lines.append(
        f"{len(counted)} runs to train, about {duration(total)} on this device, one after the other"
        f"\n({rate.operations / 1e9:,.0f} billion operations a second: {rate.source})"
    )
    return "\n".join(lines)
