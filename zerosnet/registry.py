"""The paper's claims as data: what is stated, where, and how it is decided.

``claims/paper/claims.yaml`` is read strictly: what is compared is declared there before it is
measured, and a slip in it must not pass for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from zerosnet.errors import SuiteError

KINDS = ("exact", "recomputed", "equivalence", "order", "best")
VALUES = ("accuracy", "drop", "noisy_accuracy", "stage_1", "relative")
#: Values of which less is better.
LESS_IS_BETTER = ("drop", "stage_1", "relative")
TESTS = ("permutation", "contrast")
#: How many of the others a "best" row must beat.
AGAINST = ("all", "most")
#: The profiles whose runs may decide a claim, from the least.
DECIDING = ("mini", "paper")

ZERO_STABLE = "zero_stable"


@dataclass(frozen=True)
class Claim:
    """One statement of the paper and how it is decided; the fields are those of the file."""

    id: str
    stage: str
    statement: str
    quote: str
    place: str
    kind: str
    decided_from: str = ""
    value: str = "accuracy"
    favoured: str | Mapping[str, str] = ""
    test: str = ""
    against: str = ""
    margin: float = 0.0
    reason: str = ""
    recompute: Mapping[str, str] = field(default_factory=dict)
    region: Sequence[tuple[str, str]] = ()

    @property
    def needs_runs(self) -> bool:
        """Whether anything has to be trained to decide it."""
        return self.kind in ("equivalence", "order", "best")

    def decidable_in(self, profile: str) -> bool:
        """Whether runs of a profile may decide it."""
        return not self.needs_runs or (
            profile in DECIDING and DECIDING.index(profile) >= DECIDING.index(self.decided_from)
        )


def load_claims(path: Path) -> tuple[Claim, ...]:
    """Every claim of the file, in its order.

    Raises:
        SuiteError: the file is missing or damaged, or a claim is incomplete or contradictory.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SuiteError(f"{path} is missing: run from a checkout of the project") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SuiteError(f"{path} cannot be read ({' '.join(str(error).split())})") from None
    if not isinstance(entries, list) or not entries:
        raise SuiteError(f"{path.name}: a list of claims is expected")
    claims = tuple(_claim(entry, f"{path.name}, entry {i}") for i, entry in enumerate(entries, 1))
    ids = [claim.id for claim in claims]
    for claim in claims:
        if ids.count(claim.id) > 1:
            raise SuiteError(f"{path.name}: claim {claim.id} stands there twice")
    return claims


def _claim(entry: Any, where: str) -> Claim:
    if not isinstance(entry, dict):
        raise SuiteError(f"{where}: entries of the form 'name: value' are expected")
    where = f"{where} ({entry.get('id', 'no id')})"
    unknown = sorted(map(str, set(entry) - set(Claim.__dataclass_fields__)))
    if unknown:
        raise SuiteError(f"{where}: {unknown[0]!r} is unknown")
    missing = [
        name
        for name in ("id", "stage", "statement", "quote", "place", "kind")
        if not entry.get(name)
    ]
    if missing:
        raise SuiteError(f"{where}: {missing[0]!r} is missing")
    claim = Claim(**entry)
    for name, known in (("kind", KINDS), ("value", VALUES)):
        if getattr(claim, name) not in known:
            raise SuiteError(
                f"{where}: {name} {getattr(claim, name)!r} is unknown: one of {', '.join(known)}"
            )
    if claim.needs_runs and claim.decided_from not in DECIDING:
        raise SuiteError(f"{where}: decided_from must be one of {', '.join(DECIDING)}")
    if claim.kind in ("order", "best") and not claim.favoured:
        raise SuiteError(f"{where}: favoured says which rows the statement puts first")
    if claim.kind == "order" and claim.test not in TESTS:
        raise SuiteError(f"{where}: test must be one of {', '.join(TESTS)}")
    if claim.kind == "best" and claim.against not in AGAINST:
        raise SuiteError(f"{where}: against must be one of {', '.join(AGAINST)}")
    if claim.kind == "equivalence" and not (claim.margin > 0 and claim.reason):
        raise SuiteError(f"{where}: an equivalence needs a margin above 0 and its reason")
    if claim.recompute and set(claim.recompute) != {
        "table",
        "column",
        "zero_stable",
        "reported",
    }:
        raise SuiteError(f"{where}: recompute needs table, column, zero_stable and reported")
    return claim
