"""``zerosnet schemas``: the JSON schemas by which editors check what people write."""

from __future__ import annotations

import argparse
from typing import Any

from zerosnet.files.paths import project_root
from zerosnet.files.storage import write_atomically


def add_parser(commands: Any) -> None:
    """Add the command ``schemas`` to the command line."""
    parser = commands.add_parser(
        "schemas", help="write the JSON schemas by which editors check what people write"
    )
    parser.set_defaults(func=_schemas)


def _schemas(_arguments: argparse.Namespace) -> int:
    from zerosnet.experiments.schemas import schema_folder, schemas

    root = project_root()
    for name, content in schemas().items():
        path = schema_folder(root) / name
        write_atomically(path, content)
        print(path.relative_to(root))
    return 0
