"""The page of coverage: how many cells of each table are reached, and by which claims."""

from __future__ import annotations

from zerosnet.judging.coverage import Coverage
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.tables import Table
from zerosnet.reporting.coverage_page import coverage_page


def test_cells_and_statements_are_counted():
    tables = {"table01_first": 4, "table10_roots": 1}
    cells = [(name, row, "alpha") for name, rows in tables.items() for row in range(rows)]
    readers = {cells[0]: ["C02", "C01"], cells[1]: ["C01"], cells[2]: ["C01"]}
    names = ("id", "statement", "location")
    listed = [dict(zip(names, (f"C0{n}", f"States {n}.", "sec. 1"), strict=True)) for n in (1, 2)]
    statements = Table("statements", names, tuple(listed))
    verdicts = {"C01": Verdict("C01", Outcome.PROVED, "a summary")}
    reached = {"C01": ["C01"], "C02": []}
    page = coverage_page(Coverage(cells, readers), reached, statements, verdicts)
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert "| table 1 | 4 | 3 | C01, C02 |" in lines
    assert "| table 10 | 1 | 0 | |" in lines
    assert "3 of 5 cells that are not empty are reached." in lines
    assert "| C01 | States 1. | sec. 1 | C01 **PROVED** |" in lines
    assert "| C02 | States 2. | sec. 1 | **none** |" in lines
    assert "1 of 2 statements of the paper" in page
