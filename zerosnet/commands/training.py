"""``python -m zerosnet train``, ``measure`` and ``sweep``: what makes records.

Where all that is asked for is on record, none of them loads PyTorch.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosnet.commands.shared import (
    PrecisionHere,
    load_torch,
    profile_argument,
    profile_of,
    stage_arguments,
    stop_like_ctrl_c_when_terminated,
    workplace,
)
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import project_root
from zerosnet.files.progress import say

if TYPE_CHECKING:
    from zerosnet.experiments.planned import PlannedRow
    from zerosnet.experiments.profiles import Profile
    from zerosnet.measuring.measurements import Measurement
    from zerosnet.training.runs import Run


def add_parsers(commands: Any) -> None:
    """Add these commands to the command line."""
    train = commands.add_parser("train", help="train the runs of a table that are not on record")
    stage_arguments(train)
    training_arguments(train)
    train.set_defaults(func=train_stage)

    measure = commands.add_parser(
        "measure", help="measure a stage's trained networks (noise, attacks, …), or time networks"
    )
    stage_arguments(measure)
    _jobs_argument(measure)
    measure.set_defaults(func=measure_stage)

    sweep = commands.add_parser(
        "sweep",
        help="train and measure in one go all that a profile lacks; the stages then find it done",
        description="What `dvc repro` would do stage by stage, but for ImageNet and for times: "
        "each process loads PyTorch once, not once a stage.",
    )
    sweep.add_argument("stages", nargs="*", metavar="STAGE", help="all that train, if none")
    profile_argument(sweep)
    _jobs_argument(sweep)
    sweep.set_defaults(func=_sweep)


def _jobs_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", metavar="N", help="processes side by side (ZEROSNET_JOBS)")


def training_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how many processes train, and who starts them."""
    _jobs_argument(parser)
    parser.add_argument(
        "--launcher",
        metavar="NAME",
        help="who starts them: local (the default), ray or slurm (ZEROSNET_LAUNCHER)",
    )


def train_stage(arguments: argparse.Namespace, without_images: bool = False) -> int:
    """Train what a stage lacks, and write which records it rests on.

    Args:
        without_images: go on where none of what it lacks has its images here.
    """
    from zerosnet.data.catalogue import CATALOGUE
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.judging.stages import trained_stage
    from zerosnet.sweeps.launchers.choice import launcher_from
    from zerosnet.sweeps.missing import any_can_be_trained, runs_without_record
    from zerosnet.sweeps.side_by_side import jobs_from

    stop_like_ctrl_c_when_terminated()
    profile, root = profile_of(arguments), project_root()
    stage = trained_stage(arguments.stage).stage
    launcher, jobs = launcher_from(arguments.launcher), jobs_from(arguments.jobs)
    here = PrecisionHere(profile, launcher)
    rows, optional = plan_stage(stage, profile, root), profile.optional
    if without_images and not any_can_be_trained(rows, root / "results", profile.name):
        optional = tuple(CATALOGUE)
    else:
        rows = plan_stage(stage, profile, root, here)
    missing = runs_without_record(rows, root / "results", profile.name, optional)
    _clear_up(rows, profile)
    if missing and launcher == "local":
        _train_here(stage, missing, profile, jobs, here.asked)
    elif missing:
        load_torch()
        _launch(missing, profile, launcher, jobs)
    write_training_manifest(stage, rows, profile, root)
    return 0


def _launch(missing: list[Run], profile: Profile, launcher: str, jobs: int | None) -> None:
    """Train on other machines; runs that cannot be trained do not keep others from it."""
    from zerosnet.sweeps.launchers.ledger import NotAllTrainedError
    from zerosnet.sweeps.launchers.on_ray import train_on_ray
    from zerosnet.sweeps.launchers.on_slurm import train_on_slurm
    from zerosnet.sweeps.train import waves

    place, failed = workplace(profile), 0
    for wave in waves(missing):
        try:
            (train_on_ray if launcher == "ray" else train_on_slurm)(wave, place, jobs)
        except NotAllTrainedError as error:
            failed += error.failed
    if failed:
        raise NotAllTrainedError(failed, len(missing))


def _clear_up(rows: Sequence[PlannedRow], profile: Profile) -> None:
    """Remove what a kill has left of runs that were finished."""
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.files.paths import scratch_folder
    from zerosnet.sweeps.leftovers import remove_leftovers

    results = project_root() / "results"
    remove_leftovers(distinct_runs(rows), results, profile.name, scratch_folder() / "runs")


def write_training_manifest(
    stage: str, rows: Sequence[PlannedRow], profile: Profile, root: Path
) -> None:
    """Write which records of trainings a stage rests on."""
    from zerosnet.experiments.manifests import manifest_path, write_manifest
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.experiments.records import TRAINING

    manifest = manifest_path(root / "results", profile.name, "train", stage)
    write_manifest(manifest, distinct_runs(rows), [TRAINING])


def _train_here(
    stage: str, missing: list[Run], profile: Profile, jobs: int | None, precision: str | None
) -> None:
    """Train on this machine, in this process or in several."""
    from zerosnet.experiments.trained_stages import IMAGENET_STAGE
    from zerosnet.sweeps.side_by_side import processes_for, run_side_by_side

    if stage == IMAGENET_STAGE:
        if (jobs or 1) > 1:
            say(f"{stage} trains each run on all devices: one after the other")
        jobs = 1
    processes = processes_for(missing, jobs)
    if processes > 1:
        run_side_by_side(
            ["train", stage, "--profile", profile.name], processes, None if jobs else 1, precision
        )
        return
    load_torch()
    from zerosnet.sweeps import train

    train.train_runs(missing, workplace(profile))


def measure_stage(arguments: argparse.Namespace) -> int:
    """Measure what a stage lacks, or time networks, and write which records it rests on."""
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.experiments.timed import RUNTIME_STAGE
    from zerosnet.files.names import in_any_case
    from zerosnet.judging.stages import trained_stage
    from zerosnet.sweeps.missing import runs_to_measure
    from zerosnet.sweeps.side_by_side import jobs_from, processes_for, run_side_by_side

    stop_like_ctrl_c_when_terminated()
    profile, root, jobs = profile_of(arguments), project_root(), jobs_from(arguments.jobs)
    if in_any_case(arguments.stage, [RUNTIME_STAGE]):
        if arguments.jobs is not None and (jobs or 1) > 1:
            say(f"{RUNTIME_STAGE} times the networks in one process: others would slow them down")
        return _time_networks(profile)
    stage = trained_stage(arguments.stage).stage
    measurement = measurement_of_stage(stage, profile)
    if measurement is None:
        raise SuiteError(
            f"{stage} measures nothing but accuracy: type `python -m zerosnet judge {stage}`"
        )
    rows = plan_stage(stage, profile, root)
    todo = runs_to_measure(rows, measurement, root / "results", profile.name)
    processes = processes_for([run for run, _ in todo.values()], jobs)
    if not todo:
        runs = len(distinct_runs(rows))
        say(f"{runs} runs, 0 to measure: {', '.join(measurement.columns)}")
    elif processes > 1:
        command = ["measure", stage, "--profile", profile.name]
        run_side_by_side(command, processes, None if jobs else 1)
    else:
        load_torch()
        from zerosnet.sweeps.measure import measure_missing

        measure_missing(rows, measurement, workplace(profile))
    write_measuring_manifest(stage, rows, measurement, profile, root)
    return 0


def write_measuring_manifest(
    stage: str, rows: Sequence[PlannedRow], measurement: Measurement, profile: Profile, root: Path
) -> None:
    """Write which records of measurements a stage rests on."""
    from zerosnet.experiments.manifests import manifest_path, write_manifest
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.experiments.records import TRAINING

    manifest = manifest_path(root / "results", profile.name, "measure", stage)
    write_manifest(manifest, distinct_runs(rows), [TRAINING, measurement.name])


def measurement_of_stage(stage: str, profile: Profile) -> Measurement | None:
    """What is measured of a stage's networks, if anything."""
    from zerosnet.experiments.rows import all_tables, table_of
    from zerosnet.experiments.trained_stages import EXPERIMENTS
    from zerosnet.measuring.measurements import measurement_of

    experiment = EXPERIMENTS[stage]
    return measurement_of(
        experiment,
        table_of(experiment, all_tables(project_root())),
        profile.tables[stage].images if stage in profile.tables else None,
    )


def _sweep(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.experiments.trained_stages import EXPERIMENTS, IMAGENET_STAGE
    from zerosnet.judging.stages import trained_stage
    from zerosnet.sweeps.missing import runs_to_measure, runs_without_record
    from zerosnet.sweeps.side_by_side import jobs_from, processes_for, run_side_by_side

    stop_like_ctrl_c_when_terminated()
    profile, root, jobs = profile_of(arguments), project_root(), jobs_from(arguments.jobs)
    # ImageNet's runs take all devices each, so their stage trains them.
    stages = [trained_stage(name).stage for name in arguments.stages] or [
        stage for stage in EXPERIMENTS if stage != IMAGENET_STAGE
    ]
    if IMAGENET_STAGE in stages:
        raise SuiteError(
            f"sweep trains runs side by side, and each of {IMAGENET_STAGE} takes all devices: type "
            f"`python -m zerosnet train {IMAGENET_STAGE}`"
        )
    here = PrecisionHere(profile)
    rows = {stage: plan_stage(stage, profile, root, here) for stage in stages}
    every = [row for planned in rows.values() for row in planned]
    results = root / "results"
    missing = runs_without_record(every, results, profile.name, profile.optional)
    _clear_up(every, profile)
    to_measure = [
        (rows[stage], measurement)
        for stage in stages
        if (measurement := measurement_of_stage(stage, profile)) is not None
    ]
    todo = {run.key: run for run in missing}
    for planned, measurement in to_measure:
        unmeasured = runs_to_measure(planned, measurement, results, profile.name)
        todo |= {key: run for key, (run, _) in unmeasured.items()}
    if not todo:
        return 0
    processes = processes_for([*todo.values()], jobs)
    if processes > 1:
        command = ["sweep", *stages, "--profile", profile.name]
        run_side_by_side(command, processes, None if jobs else 1, here.asked)
        return 0
    load_torch()
    from zerosnet.sweeps.measure import measure_missing
    from zerosnet.sweeps.train import train_runs

    place = workplace(profile)
    train_runs(missing, place)
    for planned, measurement in to_measure:
        measure_missing(planned, measurement, place)
    return 0


def _time_networks(profile: Profile) -> int:
    from zerosnet.experiments.manifests import manifest_path, write_timings_manifest
    from zerosnet.experiments.rows import paper_tables
    from zerosnet.experiments.timed import RUNTIME_STAGE, RUNTIME_TABLE, runtime_folder
    from zerosnet.measuring.runtime import cells_are_small, measure_runtime
    from zerosnet.training.work import use_threads

    place, table = workplace(profile), paper_tables(project_root())[RUNTIME_TABLE]
    use_threads(cells_are_small(table, profile))
    folder = runtime_folder(place.results, profile.name)
    measure_runtime(table, profile, folder, place.device, place.provenance())
    place.say_what_is_unknown()
    write_timings_manifest(manifest_path(place.results, profile.name, "measure", RUNTIME_STAGE))
    return 0
