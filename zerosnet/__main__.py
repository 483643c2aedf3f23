"""The command line: ``zerosnet COMMAND``, or ``python -m zerosnet COMMAND``.

Importing this module imports no torch: the commands import what they need when they run.
"""

# ruff: noqa: E402

from __future__ import annotations

import signal

# Ctrl-C while the modules below are loaded ends the command as it ends any other program.
_ON_CTRL_C = signal.getsignal(signal.SIGINT)
if _ON_CTRL_C is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

from zerosnet import __version__
from zerosnet.commands import arithmetic, compare, completion, pipeline, schemas, training
from zerosnet.commands import data as data_commands
from zerosnet.commands import method as method_report
from zerosnet.commands.output import ReaderGoneError, checked_output
from zerosnet.commands.shared import (
    PrecisionHere,
    in_json,
    json_argument,
    load_torch,
    profile_argument,
    profile_of,
    stage_arguments,
    workplace,
)
from zerosnet.files.cores import THREADS_VARIABLE
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.files.paths import project_root
from zerosnet.files.progress import say

signal.signal(signal.SIGINT, _ON_CTRL_C)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status: 0, 1 (a check failed), 2 (bad input), 130."""
    # Threads that wait for each other sleep: a core that spins is one that others lack.  It counts
    # only before PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    hook = sys.unraisablehook
    try:
        with checked_output():
            parsed = _parsed(arguments)
            status: int = parsed.func(parsed)
    except SuiteError as error:
        say(f"zerosnet: {error}")
        return 2
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "zerosnet"):
            raise
        say(
            f"zerosnet: {package} is not installed for {sys.executable}: activate the environment "
            "(`. .venv/bin/activate`), or install it (README.md, Install)"
        )
        return 2
    except KeyboardInterrupt:
        say("zerosnet: interrupted; the same command goes on where this one stopped")
        return 130
    except ReaderGoneError:
        return 0
    finally:
        # The work is done or has been stopped.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.unraisablehook = hook
    return status


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The command as it was typed.

    Raises:
        SuiteError: there is no such command, or a coefficient stands behind the options.
    """
    parser = command_line("zerosnet" if Path(sys.argv[0]).stem == "zerosnet" else None)
    typed = sys.argv[1:] if arguments is None else arguments
    if not typed:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    if not typed[0].startswith("-"):
        known = known_name(typed[0], _names(parser), f"command {typed[0][:40]!r} is unknown")
        typed = [known, *typed[1:]]
    parsed, left = parser.parse_known_args(typed)
    if left and hasattr(parsed, "alphas") and all(re.match(r"[+−-]?[\d.]", text) for text in left):
        raise SuiteError(
            f"{' '.join(left)}: coefficients stand before the options, as in "
            "`method 4/3 -1/3 --beta 2/3`"
        )
    if left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return parsed


def _names(parser: argparse.ArgumentParser) -> list[str]:
    """The commands of a command line."""
    return [name for action in parser._actions if action.choices for name in action.choices]


def command_line(name: str | None = None) -> argparse.ArgumentParser:
    """All commands with their arguments; ``name`` is what was typed, if not ``python -m``."""
    parser = argparse.ArgumentParser(
        prog=name or "python -m zerosnet",
        description="Does zero stability predict the performance of convolutional networks?",
    )
    parser.add_argument("--version", action="version", version=f"zerosnet {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    training.add_parsers(commands)
    pipeline.add_parsers(commands)

    judge = commands.add_parser("judge", help="judge a stage's claims from the records at hand")
    stage_arguments(judge)
    judge.set_defaults(func=_judge)

    report = commands.add_parser("report", help="write the reports from the records at hand")
    profile_argument(report)
    instead = report.add_mutually_exclusive_group()
    instead.add_argument(
        "--check",
        action="store_true",
        help="write nothing; fail where the reports in git are not what the records give",
    )
    instead.add_argument(
        "--rejudge",
        action="store_true",
        help="judge everything on record anew first, in every profile that can give verdicts",
    )
    report.set_defaults(func=_report)

    plan = commands.add_parser("plan", help="say what a profile costs and what it could decide")
    plan.add_argument(
        "names", nargs="*", metavar="STAGE|CLAIM", help="all stages that train, if none"
    )
    profile_argument(plan)
    plan.add_argument("--protocol", help="of recipes.yaml, instead of the profile's")
    json_argument(plan)
    plan.set_defaults(func=_plan)

    why = commands.add_parser("why", help="show what the verdict on a claim rests on")
    why.add_argument("claim", help="such as C23")
    why.add_argument("--profile", help="instead of the strongest that has evidence on the claim")
    json_argument(why)
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

    where = commands.add_parser(
        "where", help="the evidence in short, where the pages are, what to type next"
    )
    profile_argument(where)
    where.set_defaults(func=_where)

    method_report.add_parser(commands)
    compare.add_parser(commands)
    data_commands.add_parser(commands)
    arithmetic.add_parser(commands)
    completion.add_parser(commands)
    schemas.add_parser(commands)
    return parser


def _judge(arguments: argparse.Namespace) -> int:
    # Where networks are built to be counted, threads would only wait for each other.
    os.environ.setdefault(THREADS_VARIABLE, "1")
    from zerosnet.judging.stages import judge_stage

    path = judge_stage(arguments.stage, profile_of(arguments), project_root())
    print(path.relative_to(project_root()))
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from zerosnet.reporting.report import check_reports, rejudge, write_reports

    root = project_root()
    if arguments.check:
        stale = check_reports(root)
        for line in stale:
            say(f"zerosnet: {line}")
        if not stale:
            print("the reports in git are what the records give")
        return 1 if stale else 0
    written = rejudge(root) if arguments.rejudge else write_reports(root, profile_of(arguments))
    for path in written:
        print(path.relative_to(root))
    return 0


def _plan(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.planning import account_of, as_text, plan_of, rates_here

    load_torch()
    from zerosnet.training.loop import default_device

    profile, root = profile_of(arguments), project_root()
    if arguments.protocol is not None:
        profile = replace(profile, protocol=arguments.protocol)
    plans = plan_of(profile, root, arguments.names, PrecisionHere(profile))
    rates = rates_here(profile, plans, root, default_device())
    if arguments.json:
        print(in_json(account_of(plans, rates, profile.name)))
    else:
        print(as_text(plans, rates, profile.name))
    return 0


def _why(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.why import as_text, why

    profile = None if arguments.profile is None else profile_of(arguments).name
    account = why(arguments.claim, profile, project_root())
    print(in_json(account) if arguments.json else as_text(account))
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
    place = workplace(load_profile(root / "params.yaml", "paper"))
    record = performance_record(arguments.file, root, place.provenance())
    record_performance(performance_folder(root), record)
    place.say_what_is_unknown()
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
    place = workplace(load_profile(root / "params.yaml", "smoke"))
    record_campaign(arguments.file, root, place.provenance())
    place.say_what_is_unknown()
    page = reliability_page(load_campaign(root))
    write_atomically(root / "reports" / "reliability.md", page.encode())
    print(page)
    return 0


def _where(arguments: argparse.Namespace) -> int:
    from zerosnet.reporting.closing import closing_lines

    print("\n".join(closing_lines(project_root(), profile_of(arguments).name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
