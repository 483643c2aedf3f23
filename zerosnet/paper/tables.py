"""The paper's tables as data: rows of text, read strictly.

The tables define the experiments.  Their rows carry the configuration and the reported value;
nothing of them is repeated in Python.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.pinned import pinned_names, read_pinned
from zerosnet.files.reading import content_of
from zerosnet.files.yaml_files import parse_yaml
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep, NotAMethodError, exact
from zerosnet.methods.stability import all_moduli

Row = Mapping[str, str]

TABLE_1 = "table01_preresnet32_alpha_cifar10"
TABLE_2 = "table02_lmresnet44_k_cifar10"
TABLE_3 = "table03_third_order_cifar10"
TABLE_4 = "table04_comparison_cifar"
TABLE_5 = "table05_imagenet"
TABLE_6 = "table06_robustness_cifar10_56layer"
TABLE_7 = "table07_generalization_gap_cifar100"
TABLE_8 = "table08_parameters"
TABLE_9 = "table09_runtime_cifar10"
#: The table of coefficients and the moduli of their roots; moduli are the key of tables 3, 6, 7.
COEFFICIENTS = "table10_coefficients_roots"
#: "based on three individual runs" (section 5.6): of every reported mean.
REPORTED_RUNS = 3
#: How columns end that report a value → how the column of its deviation ends, where there is one.
_REPORTED = {"_acc_mean_pct": "_acc_std_pct", "_acc_pct": "", "_reported_pp": ""}


@dataclass(frozen=True)
class Table:
    """One table of the paper: its file's name without ``.csv`` and its rows, as printed."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def rows_where(self, only: Mapping[str, Sequence[str]]) -> tuple[tuple[int, Row], ...]:
        """The rows, with their numbers from 0, whose columns have one of the texts given.

        Raises:
            SuiteError: a column is not in the table, no row has a text, or no row is left.
        """
        for column, texts in only.items():
            if column not in self.columns:
                raise SuiteError(f"{self.name}.csv has no column {column!r}: check params.yaml")
            there = {row[column] for row in self.rows}
            for text in texts:
                if text not in there:
                    raise SuiteError(
                        f"{self.name}.csv has no row with {text!r} in {column}: check params.yaml"
                    )
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
        SuiteError: a file cannot be read, or is not what its checksum says (``files/pinned.py``).
    """
    released, recipes = (
        parse_yaml(read_pinned(folder, name), folder / name)
        for name in ("released_code.yaml", "recipes.yaml")
    )
    return Paper(load_tables(folder / "tables"), released, recipes)


def load_table(path: Path) -> Table:
    """Read one table, whatever its checksum.

    Raises:
        SuiteError: the file is missing, empty, no UTF-8, or a row has too many or too few cells.
    """
    return _parse(content_of(path), path)


def _parse(content: bytes, path: Path) -> Table:
    try:
        # A byte order mark, as spreadsheets write it, is no part of the first column's name.
        text = content.decode("utf-8-sig")
        header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SuiteError(
            f"{path} is no readable table ({reason}): save it as CSV in UTF-8, cells separated by "
            "commas, or restore it with git"
        ) from None
    for other, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and other in header[0]:
            raise SuiteError(f"{path}: cells are separated by {called}: save it with commas")
    if len(set(header)) != len(header):
        raise SuiteError(f"{path}, line 1: a column name stands twice")
    # Spreadsheets leave empty lines at the end.
    while lines and not any(lines[-1]):
        lines.pop()
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
        SuiteError: there is none, one is missing or cannot be read, or is not what its checksum
            says (``files/pinned.py``).
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise SuiteError(f"{folder} holds no tables: run from a checkout of the project")
    # Those that are listed and are not there are missed by name.
    listed = [name for name in pinned_names(folder.parent) if name.startswith(f"{folder.name}/")]
    here = [f"{folder.name}/{path.name}" for path in paths]
    return {
        path.stem: _parse(read_pinned(folder.parent, name), path)
        for name in sorted({*here, *listed})
        for path in [folder.parent / name]
    }


def load_statements(folder: Path) -> Table:
    """The list of the paper's statements in ``claims/paper``.

    Raises:
        SuiteError: it cannot be read, or is not what its checksum says (``files/pinned.py``).
    """
    name = "statements.csv"
    return _parse(read_pinned(folder, name), folder / name)


def number(row: Row, column: str) -> float | None:
    """A cell as a number, or ``None`` where the paper gives none.

    Raises:
        SuiteError: the cell holds something else.
    """
    text = row[column].strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise SuiteError(f"column {column}: {text!r} is not a number")
    return value


def reported_in(
    row: Row, column: str, prefix: str | None = None
) -> tuple[float, float | None] | None:
    """What a row of the paper's tables reports for what we measure: mean, standard deviation.

    Args:
        column: ``test``, ``gap``, the name of a noise, …
        prefix: where a row reports on several data sets: what columns about ours begin with.
    """
    name = prefix if prefix and column == "test" else column
    for end, deviation in _REPORTED.items():
        mean = f"{name}{end}"
        if mean in row and (found := number(row, mean)) is not None:
            return found, number(row, f"{name}{deviation}") if deviation else None
    return None


def reported_columns(table: Table, prefix: str | None = None) -> tuple[str, ...]:
    """The columns of a table that report something measured, by the names of :func:`reported_in`.

    Args:
        table: of the paper.
        prefix: as there; its column is ``test``, and those of other data sets are left out.
    """
    found = [
        column.removesuffix(end)
        for column in table.columns
        for end in _REPORTED
        if column.endswith(end)
    ]
    if prefix in found:
        return ("test",)
    return tuple(found)


def by_depth(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each depth, in their order."""
    depths: dict[str, list[Row]] = {}
    for row in rows:
        depths.setdefault(row["n_layers"], []).append(row)
    return depths


def moduli_of(row: Row) -> tuple[str, ...]:
    """The three printed moduli of a row of tables 3, 6, 7 or 10."""
    return tuple(row[f"modulus_{i}"] for i in (1, 2, 3))


def is_optimum(row: Row) -> bool:
    """Whether the printed moduli of a row are those of theorem 3's coefficients."""
    optimal = sorted(f"{modulus:.2f}" for modulus in all_moduli(ZEROSNET_OPT))
    return sorted(moduli_of(row)) == optimal


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
        SuiteError: a coefficient is no number, or the exact ones are not those that are printed.
    """
    printed = [row[name] for name in ("alpha0", "alpha1", "alpha2", "beta0")]
    written = row["exact"].split() or printed
    if len(written) != len(printed):
        raise SuiteError(f"{COEFFICIENTS}.csv: {row['exact']!r} are not {len(printed)} numbers")
    try:
        method = LinearMultistep(written[:-1], written[-1])
        exact_values = [exact(value) for value in written]
    except NotAMethodError as error:
        raise SuiteError(f"{COEFFICIENTS}.csv: {error}") from None
    for value, decimal in zip(exact_values, printed, strict=True):
        # Beyond any coefficient; a float could not hold it.
        if abs(value) > 10**6 or f"{float(value):.4f}" != decimal:
            raise SuiteError(f"{COEFFICIENTS}.csv: {value} is not {decimal}, as printed")
    return method
