"""Tables and figures on the page of a stage that is measured in runs: which kind it has."""

from __future__ import annotations

from collections.abc import Sequence

from zerosnet.data.perturb import NOISE_FREE
from zerosnet.judging.verdict import Verdict
from zerosnet.measuring.columns import COEFFICIENT_COLUMNS, GAP_COLUMNS, GROWTH_COLUMNS
from zerosnet.reporting.curves import training_curves
from zerosnet.reporting.numbers.accuracies import accuracies, generalization_gap
from zerosnet.reporting.numbers.cells import Content, Numbers, Picture, has_runs
from zerosnet.reporting.numbers.coefficients import trained_coefficients
from zerosnet.reporting.numbers.growth import growth
from zerosnet.reporting.numbers.perturbed import perturbed
from zerosnet.reporting.numbers.runtime import runtime


def numbers_of_runs(evidence: Content, verdicts: Sequence[Verdict]) -> Numbers:
    """The figures and the blocks of numbers of a stage that has runs."""
    if "devices" in evidence:
        return runtime(evidence)
    # What is reported without perturbation has its own page.
    reported = {column for row in evidence["rows"] for column in row["reported"]}
    if not has_runs(evidence) and not reported - {NOISE_FREE}:
        count, runs = len(evidence["rows"]), sum(len(row["keys"]) for row in evidence["rows"])
        rows = f"{count} {'row' if count == 1 else 'rows'}"
        if not runs:
            return [], [f"No run of its {rows} is on record."]
        trained = "1 run of its" if runs == 1 else f"{runs} runs of its"
        return [], [f"{trained} {rows} {'is' if runs == 1 else 'are'} on record, not yet measured."]
    columns = tuple(evidence["columns"])
    if columns == GROWTH_COLUMNS:
        pictures, blocks = growth(evidence)
    elif columns == COEFFICIENT_COLUMNS:
        pictures, blocks = trained_coefficients(evidence)
    elif columns == GAP_COLUMNS:
        pictures, blocks = generalization_gap(evidence, verdicts)
    elif NOISE_FREE in columns:
        pictures, blocks = perturbed(evidence)
    else:
        pictures, blocks = accuracies(evidence, verdicts)
    if any(row["curve"] for row in evidence["rows"]) and columns != GROWTH_COLUMNS:
        pictures.append(
            Picture(
                "curves",
                "Test accuracy after every epoch, a line a row, dashed where it is not zero-stable",
                training_curves(evidence),
            )
        )
    return pictures, blocks
