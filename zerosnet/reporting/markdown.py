"""Markdown for code hosts and terminals: tables whose source lines up."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A pipe table, padded so that it can be read as it stands.

    Args:
        header: names of the columns.
        rows: cells; a pipe or a line break in a cell is made harmless.
        right: numbers of the columns that are aligned to the right.
    """
    cells = [[_safe(cell) for cell in row] for row in (header, *rows)]
    widths = [max(3, *(_width(row[i]) for row in cells)) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        padded = [
            " " * (widths[i] - _width(cell)) + cell
            if i in right
            else cell + " " * (widths[i] - _width(cell))
            for i, cell in enumerate(row)
        ]
        return f"| {' | '.join(padded)} |"

    rule = "|".join(
        f" {'-' * (width - 1)}{':' if i in right else '-'} " for i, width in enumerate(widths)
    )
    return "\n".join([line(cells[0]), f"|{rule}|", *map(line, cells[1:])])


def _safe(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
