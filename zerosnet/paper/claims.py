"""The paper's claims as data: what is stated, where, and how it is decided.

``claims/paper/claims.yaml`` is read strictly: what is compared is declared there before it is
measured, and a slip in it must not pass for a decision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.names import unknown_name
from zerosnet.files.yaml_files import read_yaml
from zerosnet.methods.multistep import NotAMethodError, exact
from zerosnet.paper.tables import Table

KINDS = (
    "exact",
    "recomputed",
    "equivalence",
    "order",
    "alike",
    "as_good",
    "best",
    "every_run",
    "predicts",
    "runtime",
    "literature",
)
#: Values of the parameters that a run ends with.
PARAMETERS = ("inside", "lowest", "highest")
VALUES = (
    "accuracy",
    "drop",
    "noisy_accuracy",
    "under_noise",
    "under_fgsm",
    "under_pgd",
    "stage_1",
    "relative",
    "gap",
    "top1",
    "top5",
    "sharpness",
    "all_epochs",
    "held_out",
    "at_equal_loss",
    "fitted",
    *PARAMETERS,
)
#: What may predict which of several methods are more accurate; the more of it, the more accurate.
PREDICTORS = ("zero stability", "small parasitic roots", "relative branch weight")
#: Values of which less is better.
LESS_IS_BETTER = ("drop", "stage_1", "relative", "gap", "sharpness")
TESTS = {
    "recomputed": ("", "noninferiority"),
    "runtime": ("close", "less_for_large_batches", "as_reported"),
}
#: Kinds that compare rows of our own by contrasts over the seeds.
COMPARISONS = ("order", "alike", "as_good")
#: How DIFFERS is corrected over the cells of a table.
FAMILIES = ("holm", "bonferroni")
#: How many of the others a "best" row must beat.
AGAINST = ("all", "most")
#: The profiles whose runs may decide a claim, from the least.
DECIDING = ("mini", "medium", "paper")

ZERO_STABLE = "zero_stable"
#: Rows in the order of their largest parasitic modulus, the smallest first.
SMALLER_MODULUS = "smaller_parasitic_modulus"
#: What a claim may name beside the columns of its table: the paper's data set.
DATA_SET = "data_set"
#: Of ``images``: whatever images the runs used may decide.
ANY = "any"


@dataclass(frozen=True)
class Claim:
    """One statement of the paper and how it is decided; the fields are those of the file."""

    id: str
    stage: str
    statement: str
    quote: str
    place: str
    kind: str
    headline: str = ""
    decided_from: str = ""
    value: str = "accuracy"
    favoured: str | Mapping[str, Any] = ""
    test: str = ""
    rows: Mapping[str, Any] = field(default_factory=dict)
    images: str = ""
    against: str = ""
    balanced_over: str | Sequence[str] = ""
    weighted_by: str = ""
    predictor: str = ""
    rival: str = ""
    each: str | Sequence[str] = ""
    best_over: str = ""
    along: str = ""
    at_least_by: float = 0.0
    margin: float = 0.0
    level: float = 0.05
    family: str = ""
    fit_within: float = 0.0
    exploratory: str = ""
    afterwards: str = ""
    printed: str = ""
    beside: str = ""
    at_least: float | None = None
    at_most: float | None = None
    reason: str = ""
    recompute: Mapping[str, str] = field(default_factory=dict)
    region: Sequence[tuple[str, str]] = ()

    @property
    def needs_runs(self) -> bool:
        """Whether anything has to be trained to decide it."""
        return self.kind in (
            "equivalence",
            *COMPARISONS,
            "best",
            "every_run",
            "predicts",
            "runtime",
        )

    def columns(self, name: str) -> tuple[str, ...]:
        """``balanced_over`` or ``each`` as columns."""
        found = getattr(self, name)
        return ((found,) if found else ()) if isinstance(found, str) else tuple(found)

    def is_about(self, cells: Mapping[str, str], data_set: str) -> bool:
        """Whether the claim is about a row of its table, for one of the paper's data sets."""
        return fits({**cells, DATA_SET: data_set}, self.rows)

    def decidable_in(self, profile: str) -> bool:
        """Whether runs of a profile may decide it."""
        return not self.needs_runs or (
            profile in DECIDING and DECIDING.index(profile) >= DECIDING.index(self.decided_from)
        )


def fits(cells: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    """Whether a row's cells are those wanted: column → a text, or a list of texts."""
    return all(cells.get(column) in listed(texts) for column, texts in wanted.items())


def listed(texts: Any) -> list[Any]:
    """What a claim names in a column, one text or several, as a list."""
    return texts if isinstance(texts, list) else [texts]


def load_claims(path: Path) -> tuple[Claim, ...]:
    """Every claim of the file, in its order.

    Raises:
        SuiteError: the file is missing or damaged, or a claim is incomplete or contradictory.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list) or not entries:
        raise SuiteError(f"{path.name}: a list of claims is expected")
    claims = tuple(_claim(entry, f"{path.name}, entry {i}") for i, entry in enumerate(entries, 1))
    ids = [claim.id for claim in claims]
    kinds = {claim.id: claim.kind for claim in claims}
    for claim in claims:
        if ids.count(claim.id) > 1:
            raise SuiteError(f"{path.name}: claim {claim.id} stands there twice")
        if claim.beside and claim.beside not in ids:
            raise SuiteError(f"{path.name} ({claim.id}): beside names {claim.beside!r}, no claim")
        if claim.printed and kinds.get(claim.printed) != "recomputed":
            raise SuiteError(
                f"{path.name} ({claim.id}): printed names {claim.printed!r}, no recomputed claim"
            )
    return claims


def check_names(claim: Claim, table: Table) -> None:
    """Whether the columns and texts that a claim names are there in its table.

    A column that is not there would be the same in all rows, and so compare other things than what
    was declared.

    Raises:
        SuiteError: a column is not there, or no row has a text in its column.
    """
    favoured = {} if isinstance(claim.favoured, str) else claim.favoured
    named = (
        *claim.rows,
        *favoured,
        *claim.columns("balanced_over"),
        *claim.columns("each"),
        *filter(None, (claim.weighted_by, claim.best_over, claim.along)),
    )
    for column in named:
        if column not in (*table.columns, DATA_SET):
            problem = f"claim {claim.id}: {table.name}.csv has no column {column!r}"
            raise unknown_name(column, (*table.columns, DATA_SET), problem)
    for column, texts in (*claim.rows.items(), *favoured.items()):
        there = dict.fromkeys(row.get(column, "") for row in table.rows)
        for text in listed(texts) if column != DATA_SET else ():
            if text not in there:
                problem = f"claim {claim.id}: no row of {table.name}.csv has {text!r} in {column}"
                raise unknown_name(text, there, problem)
    mine, first = (
        {column: texts for column, texts in wanted.items() if column != DATA_SET}
        for wanted in (claim.rows, favoured)
    )
    rows = [row for row in table.rows if fits(row, mine)]
    put_first = [row for row in rows if fits(row, first)]
    if first and len(put_first) in (0, len(rows)) and len(first) == len(favoured):
        which = "none" if not put_first else "every one"
        raise SuiteError(
            f"claim {claim.id}: favoured is {which} of the rows of {table.name}.csv that it is "
            "about: there is nothing to compare"
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= _LARGEST_NUMBER


def _is_columns(value: Any) -> bool:
    """Column → a text or a list of texts."""
    return isinstance(value, dict) and all(
        _is_text(column) and (_is_text(texts) or (texts and _is_texts(texts)))
        for column, texts in value.items()
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_text_or_texts(value: Any) -> bool:
    return _is_text(value) or _is_texts(value)


def _is_region(value: Any) -> bool:
    """A list of open intervals, each a pair of texts."""
    return isinstance(value, list) and all(
        _is_texts(pair) and len(pair) == 2 and _is_interval(*pair) for pair in value
    )


def _is_interval(low: str, high: str) -> bool:
    """Whether two texts are the ends of an open interval: numbers, or ``-inf`` and ``inf``."""
    try:
        ends = [exact(end) for end, none in ((low, "-inf"), (high, "inf")) if end != none]
    except NotAMethodError:
        return False
    return ends == sorted(set(ends))


#: A claim is decided at this level at most.
_LARGEST_LEVEL = 0.1
_LARGEST_NUMBER = 1e6
_A_NUMBER = f"a number from 0 to {_LARGEST_NUMBER:,.0f}"
#: What is not just a text, and what it must be.
_EXPECTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "favoured": (lambda value: _is_text(value) or _is_columns(value), "a text or columns"),
    "rows": (_is_columns, "columns, each with a text or a list of texts"),
    "balanced_over": (_is_text_or_texts, "a text or a list of texts"),
    "each": (_is_text_or_texts, "a text or a list of texts"),
    "at_least_by": (_is_number, _A_NUMBER),
    "margin": (_is_number, _A_NUMBER),
    "level": (
        lambda value: _is_number(value) and 0 < value <= _LARGEST_LEVEL,
        f"a number above 0, at most {_LARGEST_LEVEL}",
    ),
    "fit_within": (_is_number, _A_NUMBER),
    "at_least": (_is_number, _A_NUMBER),
    "at_most": (_is_number, _A_NUMBER),
    "recompute": (
        lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
        "names, each with a text",
    ),
    "region": (_is_region, "a list of intervals such as [-inf, 1/3], their ends in quotes"),
}
_A_TEXT = (_is_text, "a text")


def _claim(entry: Any, where: str) -> Claim:
    if not isinstance(entry, dict):
        raise SuiteError(f"{where}: entries of the form 'name: value' are expected")
    where = f"{where} ({str(entry.get('id', 'no id'))[:40]})"
    unknown = sorted(map(str, set(entry) - set(Claim.__dataclass_fields__)))
    if unknown:
        raise unknown_name(
            unknown[0], Claim.__dataclass_fields__, f"{where}: {unknown[0][:40]!r} is unknown"
        )
    missing = [
        name
        for name in ("id", "stage", "statement", "quote", "place", "kind")
        if not entry.get(name)
    ]
    if missing:
        raise SuiteError(f"{where}: {missing[0]!r} is missing")
    for name, value in entry.items():
        fits_there, expected = _EXPECTED.get(name, _A_TEXT)
        if not fits_there(value):
            raise SuiteError(
                f"{where}: {name} is of a kind that is not expected there: it must be {expected}"
            )
    claim = Claim(**entry)
    for name, known in (("kind", KINDS), ("value", VALUES)):
        if getattr(claim, name) not in known:
            raise SuiteError(
                f"{where}: {name} {getattr(claim, name)!r} is unknown: one of {', '.join(known)}"
            )
    if (claim.needs_runs or claim.decided_from) and claim.decided_from not in DECIDING:
        raise SuiteError(f"{where}: decided_from must be one of {', '.join(DECIDING)}")
    for slip, text in _slips(claim):
        if slip:
            raise SuiteError(f"{where}: {text}")
    return claim


_RECOMPUTED = {"table", "column", "zero_stable", "reported"}
_PRINTED = r"-?[0-9]+(\.[0-9]+)?"


def _slips(claim: Claim) -> list[tuple[bool, str]]:
    """Whether a claim contradicts itself, and what to say then."""
    compares = claim.kind in COMPARISONS
    text = claim.favoured if isinstance(claim.favoured, str) else ""
    bounded = claim.at_least is not None or claim.at_most is not None
    tests = TESTS.get(claim.kind, ("",))
    return [
        (
            (compares or claim.kind == "best") and not (claim.favoured or claim.weighted_by),
            "favoured says which rows the statement puts first",
        ),
        (
            bool(claim.weighted_by) and (claim.kind != "order" or bool(claim.favoured)),
            "weighted_by belongs to an order, instead of favoured",
        ),
        (
            (claim.kind == "predicts") != (claim.predictor in PREDICTORS)
            or claim.rival not in ("", *(p for p in PREDICTORS if claim.predictor not in ("", p))),
            "predictor belongs to a claim of kind predicts, which needs one of "
            f"{', '.join(PREDICTORS)}; rival is another one, or left out",
        ),
        (
            bool(claim.along) != (claim.value == "at_equal_loss")
            or (bool(claim.along) and not claim.best_over),
            "along belongs to the value at_equal_loss, with best_over",
        ),
        (
            text not in ("", ZERO_STABLE, SMALLER_MODULUS),
            f"favoured is {ZERO_STABLE}, {SMALLER_MODULUS} or columns with their texts",
        ),
        (
            text == SMALLER_MODULUS and claim.kind != "order",
            f"{SMALLER_MODULUS} orders many rows: its kind is order",
        ),
        (claim.images not in ("", ANY), f"images is {ANY} or left out"),
        (
            claim.test not in tests,
            f"test must be one of {', '.join(tests)}"
            if claim.kind in TESTS
            else f"a claim of kind {claim.kind} has no test of its own",
        ),
        (
            claim.kind == "literature" and not claim.reason,
            "reason says why no run can decide it",
        ),
        (
            (claim.kind == "every_run") != bounded,
            "at_least and at_most belong to every_run, which needs one",
        ),
        (
            (claim.kind == "every_run") != (claim.value in PARAMETERS),
            f"the values {', '.join(PARAMETERS)} belong to every_run, which needs one",
        ),
        (
            claim.kind == "best" and claim.against not in AGAINST,
            f"against must be one of {', '.join(AGAINST)}",
        ),
        (
            claim.kind == "equivalence" and not (claim.margin > 0 and claim.reason),
            "an equivalence needs a margin above 0 and its reason",
        ),
        (
            (claim.kind == "equivalence") != bool(claim.family)
            or claim.family not in ("", *FAMILIES),
            f"family belongs to an equivalence, which needs one of {', '.join(FAMILIES)}",
        ),
        (
            claim.kind in ("alike", "as_good")
            and not (claim.margin > 0 and (claim.reason or claim.exploratory)),
            f"a claim of kind {claim.kind} needs a margin above 0 and its reason",
        ),
        (
            claim.kind == "order" and claim.margin > 0,
            "an order has at_least_by; with a margin it is as_good",
        ),
        (
            claim.at_least_by > 0 and not (claim.kind == "order" and claim.reason),
            "at_least_by belongs to an order, with its reason",
        ),
        (
            bool(claim.balanced_over or claim.each) and not compares,
            "balanced_over and each belong to comparisons of rows",
        ),
        (
            bool(claim.best_over) and not compares,
            "best_over belongs to comparisons of rows",
        ),
        (claim.fit_within > 0 and not claim.reason, "fit_within needs its reason"),
        (
            bool(claim.recompute) and set(claim.recompute) != _RECOMPUTED,
            "recompute needs table, column, zero_stable and reported",
        ),
        (
            bool(claim.recompute)
            and not re.fullmatch(_PRINTED, claim.recompute.get("reported", "")),
            "recompute: reported is a decimal number, as it is printed",
        ),
    ]
