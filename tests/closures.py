"""What a command imports, read from the sources: at the start, or whenever it runs."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from zerosnet import __main__

PROJECT = Path(__file__).resolve().parent.parent


#: Modules of several commands that share nothing: each needs what its own function imports.
_OF_SEVERAL = ("zerosnet.commands.judging", "zerosnet.commands.reporting")


@cache
def file_of(module):
    """The file of a module of the package; nothing where it is none."""
    path = PROJECT / Path(*module.split("."))
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else None


def _imported(nodes: Iterable[ast.AST]):
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk(tree, everything):
    """All nodes that run: those of a module's body, or those in functions, too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        if everything or isinstance(node, ast.If | ast.Try | ast.With):
            yield from _walk(node, everything)


@cache
def imports(module, everything):
    """The package's modules that a module imports itself."""
    tree = ast.parse(file_of(module).read_text(encoding="utf-8"))
    return frozenset(name for name in _imported(_walk(tree, everything)) if file_of(name))


def closure(modules, everything):
    """Modules, and all that they import directly or through others."""
    found, left = set(), set(modules)
    while left:
        module = left.pop()
        found.add(module)
        parents = {module.rpartition(".")[0]} - {""}
        left |= (imports(module, everything) | parents) - found
    return found


def files_of_command(command):
    """The sources that ``python -m zerosnet …`` may load, as paths in the project."""
    words = command.removeprefix("python -m zerosnet ").split()
    handler = __main__.command_line().parse_args(words).func
    if handler.__module__ in _OF_SEVERAL:
        tree = ast.parse(textwrap.dedent(inspect.getsource(handler)))
        used = {name for name in _imported(ast.walk(tree)) if file_of(name)}
    else:
        used = {handler.__module__}
    modules = closure({"zerosnet.__main__"}, everything=False) | closure(used, everything=True)
    return {file_of(module).relative_to(PROJECT) for module in modules}


def outside(command, deps):
    """The sources that a command may load and that no dependency of its stage holds."""
    return sorted(
        str(path)
        for path in files_of_command(command)
        if not any(path.is_relative_to(dep) for dep in deps)
    )
