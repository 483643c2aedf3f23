"""The command line: ``python -m zerosnet COMMAND``.

Importing this module imports no torch: the commands import what they need when they run.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from zerosnet import __version__
from zerosnet.commands import data as data_commands
from zerosnet.commands import method as method_report
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import project_root
from zerosnet.files.progress import say

if TYPE_CHECKING:
    from zerosnet.experiments.profiles import Profile
    from zerosnet.sweeps.sweep import Workplace


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status: 0, 1 (a check failed), 2 (bad input), 130."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may hold what the terminal's encoding cannot write.
        sys.stdout.reconfigure(errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    hook = sys.unraisablehook
    try:
        status: int = parsed.func(parsed)
    except SuiteError as error:
        print(f"zerosnet: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "zerosnet: interrupted; the same command goes on where this one stopped",
            file=sys.stderr,
        )
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        # The work is done or has been stopped.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.unraisablehook = hook
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zerosnet",
        description="Does zero stability predict the performance of convolutional networks?",
    )
    parser.add_argument("--version", action="version", version=f"zerosnet {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    train = commands.add_parser("train", help="train the runs of a table that are not on record")
    _stage_arguments(train)
    train.add_argument(
        "--jobs", type=int, metavar="N", help="processes that train side by side (ZEROSNET_JOBS)"
    )
    train.add_argument(
        "--launcher",
        metavar="NAME",
        help="who starts them: local (the default), ray or slurm (ZEROSNET_LAUNCHER)",
    )
    train.set_defaults(func=_train)

    measure = commands.add_parser(
        "measure", help="measure a stage's trained networks (noise, attacks, …), or time networks"
    )
    _stage_arguments(measure)
    measure.set_defaults(func=_measure)

    judge = commands.add_parser("judge", help="judge a stage's claims from the records at hand")
    _stage_arguments(judge)
    judge.set_defaults(func=_judge)

    report = commands.add_parser("report", help="write the reports from the records at hand")
    _profile_argument(report)
    report.add_argument(
        "--check",
        action="store_true",
        help="write nothing; fail where the reports in git are not what the records give",
    )
    report.add_argument(
        "--rejudge",
        action="store_true",
        help="judge everything on record anew first, in every profile that can give verdicts",
    )
    report.set_defaults(func=_report)

    plan = commands.add_parser("plan", help="say what a profile costs and what it could decide")
    plan.add_argument(
        "names", nargs="*", metavar="STAGE|CLAIM", help="all stages that train, if none"
    )
    _profile_argument(plan)
    plan.set_defaults(func=_plan)

    why = commands.add_parser("why", help="show what the verdict on a claim rests on")
    why.add_argument("claim", help="such as C23")
    _profile_argument(why)
    why.set_defaults(func=_why)

    performance = commands.add_parser(
        "performance", help="put what `make bench` measured on record and on its page"
    )
    performance.add_argument("file", type=Path, help="that pytest-benchmark wrote")
    performance.set_defaults(func=_performance)

    reliability = commands.add_parser(
        "reliability", help="put what `make faults` tried on record and on its page"
    )
    reliability.add_argument("file", type=Path, help="that the tests of faults wrote")
    reliability.set_defaults(func=_reliability)

    where = commands.add_parser("where", help="say where the report of the profile in force is")
    _profile_argument(where)
    where.set_defaults(func=_where)

    method_report.add_parser(commands)
    data_commands.add_parser(commands)
    return parser


def _profile_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", help="instead of the one in force in params.yaml")


def _stage_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", help="such as table3_third_order; dvc.yaml lists them")
    _profile_argument(parser)


def _profile(arguments: argparse.Namespace) -> Profile:
    from zerosnet.experiments.profiles import load_profile

    return load_profile(project_root() / "params.yaml", arguments.profile)


def _workplace(profile: Profile) -> Workplace:
    from zerosnet.files.paths import scratch_folder
    from zerosnet.sweeps.sweep import Workplace
    from zerosnet.training.allocator import keep_freed_memory
    from zerosnet.training.loop import default_device

    root = project_root()
    keep_freed_memory()
    return Workplace(
        root=root,
        results=root / "results",
        scratch=scratch_folder() / "runs",
        profile=profile.name,
        device=default_device(),
        optional=profile.optional,
    )


def _train(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.manifests import manifest_path, write_manifest
    from zerosnet.experiments.records import TRAINING
    from zerosnet.experiments.rows import IMAGENET_STAGE, experiment_named, plan_stage
    from zerosnet.sweeps.launchers.choice import launcher_from
    from zerosnet.sweeps.side_by_side import jobs_from, run_side_by_side
    from zerosnet.sweeps.sweep import distinct_runs, runs_to_train, train_missing, waves

    _stop_like_ctrl_c_when_terminated()
    profile = _profile(arguments)
    stage = experiment_named(arguments.stage).stage
    rows = plan_stage(stage, profile, project_root())
    launcher, jobs = launcher_from(arguments.launcher), jobs_from(arguments.jobs)
    if launcher == "local" and (jobs or 1) > 1:
        if stage == IMAGENET_STAGE:
            say(f"{stage} trains each run on all devices: one after the other")
        else:
            run_side_by_side(["train", stage, "--profile", profile.name], jobs or 1)
    place = _workplace(profile)
    if launcher == "local":
        train_missing(rows, place)
    elif missing := runs_to_train(rows, place):
        from zerosnet.sweeps.launchers.on_ray import train_on_ray
        from zerosnet.sweeps.launchers.on_slurm import train_on_slurm

        for wave in waves(missing):
            (train_on_ray if launcher == "ray" else train_on_slurm)(wave, place, jobs)
    manifest = manifest_path(place.results, profile.name, "train", stage)
    write_manifest(manifest, distinct_runs(rows), [TRAINING])
    return 0


def _measure(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.manifests import manifest_path, write_manifest
    from zerosnet.experiments.records import TRAINING
    from zerosnet.experiments.rows import all_tables, experiment_named, plan_stage
    from zerosnet.judging.stages import RUNTIME_STAGE
    from zerosnet.measuring.measurements import measurement_of
    from zerosnet.sweeps.sweep import distinct_runs, measure_missing

    _stop_like_ctrl_c_when_terminated()
    profile = _profile(arguments)
    if arguments.stage == RUNTIME_STAGE:
        return _time_networks(profile)
    experiment = experiment_named(arguments.stage)
    measurement = measurement_of(
        experiment,
        all_tables(project_root())[experiment.table],
        profile.tables[experiment.stage].images if experiment.stage in profile.tables else None,
    )
    if measurement is None:
        raise SuiteError(f"{arguments.stage} measures nothing but accuracy: judge it directly")
    rows = plan_stage(experiment.stage, profile, project_root())
    place = _workplace(profile)
    measure_missing(rows, measurement, place)
    manifest = manifest_path(place.results, profile.name, "measure", experiment.stage)
    write_manifest(manifest, distinct_runs(rows), [TRAINING, measurement.name])
    return 0


def _time_networks(profile: Profile) -> int:
    from zerosnet.experiments.manifests import manifest_path, write_timings_manifest
    from zerosnet.experiments.rows import paper_tables
    from zerosnet.judging.stages import RUNTIME_STAGE, RUNTIME_TABLE, runtime_folder
    from zerosnet.measuring.runtime import measure_runtime

    root, place = project_root(), _workplace(profile)
    folder = runtime_folder(place.results, profile.name)
    table = paper_tables(root)[RUNTIME_TABLE]
    measure_runtime(table, profile, folder, place.device, place.provenance())
    write_timings_manifest(manifest_path(place.results, profile.name, "measure", RUNTIME_STAGE))
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.stages import judge_stage

    path = judge_stage(arguments.stage, _profile(arguments), project_root())
    print(path.relative_to(project_root()))
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from zerosnet.reporting.report import check_reports, rejudge, write_reports

    root = project_root()
    if arguments.check:
        stale = check_reports(root)
        for line in stale:
            print(f"zerosnet: {line}", file=sys.stderr)
        if not stale:
            print("the reports in git are what the records give")
        return 1 if stale else 0
    written = rejudge(root) if arguments.rejudge else write_reports(root, _profile(arguments))
    for path in written:
        print(path.relative_to(root))
    return 0


def _plan(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.planning import as_text, plan_of, rate_here
    from zerosnet.training.loop import default_device

    profile, root = _profile(arguments), project_root()
    plans = plan_of(profile, root, arguments.names)
    print(as_text(plans, rate_here(root, default_device()), profile.name))
    return 0


def _why(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.why import why

    print(why(arguments.claim, _profile(arguments).name, project_root()))
    return 0


def _performance(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.profiles import load_profile
    from zerosnet.files.storage import write_atomically
    from zerosnet.reporting.performance import (
        load_performance,
        performance_folder,
        performance_record,
        record_performance,
    )
    from zerosnet.reporting.performance_page import performance_page

    root = project_root()
    place = _workplace(load_profile(root / "params.yaml", "paper"))
    record = performance_record(arguments.file, root, place.provenance())
    record_performance(performance_folder(root), record)
    page = performance_page(load_performance(performance_folder(root)))
    write_atomically(root / "reports" / "performance.md", page.encode())
    print(page)
    return 0


def _reliability(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.profiles import load_profile
    from zerosnet.files.storage import write_atomically
    from zerosnet.reporting.reliability import load_campaign, record_campaign
    from zerosnet.reporting.reliability_page import reliability_page

    root = project_root()
    place = _workplace(load_profile(root / "params.yaml", "smoke"))
    record_campaign(arguments.file, root, place.provenance())
    page = reliability_page(load_campaign(root))
    write_atomically(root / "reports" / "reliability.md", page.encode())
    print(page)
    return 0


def _where(arguments: argparse.Namespace) -> int:
    from zerosnet.files.paths import report_folder

    root = project_root()
    folder = report_folder(root, _profile(arguments).name)
    print(f"The report is {Path(folder / 'README.md').relative_to(root)}")
    return 0


def _stop_like_ctrl_c_when_terminated() -> None:
    """Let SIGTERM (a batch system's, say) end long work as Ctrl-C does: with one line."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def again(unraisable: sys.UnraisableHookArgs) -> None:
        # It came while an object was being deleted, where Python drops every exception.
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM]).start()
        else:
            hook(unraisable)

    hook = sys.unraisablehook
    signal.signal(signal.SIGTERM, interrupt)
    sys.unraisablehook = again


if __name__ == "__main__":
    sys.exit(main())
