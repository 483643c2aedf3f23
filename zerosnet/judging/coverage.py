"""Which claims reach which cells of the paper's tables: seen, not declared.

Rows note who reads which of their cells.  A claim that is decided from the tables reads them when
it is decided; a claim that needs runs reads them when its stage is planned in the profile ``paper``
and its reported numbers are looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from zerosnet.experiments.profiles import Profile
from zerosnet.files.paths import paper_folder
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Paper, Row, Table, load_paper, reported_in

#: (table, number of the row, column)
Cell = tuple[str, int, str]
#: Claim → table → column → numbers of the rows.
Reads = dict[str, dict[str, dict[str, list[int]]]]


class _NotingRow(dict[str, str]):
    """A row that notes which of its cells are read."""

    def __init__(self, cells: dict[str, str], note: Callable[[str], None]) -> None:
        super().__init__(cells)
        self._note = note

    def __getitem__(self, column: str) -> str:
        self._note(column)
        return super().__getitem__(column)

    def get(self, column: str, default: str = "") -> str:  # type: ignore[override]
        if column not in self:
            return default
        return self[column]


@dataclass
class Coverage:
    """Who reads what.

    Attributes:
        cells: every cell of the tables that is not empty.
        readers: cell → ids of the claims that read it.
    """

    cells: list[Cell]
    readers: dict[Cell, list[str]] = field(default_factory=dict)

    def unread(self) -> list[Cell]:
        """Cells that no claim reads."""
        return [cell for cell in self.cells if cell not in self.readers]


class Notebook:
    """Notes which cells of the tables are read for which claims."""

    def __init__(self) -> None:
        self._claims: tuple[str, ...] = ()
        self._readers: dict[Cell, dict[str, None]] = {}

    @contextmanager
    def reading_for(self, *claims: str) -> Iterator[None]:
        """What is read inside is read for these claims."""
        before, self._claims = self._claims, claims
        try:
            yield
        finally:
            self._claims = before

    def noting(self, paper: Paper) -> Paper:
        """The same tables, whose rows note what is read of them."""
        tables = {name: self._noting_table(table) for name, table in paper.tables.items()}
        return replace(paper, tables=tables)

    def _noting_table(self, table: Table) -> Table:
        rows = tuple(self._noting_row(table.name, i, row) for i, row in enumerate(table.rows))
        return replace(table, rows=rows)

    def _noting_row(self, table: str, number: int, row: Row) -> _NotingRow:
        def note(column: str) -> None:
            readers = self._readers.setdefault((table, number, column), {})
            readers.update(dict.fromkeys(self._claims))

        return _NotingRow(dict(row), note)

    def reads(self) -> Reads:
        """Everything noted, for a results file."""
        found: Reads = {}
        for (table, number, column), claims in sorted(self._readers.items()):
            for claim in claims:
                found.setdefault(claim, {}).setdefault(table, {}).setdefault(column, []).append(
                    number
                )
        return found


def reads_of_runs(claims: Sequence[Claim], profile: Profile, root: Path) -> Reads:
    """What claims that need runs read: planning their stages, looking up what is reported.

    Args:
        profile: that plans every row, which is ``paper``.
    """
    # What needs runs needs torch; theory does not wait for it.
    from zerosnet.experiments.rows import plan
    from zerosnet.experiments.timed import RUNTIME_STAGE, RUNTIME_TABLE
    from zerosnet.experiments.trained_stages import EXPERIMENTS
    from zerosnet.judging import runtime_claims
    from zerosnet.judging.evidence import columns_of

    notebook = Notebook()
    paper = notebook.noting(load_paper(paper_folder(root)))
    for stage, experiment in EXPERIMENTS.items():
        if experiment.table not in paper.tables:
            continue  # of a neighbouring system: it reads nothing of the paper
        mine = [claim for claim in claims if claim.stage == stage and claim.needs_runs]
        with notebook.reading_for(*(claim.id for claim in mine)):
            rows = plan(experiment, profile, paper.tables, paper_folder(root) / "recipes.yaml")
        columns = columns_of(experiment, paper.tables[experiment.table])
        for row in rows:
            for claim in mine:
                if claim.kind == "equivalence" and claim.is_about(row.row, row.data_set):
                    with notebook.reading_for(claim.id):
                        for column in columns:
                            reported_in(row.row, column, experiment.columns.get(row.data_set))
    timed = [claim.id for claim in claims if claim.stage == RUNTIME_STAGE]
    with notebook.reading_for(*timed):
        runtime_claims.reported_ratios(paper.tables[RUNTIME_TABLE])
    return notebook.reads()


def coverage_of(tables: Mapping[str, Table], reads: Sequence[Reads]) -> Coverage:
    """The cells of the tables, and who reads them."""
    cells = [
        (name, number, column)
        for name, table in tables.items()
        for number, row in enumerate(table.rows)
        for column, text in row.items()
        if text.strip()
    ]
    readers: dict[Cell, list[str]] = {}
    for found in reads:
        for claim, by_table in found.items():
            for table, by_column in by_table.items():
                for column, numbers in by_column.items():
                    for number in numbers:
                        readers.setdefault((table, number, column), []).append(claim)
    return Coverage(cells, readers)


def statements(table: Table, claims: tuple[Claim, ...]) -> dict[str, list[str]]:
    """Every statement of the literature list → the claims that decide it, or a part of it.

    A claim's id is that of its statement, maybe with an ending such as ``-runs``.
    """
    return {
        row["id"]: [claim.id for claim in claims if claim.id.partition("-")[0] == row["id"]]
        for row in table.rows
    }
