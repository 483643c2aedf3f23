"""What a profile would cost and what it could decide, before it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from zerosnet.data.catalogue import data_set
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import Profile, load_profile
from zerosnet.experiments.records import TRAINING, environment, seconds_of, training_record
from zerosnet.experiments.rows import all_tables, plan_stage, table_of
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.names import known_name
from zerosnet.files.paths import paper_folder
from zerosnet.files.progress import duration, say
from zerosnet.judging.planned_power import PlannedPower, planned_power
from zerosnet.judging.stages import claims_of, trained_stage
from zerosnet.paper.claims import DECIDING, load_claims
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.runs import Run
from zerosnet.training.work import is_small, threads_for, use_threads, work_of

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
        power: claim about reported numbers → the chance that they come out again where nothing
            differs; ``None`` where the paper prints no deviation.
        switched: keys of those that are in float32 because of this machine.
    """

    stage: str
    runs: int
    missing: tuple[Run, ...]
    shared: int
    borrowed: tuple[str, ...]
    power: dict[str, PlannedPower | None]
    switched: frozenset[str] = frozenset()


def plan_of(
    profile: Profile,
    root: Path,
    stages: Sequence[str] = (),
    here: Callable[[], str] | None = None,
) -> list[StagePlan]:
    """The plan of a profile, all stages or some.

    Args:
        profile: that is planned.
        root: of the project.
        stages: names of stages or claims; all stages that train, if none.
        here: see :func:`~zerosnet.experiments.rows.plan_stage`.

    Raises:
        SuiteError: a name is unknown, or the profile cannot run it.
    """
    tables, claims = all_tables(root), load_claims(paper_folder(root) / "claims.yaml")
    planned: list[StagePlan] = []
    seen: set[str] = set()
    wanted = stages_of(stages, root) or list(EXPERIMENTS)
    say(f"counting what {profile.name} needs and what is on record …")
    for stage in wanted:
        rows = plan_stage(stage, profile, root, here)
        runs = distinct_runs(rows)
        elsewhere = {run.key for run in distinct_runs(plan_stage(stage, profile, root))}
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
                planned_power(
                    claims_of(stage, root, claims),
                    EXPERIMENTS[stage],
                    table_of(EXPERIMENTS[stage], tables),
                    rows,
                    profile,
                ),
                frozenset(run.key for run in missing if run.key not in elsewhere),
            )
        )
        seen |= {run.key for run in missing}
    return planned


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
        known = known_name(
            name, [*stages, *claims], problem, "`dvc stage list` with reports/claims.md"
        )
        found.append(claims[known].stage if known in claims else known)
    return list(dict.fromkeys(trained_stage(stage).stage for stage in found))


@dataclass(frozen=True)
class Rate:
    """How fast a device trains in one precision.

    Args:
        operations: floating-point operations a second, in training.
        source: where the number comes from, for people.
    """

    operations: float
    source: str


@dataclass(frozen=True)
class Rates:
    """How fast a device trains.

    Args:
        by_kind: (precision, side of the images in pixels) → the rate, of those that are planned.
        wanted: the profile's precision.
    """

    by_kind: Mapping[tuple[str, int], Rate]
    wanted: str

    def seconds(self, run: Run, precision: str | None = None) -> float:
        """What a run will take, about; in its own precision, or in another."""
        kind = precision or _precision_of(run), _side_of(run)
        return work_of(run) / self.by_kind[kind].operations


def _precision_of(run: Run) -> str:
    """What ImageNet's recipe calls mixed is bfloat16 where the work is."""
    return "float32" if run.recipe.precision == "float32" else "bfloat16"


def _side_of(run: Run) -> int:
    """Pixels; small images keep a processor less busy than large ones."""
    return run.data.size or data_set(run.data.name).size


def rates_here(
    profile: Profile, plans: Sequence[StagePlan], root: Path, device: torch.device
) -> Rates:
    """How fast this device trains what is planned, and in what the profile says: by the records
    that it has made with as many threads as a run gets here, else by a short measurement.
    """
    missing = [run for plan in plans for run in plan.missing]
    # The wanted precision, too, where this machine takes another: what that costs is told.
    switched = {key for plan in plans for key in plan.switched}
    needed = {(_precision_of(run), _side_of(run)) for run in missing}
    needed |= {(profile.precision, _side_of(run)) for run in missing if run.key in switched}
    on_record = _speeds_on_record(root, device) if needed else {}
    found = {}
    for precision, side in sorted(needed):
        if speeds := on_record.get((precision, side)):
            source = f"the median of {len(speeds)} runs" if len(speeds) > 1 else "a run"
            rate = Rate(median(speeds), f"{source} on record of this device")
        else:
            from zerosnet.training.rates import LARGEST_SIDE, measured_rate

            use_threads(all(map(is_small, missing)))
            measured = measured_rate(precision, device, min(side, LARGEST_SIDE))
            gpus = _gpus_each(
                [
                    run
                    for run in missing
                    if (_precision_of(run), _side_of(run)) == (precision, side)
                ],
                device,
            )
            all_of_them = f" of one of {gpus} GPUs, which train each run together"
            source = f"measured on a few steps{all_of_them if gpus > 1 else ''}"
            rate = Rate(measured.operations * gpus, source)
        found[precision, side] = rate
    return Rates(found, profile.precision)


def _gpus_each(runs: Sequence[Run], device: torch.device) -> int:
    """How many GPUs train each of some runs: those of ImageNet take all that can share the work."""
    shards = {run.recipe.shards for run in runs if isinstance(run.recipe, ImageNetRecipe)}
    others = any(not isinstance(run.recipe, ImageNetRecipe) for run in runs)
    if device.type != "cuda" or others or not shards:
        return 1
    from zerosnet.sweeps.in_processes import processes_for

    return min(map(processes_for, shards))


def _speeds_on_record(root: Path, device: torch.device) -> dict[tuple[str, int], list[float]]:
    """Precision and side → operations a second of every run that was trained on such a device, and
    as it would be trained now: two at a time, with a thread each, a processor trains each more
    slowly.
    """
    import torch

    from zerosnet.training.arithmetic.machine import processor_facts

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    here = {**environment(name), **processor_facts()}
    speeds: dict[tuple[str, int], dict[tuple[str, str], float]] = {}
    for profile_name in DECIDING:
        if not any((root / "results" / profile_name / "runs").glob(f"*/{TRAINING}.json")):
            continue  # nothing to plan for
        profile = load_profile(root / "params.yaml", profile_name)
        rows = [row for stage in EXPERIMENTS for row in plan_stage(stage, profile, root)]
        for run in distinct_runs(rows):
            record = training_record(root / "results", profile.name, run)
            if record is None or not _is_of(record["environment"], here):
                continue
            threads = threads_for(is_small(run))
            if device.type != "cpu" or record["environment"].get("threads") == threads:
                speed = work_of(run) / max(seconds_of(record), 0.05)
                kind = _precision_of(run), _side_of(run)
                speeds.setdefault(kind, {})[profile.name, run.key] = speed
    return {kind: [*found.values()] for kind, found in speeds.items()}


def _is_of(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    """Whether a record's device is this one, with the same limits on what the processor uses."""
    # Records from before the limits were noted had none.
    known = {"cpu_capability": here["cpu_capability"], **recorded}
    same = ("device", "processor", "cpu_capability", "cpu_variables")
    return all(known.get(name) == here.get(name) for name in same)


def account_of(plans: Sequence[StagePlan], rates: Rates, profile: str) -> dict[str, Any]:
    """The plan as JSON-able data; seconds are what this device would take, about."""
    runs = {run.key: run for plan in plans for run in plan.missing}
    return {
        "profile": profile,
        "stages": [
            {
                "stage": plan.stage,
                "runs": plan.runs,
                "missing": [run.key for run in plan.missing],
                "shared": plan.shared,
                "seconds": round(sum(map(rates.seconds, plan.missing)), 1),
                "borrowed": list(plan.borrowed),
                "power": {claim: power and asdict(power) for claim, power in plan.power.items()},
                "switched": sorted(plan.switched),
            }
            for plan in plans
        ],
        "to_train": len(runs),
        "seconds": round(sum(map(rates.seconds, runs.values())), 1),
        "rates": [
            {
                "precision": precision,
                "side": side,
                "operations_a_second": rate.operations,
                "source": rate.source,
            }
            for (precision, side), rate in rates.by_kind.items()
        ],
    }


def as_text(plans: Sequence[StagePlan], rates: Rates, profile: str) -> str:
    """The plan for people."""
    lines = [f"profile {profile}"]
    counted: dict[str, Run] = {}
    for plan in plans:
        own = [run for run in plan.missing if run.key not in counted]
        counted |= {run.key: run for run in own}
        shared = f" ({plan.shared} shared with a stage above)" if plan.shared else ""
        cost = f", about {duration(sum(map(rates.seconds, own)))}" if own else ""
        lines.append(
            f"  {plan.stage}: {plan.runs} runs, {plan.runs - len(plan.missing)} on record, "
            f"{len(plan.missing)} to train{shared}{cost}"
        )
        lines += [f"    {what}" for what in plan.borrowed]
        lines += [
            f"    {claim}: {power.told}, at the seeds planned"
            if power
            else f"    {claim}: the paper prints no deviation, so its power is unknown"
            for claim, power in plan.power.items()
        ]
    runs = [*counted.values()]
    total = sum(map(rates.seconds, runs))
    lines.append(
        f"{len(runs)} runs to train, about {duration(total)} on this device, one after the other"
    )
    lines += [
        f"({precision}, {side}×{side} pixels: {rate.operations / 1e9:,.0f} billion operations a "
        f"second: {rate.source})"
        for (precision, side), rate in rates.by_kind.items()
    ]
    switched = {key for plan in plans for key in plan.switched}
    if switched & counted.keys():
        otherwise = sum(
            rates.seconds(run, rates.wanted if run.key in switched else None) for run in runs
        )
        lines.append(
            f"{len(switched & counted.keys())} of them in float32; all as the profile says, in "
            f"{rates.wanted}, would take about {duration(otherwise)} here"
        )
    return "\n".join(lines)
