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
from pathlib import Path

from zerosnet import __version__
from zerosnet.commands import (
    arithmetic,
    compare,
    completion,
    judging,
    pipeline,
    reporting,
    schemas,
    training,
)
from zerosnet.commands import data as data_commands
from zerosnet.commands import method as method_report
from zerosnet.commands.output import ReaderGoneError, checked_output
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.files.progress import say

signal.signal(signal.SIGINT, _ON_CTRL_C)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status: 0, 1 (a check failed), 2 (bad input), 130."""
    # Threads that wait for each other sleep: a core that spins is one that others lack.  It counts
    # only before PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    hook = sys.unraisablehook
    status: int = 0
    try:
        with checked_output():
            parsed = _parsed(arguments)
            status = parsed.func(parsed)
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
        return status
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
    judging.add_parsers(commands)
    reporting.add_parsers(commands)
    method_report.add_parser(commands)
    compare.add_parser(commands)
    data_commands.add_parser(commands)
    arithmetic.add_parser(commands)
    completion.add_parser(commands)
    schemas.add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
