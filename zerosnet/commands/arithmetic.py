"""``python -m zerosnet arithmetic``: is what would be trained here computed right?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from zerosnet.commands.shared import PrecisionHere, load_torch, profile_argument, profile_of
from zerosnet.files.paths import project_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zerosnet.training.arithmetic.check import Checked


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "arithmetic",
        help="hold every operation of a profile's networks against float64, on this processor",
        description="What a sweep does before it trains, once for each machine, version and shape: "
        "every distinct operation of a training, forward and backward, runs several times in a "
        "process of its own and is compared with the same in float64.",
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="all that train, if none")
    profile_argument(parser)
    parser.set_defaults(func=_arithmetic)


def _arithmetic(arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.planned import distinct_runs
    from zerosnet.experiments.rows import plan_stage
    from zerosnet.experiments.trained_stages import EXPERIMENTS
    from zerosnet.judging.stages import trained_stage

    load_torch()
    from zerosnet.sweeps.arithmetic import check_all

    profile, root = profile_of(arguments), project_root()
    stages = [trained_stage(name).stage for name in arguments.stages] or [*EXPERIMENTS]
    here = PrecisionHere(profile)
    rows = [row for stage in stages for row in plan_stage(stage, profile, root, here)]
    runs = distinct_runs(rows)
    found = check_all(runs)
    print(as_table(found))
    refused = {one.refused: run.label for run, one in zip(runs, found, strict=True) if one.refused}
    for trouble, label in refused.items():
        print(f"{label}: {trouble}")
    return 1 if refused else 0


def as_table(found: Sequence[Checked]) -> str:
    """Every distinct operation: its precision and layout, its error, what is wrong with it."""
    rows = [("operation", "precision", "layout", "error", "found")]
    for one in dict.fromkeys(examined for checked in found for examined in checked.examined):
        rows += [
            (f.operation, f.precision, one.layout, f"{f.error:.1e}", f.trouble or "right")
            for f in one.findings
        ]
        if one.died:
            rows.append((one.died, "", one.layout, "", "ends its process"))
    rows = list(dict.fromkeys(rows))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    versions = ", ".join(dict.fromkeys(one.versions for one in found))
    return "\n".join([*lines, f"{len(rows) - 1} operations of {len(found)} runs; {versions}"])
