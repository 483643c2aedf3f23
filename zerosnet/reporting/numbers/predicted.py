"""What accuracy goes with over methods drawn at random, on a page."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.judging.audit import spearman
from zerosnet.judging.predicting import DIVERGED
from zerosnet.judging.rank_correlations import partial_rank_correlation
from zerosnet.judging.verdict import Verdict
from zerosnet.judging.wording import signed
from zerosnet.paper.claims import PREDICTORS
from zerosnet.reporting.drawing import legend, marker, svg
from zerosnet.reporting.markdown import ends_text, table
from zerosnet.reporting.numbers.cells import Content
from zerosnet.theory.predictors import SAID_TO_HELP, Blocks

ZERO_STABILITY, _ROOTS, BRANCH_WEIGHT = PREDICTORS


def correlations_of(verdicts: Sequence[Verdict]) -> dict[str, dict[str, dict[str, Any]]]:
    """Claim → number → its rank correlation with accuracy, of claims that were decided by them."""
    return {
        verdict.claim: verdict.details["correlations"]
        for verdict in verdicts
        if "correlations" in verdict.details
    }


def correlations_table(verdicts: Sequence[Verdict]) -> str:
    """A line for each claim and number."""
    lines = [
        (claim, name, signed(one["value"]), ends_text(one["interval"]))
        for claim, found in correlations_of(verdicts).items()
        for name, one in found.items()
    ]
    header = ("claim", "accuracy goes with", "rank correlation", "interval")
    note = (
        "A label that half of the methods have cannot reach 1, and has no interval. Intervals take "
        "the methods as one simple sample. A run that diverged counts as 0 %."
    )
    return f"{table(header, lines, right=(2, 3))}\n\n{note}"


def by_kind_table(evidence: Content, selection: str) -> str:
    """The same correlations among zero-stable methods and among the others, by themselves."""
    lines = []
    for stable, kind in ((True, "zero-stable"), (False, "not zero-stable")):
        rows = [row for row in evidence["rows"] if row["zero_stable"] is stable]
        rows = [row for row in rows if _runs(row, selection)]
        accuracies = [fmean(_runs(row, selection)) for row in rows]
        found = [
            spearman([SAID_TO_HELP[name](_blocks(row)) for row in rows], accuracies)
            for name in (BRANCH_WEIGHT, _ROOTS)
        ]
        mean = f"{fmean(accuracies):.2f}" if accuracies else "–"
        shown = ["–" if value is None else signed(value) for value in found]
        lines.append((kind, str(len(rows)), mean, *shown))
    header = (
        "methods",
        "number",
        "mean accuracy, %",
        f"ρ with {BRANCH_WEIGHT}",
        f"ρ with {_ROOTS}",
    )
    note = "Descriptive: no test is made of these."
    for one, other in ((ZERO_STABILITY, BRANCH_WEIGHT), (BRANCH_WEIGHT, ZERO_STABILITY)):
        given = correlation_given(one, other, evidence, selection)
        if given is not None:
            note += (
                f" With {other} held equal, the rank correlation of accuracy with {one} is "
                f"{signed(given)} (partial; taken once the runs were known)."
            )
    return f"{table(header, lines, right=(1, 2, 3, 4))}\n\n{note}"


def correlation_given(
    predictor: str, given: str, evidence: Content, selection: str
) -> float | None:
    """The rank correlation of accuracy with a number over methods, another one held equal.

    Args:
        predictor, given: names of :data:`~zerosnet.theory.predictors.SAID_TO_HELP`.
    """
    rows = [row for row in evidence["rows"] if _runs(row, selection)]
    if not rows:
        return None
    accuracies = [fmean(_runs(row, selection)) for row in rows]
    one, other = ([SAID_TO_HELP[name](_blocks(row)) for row in rows] for name in (predictor, given))
    return partial_rank_correlation(one, accuracies, other)


def methods_table(evidence: Content, selection: str) -> str:
    """A line for each method, the largest weight first, with what could predict its accuracy."""
    lines = []
    for row in sorted(evidence["rows"], key=_weight, reverse=True):
        runs = _runs(row, selection)
        stable = "yes" if row["zero_stable"] else "no"
        accuracy = f"{fmean(runs):.2f}" if runs else "–"
        lines.append((row["label"], stable, f"{_root(row):.3f}", f"{_weight(row):.3f}", accuracy))
    header = (
        "coefficients",
        "zero-stable",
        "largest parasitic root",
        "relative branch weight",
        "accuracy, %",
    )
    return table(header, lines, right=(2, 3, 4))


def methods_figure(evidence: Content, selection: str) -> bytes:
    """Accuracy against the largest parasitic root, and against the weight of the blocks."""

    def draw() -> Any:
        figure, panels = plt.subplots(1, 2, figsize=(8.6, 4.0), sharey=True)
        for panel, of in zip(panels, (_root, _weight), strict=True):
            for row in evidence["rows"]:
                if runs := _runs(row, selection):
                    panel.plot([of(row)] * len(runs), runs, "-", color="#999999", linewidth=1)
                    panel.plot(of(row), fmean(runs), linestyle="", **marker(row))
        panels[0].axvline(1, color="#888888", linewidth=0.8, linestyle=":")
        panels[0].set(xlabel="largest modulus of a parasitic root", ylabel="test accuracy, %")
        panels[1].set_xscale("log")
        panels[1].set(xlabel="weight of the last block beside the state")
        legend(figure, panels[0], evidence["rows"])
        return figure

    return svg(draw)


def _runs(row: Content, selection: str) -> list[float]:
    """Accuracies as the verdicts take them: of a run that diverged, 0 %."""
    return [*row["measured"][selection]["test"].values(), *[DIVERGED] * len(row["diverged"])]


def _blocks(row: Content) -> Blocks:
    return Blocks.of_row(row["method"], row["cells"], row["layers"])


def _root(row: Content) -> float:
    return -SAID_TO_HELP[_ROOTS](_blocks(row))


def _weight(row: Content) -> float:
    return SAID_TO_HELP[BRANCH_WEIGHT](_blocks(row))
