"""Commands that write pages from what is on record, and say where they are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from zerosnet.commands.shared import profile_argument, profile_of, workplace
from zerosnet.files.paths import project_root
from zerosnet.files.progress import say


def add_parsers(commands: Any) -> None:
    """Add ``report``, ``performance``, ``reliability`` and ``where`` to the command line."""
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
