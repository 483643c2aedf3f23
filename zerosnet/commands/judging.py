"""Commands about claims: judge them, plan what could decide them, show why a verdict stands."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import Any

from zerosnet.commands.shared import (
    PrecisionHere,
    in_json,
    json_argument,
    load_torch,
    profile_argument,
    profile_of,
    stage_arguments,
)
from zerosnet.files.cores import THREADS_VARIABLE
from zerosnet.files.paths import project_root


def add_parsers(commands: Any) -> None:
    """Add ``judge``, ``plan`` and ``why`` to the command line."""
    judge = commands.add_parser("judge", help="judge a stage's claims from the records at hand")
    stage_arguments(judge)
    judge.set_defaults(func=_judge)

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


def _judge(arguments: argparse.Namespace) -> int:
    # Where networks are built to be counted, threads would only wait for each other.
    os.environ.setdefault(THREADS_VARIABLE, "1")
    from zerosnet.judging.stages import judge_stage

    path = judge_stage(arguments.stage, profile_of(arguments), project_root())
    print(path.relative_to(project_root()))
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
