"""YAML files of the project, read strictly: a slip must not pass for something else.

What YAML reads in surprising ways is refused instead: a key that stands twice (the last one would
win), numbers that are not plain decimals (``012`` is ten and ``1:30`` ninety), ``.nan``, tags, and
references (``*name``) that unfold to more than any file of the project needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from zerosnet.files.errors import SuiteError
from zerosnet.files.reading import content_of

#: More than ten times what the largest file of the project has.
MOST_BYTES = 1 << 20
MOST_ENTRIES = 50_000
DEEPEST = 20
_MOST_DIGITS = 15
_READ_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float")}
_REASON = 200


class _Strict(yaml.SafeLoader):
    """PyYAML's safe loader, less what the module's head names."""

    # Dates, merge keys ("<<") and "=" stay texts: no file has them.
    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own attribute)
        first: [(tag, pattern) for tag, pattern in found if tag in _READ_PLAIN]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.YAMLError(f"line {event.start_mark.line + 1}: a tag is not expected here")
        self._depth += 1
        if self._depth > DEEPEST:
            raise yaml.YAMLError(f"line {event.start_mark.line + 1}: nested too deeply")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None:
            _weigh(node, {}, ())
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.YAMLError(f"line {line}: a name is a text or a number")
            key = self.construct_object(key_node)
            if key in seen:
                raise yaml.YAMLError(f"line {line}: {key_node.value[:40]!r} stands there twice")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: Any) -> int:
        text = str(self.construct_scalar(node))
        if not re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", text) or len(text) > _MOST_DIGITS:
            raise _no_number(node)
        return int(text)

    def construct_yaml_float(self, node: Any) -> float:
        text = str(self.construct_scalar(node))
        if not re.fullmatch(r"[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?", text):
            raise _no_number(node)
        value = float(text)
        if not math.isfinite(value):
            raise _no_number(node)
        return value


_Strict.add_constructor("tag:yaml.org,2002:int", _Strict.construct_yaml_int)
_Strict.add_constructor("tag:yaml.org,2002:float", _Strict.construct_yaml_float)


def _no_number(node: Any) -> yaml.YAMLError:
    return yaml.YAMLError(
        f"line {node.start_mark.line + 1}: {str(node.value)[:40]!r} is no plain decimal number; "
        "a text goes in quotes"
    )


def _weigh(node: Any, known: dict[int, tuple[int, int]], above: tuple[int, ...]) -> tuple[int, int]:
    """How many entries a node has, references followed, and how deep they lie."""
    if id(node) in known:
        return known[id(node)]
    if id(node) in above:
        raise yaml.YAMLError(f"line {node.start_mark.line + 1}: an entry refers to itself")
    children = []
    if isinstance(node, yaml.SequenceNode):
        children = node.value
    elif isinstance(node, yaml.MappingNode):
        children = [child for pair in node.value for child in pair]
    if len(above) > DEEPEST:
        raise yaml.YAMLError("nested too deeply")
    weights = [_weigh(child, known, (*above, id(node))) for child in children]
    weight = 1 + sum(count for count, _ in weights)
    height = 1 + max((height for _, height in weights), default=0)
    if weight > MOST_ENTRIES:
        raise yaml.YAMLError(f"references unfold to more than {MOST_ENTRIES:,} entries")
    if height + len(above) > DEEPEST:
        raise yaml.YAMLError(f"references unfold to more than {DEEPEST} levels")
    known[id(node)] = weight, height
    return weight, height


def read_yaml(path: Path) -> Any:
    """What a YAML file holds: mappings, lists, texts, whole numbers, finite floats, booleans, None.

    Raises:
        SuiteError: it is missing, cannot be read, or holds what the module's head refuses.
    """
    return parse_yaml(content_of(path, MOST_BYTES + 1), path)


def parse_yaml(content: bytes, path: Path) -> Any:
    """What the content of a YAML file says; see :func:`read_yaml`."""
    try:
        if len(content) > MOST_BYTES:
            raise yaml.YAMLError(f"it has more than {MOST_BYTES:,} bytes")
        return yaml.load(content.decode("utf-8-sig"), Loader=_Strict)  # noqa: S506 (it is safe)
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(_reason(error).split())[:_REASON]
        raise SuiteError(f"{path} cannot be read ({reason}): mend it or restore it") from None


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        place = error.problem_mark or error.context_mark
        line = f"line {place.line + 1}: " if place else ""
        return line + ", ".join(part for part in (error.context, error.problem) if part)
    return str(error)
