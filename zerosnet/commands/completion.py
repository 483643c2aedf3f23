"""``zerosnet completion bash|zsh``: a script that lets the shell complete what is typed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from zerosnet.files.paths import paper_folder, project_root

SHELLS = ("bash", "zsh")
#: Of the arguments whose names the project knows: their name in the parser → what they are.
_NAMED = {"stage": "stages", "stages": "stages", "claim": "claims", "profile": "profiles"}


def add_parser(commands: Any) -> None:
    """Add the command ``completion`` to the command line."""
    parser = commands.add_parser(
        "completion",
        help="print a script by which the shell completes commands, stages and claims",
        # A path that is wrapped at its hyphens cannot be copied.
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="bash: zerosnet completion bash > "
        "~/.local/share/bash-completion/completions/zerosnet\n"
        "zsh:  zerosnet completion zsh > FOLDER/_zerosnet, where $fpath has FOLDER\n\n"
        "It knows the stages and claims of the day it was printed.",
    )
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(func=_completion)


def _completion(arguments: argparse.Namespace) -> int:
    from zerosnet.__main__ import command_line

    print(script(command_line("zerosnet"), arguments.shell, names_known()))
    return 0


def names_known() -> dict[str, list[str]]:
    """What a person may type: stages, claims, profiles and data sets of this checkout."""
    from zerosnet.data.catalogue import CATALOGUE
    from zerosnet.experiments.profiles import profile_names
    from zerosnet.paper.claims import load_claims

    claims = load_claims(paper_folder(project_root()) / "claims.yaml")
    return {
        "stages": list(dict.fromkeys(claim.stage for claim in claims)),
        "claims": [claim.id for claim in claims],
        "profiles": profile_names(project_root() / "params.yaml"),
        "data": list(CATALOGUE),
    }


def script(parser: argparse.ArgumentParser, shell: str, names: dict[str, list[str]]) -> str:
    """The completion script of a command line.

    Args:
        parser: of all commands.
        shell: one of :data:`SHELLS`.
        names: as :func:`names_known` gives them.
    """
    import shtab

    names = {**names, "both": [*names["stages"], *names["claims"]]}
    for command, action in _actions(parser):
        kind = _NAMED.get(action.dest)
        if action.dest == "names":
            kind = "both" if command == "plan" else "data"
        if kind is not None:
            action.complete = {  # type: ignore[attr-defined]
                "bash": f"_zerosnet_{kind}",
                "zsh": f"({' '.join(names[kind])})",
            }
    functions = "\n".join(
        f'_zerosnet_{kind}() {{ compgen -W "{" ".join(known)}" -- "$1"; }}'
        for kind, known in names.items()
    )
    return str(shtab.complete(parser, shell, preamble=functions if shell == "bash" else ""))


def _actions(
    parser: argparse.ArgumentParser, command: str = ""
) -> Iterator[tuple[str, argparse.Action]]:
    """Every argument of a command line, with the command that takes it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _actions(inner, name)
        else:
            yield command, action
