"""Verdicts of an earlier state of the project, and why those that changed since did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.yaml_files import read_yaml
from zerosnet.paper.outcomes import Outcome


@dataclass(frozen=True)
class Reason:
    """Why a verdict is another one now.

    Args:
        now: the verdict that it explains.
        why: in a sentence or two.
    """

    now: Outcome
    why: str


@dataclass(frozen=True)
class Changes:
    """An earlier state's verdicts.

    Args:
        commit: of the project.
        before: claim → its verdict then.
        reasons: claim → why it has another one now.
    """

    commit: str
    before: Mapping[str, Outcome]
    reasons: Mapping[str, Reason]

    def changed(self, now: Mapping[str, Outcome]) -> list[str]:
        """The claims that had another verdict before, in the order of ``now``."""
        return [c for c, outcome in now.items() if self.before.get(c, outcome) is not outcome]


def load_changes(path: Path) -> Changes:
    """Read ``changed_verdicts.yaml``.

    Raises:
        SuiteError: the file cannot be read, or is not of its form.
    """
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) != {"commit", "before", "reasons"}:
        raise SuiteError(f"{path.name}: commit, before and reasons are expected")
    before: dict[str, Outcome] = {}
    for name, claims in _mapping(content["before"], f"{path.name}, before").items():
        for claim in _texts(claims, f"{path.name}, before, {name}"):
            if claim in before:
                raise SuiteError(f"{path.name}, before: {claim} stands there twice")
            before[claim] = _outcome(name, f"{path.name}, before")
    reasons: dict[str, Reason] = {}
    entries = content["reasons"]
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        where = f"{path.name}, reason {number}"
        if set(_mapping(entry, where)) != {"claims", "now", "why"}:
            raise SuiteError(f"{where}: claims, now and why are expected")
        if not isinstance(entry["why"], str) or not entry["why"].strip():
            raise SuiteError(f"{where}: why is a text")
        for claim in _texts(entry["claims"], where):
            if claim in reasons:
                raise SuiteError(f"{where}: {claim} has a reason already")
            reasons[claim] = Reason(_outcome(entry["now"], where), entry["why"].strip())
    return Changes(str(content["commit"]), before, reasons)


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SuiteError(f"{where}: entries of the form 'name: value' are expected")
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise SuiteError(f"{where}: a list of claims is expected")
    return value


def _outcome(name: Any, where: str) -> Outcome:
    try:
        return Outcome(name)
    except ValueError:
        raise SuiteError(f"{where}: {str(name)[:40]!r} is no verdict") from None
