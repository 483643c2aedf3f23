"""The numbers that a table reports, one by one, beside what was measured of the same row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from zerosnet.experiments.trained_stages import EXPERIMENTS, Experiment
from zerosnet.judging.cells import cell_name
from zerosnet.judging.evidence import row_name
from zerosnet.judging.verdict import Outcome, Verdict
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import Row, Table, reported_columns, reported_in
from zerosnet.training.selection import PRIMARY


@dataclass(frozen=True)
class ReportedCell:
    """One accuracy or gap that the paper prints.

    Args:
        number: of its row in the table, from 0.
        label: which row and column, in the table's own words.
        data_set: the paper's.
        column: of what is measured: ``test``, the name of a noise, …
        mean, deviation: as printed, percent; ``None`` where no deviation is.
    """

    number: int
    label: str
    data_set: str
    column: str
    mean: float
    deviation: float | None


def reported_cells(claim: Claim, tables: Mapping[str, Table]) -> list[ReportedCell]:
    """Every number that a claim of kind ``equivalence`` is about, in the table's order."""
    experiment = EXPERIMENTS[claim.stage]
    table = tables[experiment.table]
    return [
        ReportedCell(number, _label(row, experiment, data_set, column), data_set, column, *found)
        for number, row in enumerate(table.rows)
        for data_set in experiment.columns or (row["dataset"],)
        if claim.is_about(row, data_set)
        for column in reported_columns(table, experiment.columns.get(data_set))
        if (found := reported_in(row, column, experiment.columns.get(data_set)))
    ]


def _label(row: Row, experiment: Experiment, data_set: str, column: str) -> str:
    parts = [row["model"]] if "model" in row else []
    if "n_layers" in row:
        parts.append(f"{row['n_layers']} layers")
    parts += [f"{s} = {row[c]}" for c, s in (("alpha", "α"), ("k", "k")) if c in row]
    if "modulus_1" in row:
        parts.append("moduli " + " ".join(row[f"modulus_{i}"] for i in (1, 2, 3)))
    if len(experiment.columns) > 1:
        parts.append(data_set)
    return ", ".join([*parts, *([column] if column != "test" else [])])


def verdict_on_cell(
    cell: ReportedCell, claim: Claim, verdict: Verdict, result: Mapping[str, Any] | None
) -> tuple[Verdict, str]:
    """The verdict on one cell, from that on its table, and its numbers for people.

    Args:
        cell: of the table.
        claim: of kind ``equivalence``, about the table.
        verdict: on the claim.
        result: that the verdict was read from; ``None`` where there is none.
    """
    rows = result["evidence"]["rows"] if result else []
    profile = result["profile"] if result else ""
    row = next(
        (r for r in rows if (r["number"], r["data_set"]) == (cell.number, cell.data_set)), None
    )
    values, best = (
        list(row["measured"][selection].get(cell.column, {}).values()) if row else []
        for selection in (PRIMARY, "best_on_test")
    )
    spread = "" if cell.deviation is None else f" ± {cell.deviation:.2f}"
    ours = "no run"
    if values:
        ours = f"ours {fmean(values):.2f} in {_runs(len(values))} of {profile}"
        if best != values:
            ours += f" ({fmean(best):.2f} at the epochs best on the test images)"
    shown = f"paper {cell.mean:.2f}{spread}, {ours}, margin ±{claim.margin:g}"
    found = verdict.details.get("cell_verdicts")
    if row is None:
        why = "the profile leaves it out" if result else verdict.summary
        return Verdict(claim.id, Outcome.NOT_RUN, why), shown
    if found is None:  # nothing was checked
        return Verdict(claim.id, verdict.outcome, verdict.summary), shown
    outcome = found[cell_name(row_name(row["label"], row["layers"]), cell.column)]
    return Verdict(claim.id, Outcome(outcome), f"{cell.label}: {shown}"), shown


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"
