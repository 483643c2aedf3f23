"""``python -m zerosnet compare``: train a method of one's own beside the paper's."""

from __future__ import annotations

import argparse
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from zerosnet.commands.method import chosen_method, method_arguments
from zerosnet.commands.shared import (
    PrecisionHere,
    in_json,
    json_argument,
    load_torch,
    profile_argument,
    profile_of,
    stop_like_ctrl_c_when_terminated,
    workplace,
)
from zerosnet.files.paths import project_root

if TYPE_CHECKING:
    from zerosnet.experiments.planned import PlannedRow
    from zerosnet.judging.evidence import RowEvidence
    from zerosnet.judging.own_method import Beside

#: Of tests, two-sided.
_LEVEL = 0.05


def add_parser(commands: Any) -> None:
    """Add the command ``compare`` to the command line."""
    parser = commands.add_parser(
        "compare",
        help="train a method of yours beside PreResNet and the paper's ZeroSNets",
        description="The method is named as for `method`.  It is trained as the rows of the stage "
        "against_preresnet are, with the same seeds; what is on record is not trained again.  The "
        "answer is printed; records are kept in results/PROFILE/runs.  A claim that is to stand on "
        "a page is declared first (CONTRIBUTING.md).",
    )
    method_arguments(parser)
    profile_argument(parser)
    json_argument(parser)
    parser.set_defaults(func=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.own_method import judge_beside, plan_beside
    from zerosnet.sweeps.missing import runs_without_record

    stop_like_ctrl_c_when_terminated()
    method = chosen_method(arguments)
    profile, root = profile_of(arguments), project_root()
    rows = plan_beside(method, profile, root, PrecisionHere(profile))
    # Who asks for one method wants it trained: images that are not here are no reason to go on.
    missing = runs_without_record(rows, root / "results", profile.name, ())
    if missing:
        load_torch()
        from zerosnet.sweeps.train import train_runs

        train_runs(missing, workplace(profile))
    account = account_of(judge_beside(rows, profile, root, method), rows, profile.name)
    print(in_json(account) if arguments.json else as_text(account))
    return 0


def account_of(found: Beside, rows: tuple[PlannedRow, ...], profile: str) -> dict[str, Any]:
    """What was found, JSON-able; accuracies in percent, after the last epoch."""
    run = rows[-1].runs[0]
    return {
        "profile": profile,
        "epochs": run.recipe.epochs,
        "images": run.data.name,
        "size": run.data.size,
        "method": _row(found.method),
        "rivals": [
            {
                **_row(rival.row),
                "outcome": str(rival.verdict.outcome),
                "summary": rival.verdict.summary,
                "p_value": rival.verdict.details.get("p_value"),
                "p_corrected": rival.p_corrected,
            }
            for rival in found.rivals
        ],
    }


def _row(row: RowEvidence) -> dict[str, Any]:
    from zerosnet.training.selection import PRIMARY

    return {
        "row": row.label,
        "layers": row.layers,
        "zero_stable": row.zero_stable,
        "accuracy": {str(seed): value for seed, value in row.values("accuracy", PRIMARY).items()},
        "diverged": list(row.diverged),
        "keys": {str(seed): key for seed, key in row.keys.items()},
    }


def as_text(account: dict[str, Any]) -> str:
    """The account for people."""
    from zerosnet.judging.wording import p_in_words

    own, rivals = account["method"], account["rivals"]
    stable = "zero-stable" if own["zero_stable"] else "not zero-stable"
    side = f" of {account['size']}×{account['size']} pixels" if account["size"] else ""
    lines = [
        f"{own['row']}, {stable}: {_accuracy(own)}",
        f"  profile {account['profile']}: {own['layers']} layers, {account['epochs']} epochs, "
        f"{account['images']}{side}",
    ]
    for rival in rivals:
        lines += [
            f"against {rival['row']}: {_accuracy(rival)}",
            f"  more accurate?  {rival['outcome']}: {rival['summary']}",
        ]
        if rival["p_value"] is not None:
            lines.append(f"  {p_in_words(rival['p_value'])}{_corrected(rival, len(rivals))}")
    lines += [
        "Exploratory: nothing was declared beforehand.  A difference need not follow the roots: "
        "methods differ in the weight of their blocks, too (reports/theory/gauge.md).",
        f"records in results/{account['profile']}/runs: "
        + (", ".join(own["keys"].values()) or "none"),
    ]
    return "\n".join(lines)


def _corrected(rival: dict[str, Any], count: int) -> str:
    """What becomes of a difference that counts by itself, as one of several."""
    from zerosnet.judging.wording import p_in_words

    if rival["p_value"] > _LEVEL:
        return ""
    p = rival["p_corrected"]
    kept = "survives" if p <= _LEVEL else "does not survive"
    return f", {kept} Holm's correction over {count} comparisons ({p_in_words(p)})"


def _accuracy(row: dict[str, Any]) -> str:
    values = list(row["accuracy"].values())
    diverged = f", {len(row['diverged'])} diverged" if row["diverged"] else ""
    if not values:
        return f"no run completed{diverged}" if diverged else "no run on record"
    spread = f" ± {stdev(values):.2f}" if len(values) > 1 else ""
    seeds = f"{len(values)} seed{'s' * (len(values) > 1)}"
    return f"{fmean(values):.2f}{spread} % on test images ({seeds}{diverged})"
