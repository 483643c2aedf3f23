"""Profiles: at which scale the paper's tables are run; ``params.yaml``, checked on load."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from zerosnet.data.catalogue import CATALOGUE
from zerosnet.data.choice import DataChoice
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name, unknown_name
from zerosnet.files.yaml_files import read_yaml

#: The profile that exercises the code and says nothing about the paper.
SMOKE = "smoke"
#: More than this is a slip of the pen: nobody could run it, and planning it would take hours.
_MOST = {"seeds": 1_000, "layers": 10_000, "size": 10_000, "width": 10_000}
_MOST_ELSEWHERE = 10_000_000


@dataclass(frozen=True)
class TableChoice:
    """How one table is run: seeds 0 … seeds−1, at its own depths or at others, all rows or some.

    Args:
        seeds: runs of each row.
        layers: the depth of all rows, or the paper's depth → ours; empty keeps the paper's.
        only: column → texts; rows with another text are left out.
        data: of the paper → ours, instead of the profile's.
        width: channels of the first stage of all rows; ``None`` keeps the table's.
        epochs: instead of the profile's.
        images: test images that an attack is tried on, the first ones; ``None`` takes all.
    """

    seeds: int
    layers: int | Mapping[int, int] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data: Mapping[str, DataChoice] = field(default_factory=dict)
    width: int | None = None
    epochs: int | None = None
    images: int | None = None

    def depth(self, paper: int) -> int:
        """The depth at which a row of the paper's depth is run."""
        return self.layers if isinstance(self.layers, int) else self.layers.get(paper, paper)


@dataclass(frozen=True)
class Profile:
    """One profile of ``params.yaml``.

    Args:
        name: of the profile.
        data: the paper's data set → the images that stand for it.
        protocol, precision: of :mod:`zerosnet.training.recipe`.
        epochs: instead of the protocol's.
        tables: stage → how it is run.
        optional: data sets that may be absent: what needs them is then skipped, and ``BLOCKED``.
    """

    name: str
    data: Mapping[str, DataChoice]
    protocol: str
    precision: str
    epochs: int | None
    tables: Mapping[str, TableChoice]
    optional: tuple[str, ...] = ()


def profile_names(path: Path) -> list[str]:
    """The profiles of the file.

    Raises:
        SuiteError: it cannot be read, or lists none.
    """
    return list(_profiles(_mapping(read_yaml(path), path.name), path))


def _profiles(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    profiles = content.get("profiles")
    if not isinstance(profiles, dict) or not profiles:
        raise SuiteError(f"{path.name} lists no profiles: restore it with git")
    for name in profiles:
        if not isinstance(name, str):
            raise SuiteError(f"{path.name}: profile {name!r} is no text: call it by a word")
    return profiles


def load_profile(path: Path, name: str | None = None) -> Profile:
    """A profile by name, or the one in force.

    Raises:
        SuiteError: the file or the profile is missing, or an entry is unknown or of a wrong kind.
    """
    content = _mapping(read_yaml(path), path.name)
    profiles = _profiles(content, path)
    if name is None and "profile" not in content:
        raise SuiteError(
            f"{path.name} has no line 'profile: NAME', which says what is in force: one of "
            f"{', '.join(map(str, profiles))}"
        )
    chosen = content.get("profile") if name is None else name
    problem = f"profile {reprlib.repr(chosen)} is not in {path.name}"
    chosen = known_name(chosen if isinstance(chosen, str) else "", profiles, problem)
    # It is part of the names of folders.
    if not re.fullmatch(r"[\w-]{1,40}", chosen):
        raise SuiteError(
            f"{path.name}: profile {chosen[:40]!r} is not a name of letters and digits"
        )
    where = f"{path.name}, profile {chosen}"
    entries = _mapping(profiles[chosen], where)
    known = {"data", "optional", "protocol", "precision", "epochs", "tables"}
    _only_known(entries, known, where)
    return Profile(
        name=chosen,
        data=_data(entries.get("data"), f"{where}, data"),
        protocol=_text(entries.get("protocol"), f"{where}, protocol"),
        precision=_text(entries.get("precision"), f"{where}, precision"),
        epochs=_positive(entries["epochs"], f"{where}, ", "epochs")
        if "epochs" in entries
        else None,
        tables={
            table: _build(TableChoice, entry, f"{where}, table {table}")
            for table, entry in _named(entries.get("tables"), f"{where}, tables").items()
        },
        optional=_known_data_sets(entries.get("optional", []), f"{where}, optional"),
    )


def _known_data_sets(entries: Any, where: str) -> tuple[str, ...]:
    """Names of data sets as the catalogue has them."""
    names = _texts(entries, where)
    for name in names:
        if name not in CATALOGUE:
            raise unknown_name(name, CATALOGUE, f"{where}: data set {name!r} is unknown")
    return names


def _data(entries: Any, where: str) -> dict[str, DataChoice]:
    return {
        paper: _build(DataChoice, entry, f"{where} {paper}")
        for paper, entry in _named(entries, where).items()
    }


def _texts(value: Any, where: str) -> tuple[str, ...]:
    """A text, a number or a list of them."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(entry, dict | list) or entry is None for entry in values):
        raise SuiteError(f"{where} is {reprlib.repr(value)}: a text or a list of texts is expected")
    return tuple(str(entry) for entry in values)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise SuiteError(f"{where} is {reprlib.repr(value)}: a text is expected")
    return value


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SuiteError(f"{where}: entries of the form 'name: value' are expected")
    return value


def _named(value: Any, where: str) -> dict[str, Any]:
    """Entries whose names are texts: YAML reads ``10`` and ``no`` as something else."""
    entries = _mapping(value, where)
    for name in entries:
        if not isinstance(name, str):
            raise SuiteError(
                f"{where}: YAML reads a name there as {name!r}, which is no text: put it in quotes"
            )
    return entries


def _only_known(entries: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(map(str, set(entries) - known))
    if unknown:
        raise SuiteError(f"{where}: {unknown[0]!r} is unknown: one of {', '.join(sorted(known))}")


def _positive(value: Any, where: str, what: str) -> int:
    most = _MOST.get(what.partition(" ")[0], _MOST_ELSEWHERE)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise SuiteError(
            f"{where}{what} is {reprlib.repr(value)}: a whole number of at least 1 is expected, "
            f"and {most:,} at most"
        )
    return value


_Choice = TypeVar("_Choice", DataChoice, TableChoice)


def _build(kind: type[_Choice], value: Any, where: str) -> _Choice:
    entries = _mapping(value, where)
    known = set(kind.__dataclass_fields__)
    _only_known(entries, known, where)
    checked: dict[str, Any] = {}
    for key, entry in entries.items():
        if key == "name":
            checked[key] = _text(entry, f"{where}, name")
        elif key == "only":
            columns = _named(entry, f"{where}, only")
            checked[key] = {k: _texts(v, f"{where}, only {k}") for k, v in columns.items()}
        elif key == "data":
            checked[key] = _data(entry, f"{where}, data")
        elif key == "layers" and isinstance(entry, dict):
            checked[key] = {
                _positive(paper, f"{where}, ", "layers"): _positive(
                    ours, f"{where}, ", f"layers {paper}"
                )
                for paper, ours in entry.items()
            }
        else:
            checked[key] = _positive(entry, f"{where}, ", key)
    try:
        return kind(**checked)
    except TypeError:
        needed = "name" if kind is DataChoice else "seeds"
        raise SuiteError(f"{where}: {needed!r} is missing") from None
