"""The explorer of the sources at hand, with the runs that are on record."""

from __future__ import annotations

import csv
from functools import cache

from conftest import PROJECT

from zerosnet.experiments.rows import all_tables
from zerosnet.paper.tables import COEFFICIENTS
from zerosnet.reporting.explorer_page import explorer_page
from zerosnet.theory.family_tree import family_tree


@cache
def runs_on_record():
    """The lines of results/runs.csv; another test holds it against the records."""
    with (PROJECT / "results" / "runs.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def explorer_html(rows):
    """The page about some runs."""
    tables = all_tables(PROJECT)
    return explorer_page(rows, tables, family_tree(tables[COEFFICIENTS])).decode()
