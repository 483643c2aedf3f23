"""The paper's tables as data: rows of text, read strictly.

The tables define the experiments.  Their rows carry the configuration and the reported value;
nothing of them is repeated in Python.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from zerosnet.errors import SuiteError
from zerosnet.multistep import LinearMultistep

Row = Mapping[str, str]

#: The table of coefficients and the moduli of their roots; moduli are the key of tables 3, 6, 7.
COEFFICIENTS = "table10_coefficients_roots"
#: "based on three individual runs" (section 5.6): of every reported mean.
REPORTED_RUNS = 3


@dataclass(frozen=True)
class Table:
    """One table of the paper: its file's name without ``.csv`` and its rows, as printed."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def rows_where(self, only: Mapping[str, Sequence[str]]) -> tuple[tuple[int, Row], ...]:
        """The rows, with their numbers from 0, whose columns have one of the texts given.

        Raises:
            SuiteError: a column is not in the table, or no row is left.
        """
        for column in only:
            if column not in self.columns:
                raise SuiteError(f"{self.name}.csv has no column {column!r}: check params.yaml")
        kept = tuple(
            (number, row)
            for number, row in enumerate(self.rows)
            if all(row[column] in texts for column, texts in only.items())
        )
        if not kept:
            raise SuiteError(f"{self.name}.csv has no row where {dict(only)}: check params.yaml")
        return kept


@dataclass(frozen=True)
class Paper:
    """What the decisions may look at: tables, recipes, what the released code is known to do."""

    tables: Mapping[str, Table]
    released_code: Mapping[str, Any]
    recipes: Mapping[str, Any]


def load_paper(folder: Path) -> Paper:
    """Read ``claims/paper``.

    Raises:
        SuiteError: a table cannot be read.
    """
    released, recipes = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("released_code", "recipes")
    )
    return Paper(load_tables(folder / "tables"), released, recipes)


def load_table(path: Path) -> Table:
    """Read one table.

    Raises:
        SuiteError: the file is missing, empty, no UTF-8, or a row has too many or too few cells.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file, strict=True)
    except FileNotFoundError:
        raise SuiteError(f"{path} is missing: restore it with git") from None
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise SuiteError(f"{path} is no readable table ({error}): restore it with git") from None
    if len(set(header)) != len(header):
        raise SuiteError(f"{path}, line 1: a column name stands twice")
    for number, cells in enumerate(lines, start=2):
        if len(cells) != len(header):
            raise SuiteError(
                f"{path}, line {number}: {len(cells)} cells, but {len(header)} columns"
            )
    rows = tuple(dict(zip(header, cells, strict=True)) for cells in lines)
    if not rows:
        raise SuiteError(f"{path} has no rows: restore it with git")
    return Table(path.stem, tuple(header), rows)


def load_tables(folder: Path) -> dict[str, Table]:
    """Every table of a folder, by name.

    Raises:
        SuiteError: there is none, or one cannot be read.
    """
    tables = {path.stem: load_table(path) for path in sorted(folder.glob("*.csv"))}
    if not tables:
        raise SuiteError(f"{folder} holds no tables: run from a checkout of the project")
    return tables


def number(row: Row, column: str) -> float | None:
    """A cell as a number, or ``None`` where the paper gives none.

    Raises:
        SuiteError: the cell holds something else.
    """
    text = row[column].strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise SuiteError(f"column {column}: {text!r} is not a number") from None


def moduli_of(row: Row) -> tuple[str, ...]:
    """The three printed moduli of a row of tables 3, 6, 7 or 10."""
    return tuple(row[f"modulus_{i}"] for i in (1, 2, 3))


def parasitic_modulus(row: Row) -> float:
    """The largest printed modulus besides one root 1.00, of a row of table 7."""
    moduli = sorted(map(float, moduli_of(row)))
    moduli.remove(1.0)
    return moduli[-1]


def method_of_row(row: Row) -> LinearMultistep:
    """The method whose coefficients stand in a row of table 10.

    The table prints four decimals.  Where these are a rounded fraction the column ``exact`` holds
    it (0.3333 is 1/3, by theorem 3): with the decimals as they stand the double root splits.

    Raises:
        SuiteError: the exact coefficients are not those that are printed.
    """
    printed = [row[name] for name in ("alpha0", "alpha1", "alpha2", "beta0")]
    written = row["exact"].split() or printed
    for fraction, decimal in zip(written, printed, strict=True):
        if f"{float(Fraction(fraction)):.4f}" != decimal:
            raise SuiteError(f"{COEFFICIENTS}.csv: {fraction} is not {decimal}, as printed")
    return LinearMultistep(written[:-1], written[-1])
