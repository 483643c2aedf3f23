"""Statements of the paper that are known not to hold: expected failures, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.yaml_files import read_yaml
from zerosnet.paper.claims import DECIDING
from zerosnet.paper.outcomes import FAILS

PROFILES = ("theory", *DECIDING)


@dataclass(frozen=True)
class Erratum:
    """One expected verdict against a claim.

    Args:
        claim: its id.
        outcome: one of :data:`zerosnet.paper.outcomes.FAILS`.
        profile: ``theory`` where no runs are needed, else the profile whose runs show it.
        reason: the shortest convincing one.
    """

    claim: str
    outcome: str
    profile: str
    reason: str


def load_errata(path: Path) -> tuple[Erratum, ...]:
    """Every entry of the file.

    Raises:
        SuiteError: the file cannot be read, or an entry lacks a field, has one too many, names an
            outcome or a profile that there is not, or is the second of its claim and profile.
    """
    entries = read_yaml(path)
    if entries is None:
        return ()  # comments only
    if not isinstance(entries, list):
        raise SuiteError(f"{path.name}: a list of errata is expected")
    errata: dict[tuple[str, str], Erratum] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"{path.name}, entry {number}"
        if not isinstance(entry, dict) or set(entry) != set(Erratum.__dataclass_fields__):
            raise SuiteError(f"{where}: claim, outcome, profile and reason are expected")
        if not all(isinstance(value, str) and value for value in entry.values()):
            raise SuiteError(f"{where}: claim, outcome, profile and reason are texts")
        if entry["outcome"] not in FAILS or entry["profile"] not in PROFILES:
            raise SuiteError(
                f"{where}: outcome is one of {', '.join(sorted(FAILS))}; "
                f"profile one of {', '.join(PROFILES)}"
            )
        key = entry["claim"], entry["profile"]
        if key in errata:
            raise SuiteError(f"{where}: {' in '.join(key)} has an entry already")
        errata[key] = Erratum(**entry)
    return tuple(errata.values())
