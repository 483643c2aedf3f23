"""From evidence to a verdict, one claim at a time, by the test that the claim declared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from zerosnet.judging.evidence import BySeed, RowEvidence, TableEvidence
from zerosnet.judging.permutations import permutation, stratified
from zerosnet.judging.statistics import (
    LEVEL,
    Spread,
    against_each,
    are_alike,
    contrast,
    difference_from_reported,
    own_spread,
    pooled_spread,
    seeds_for_contrast,
    seeds_for_tost,
    tost_power,
)
from zerosnet.judging.verdict import Measured, Outcome, Verdict, admit
from zerosnet.paper.claims import LESS_IS_BETTER, SMALLER_MODULUS, ZERO_STABLE, Claim, fits
from zerosnet.paper.tables import REPORTED_RUNS, parasitic_modulus
from zerosnet.training.selection import PRIMARY, SELECTIONS

#: Digits kept of every number: enough for people, few enough to be the same on every machine.
DIGITS = 4


def judge(claim: Claim, evidence: TableEvidence) -> Verdict:
    """The verdict on a claim that compares or bounds what the runs at hand measured."""
    admitted = admit(claim, evidence)
    return admitted if isinstance(admitted, Verdict) else judge_measured(claim, admitted)


def judge_measured(claim: Claim, evidence: Measured) -> Verdict:
    """Decide such a claim as it was declared."""
    decide = _JUDGES[claim.test or claim.kind]
    primary = decide(claim, evidence, PRIMARY)
    others = {name: decide(claim, evidence, name).outcome for name in SELECTIONS if name != PRIMARY}
    details = {"selection": PRIMARY, **primary.details}
    details["sensitivity"] = {**primary.details.get("sensitivity", {}), **others}
    diverged = {row.label: len(row.diverged) for row in evidence.table.rows if row.diverged}
    if diverged:
        details["diverged"] = diverged
    return Verdict(claim.id, primary.outcome, primary.summary, details)


def is_favoured(claim: Claim, row: RowEvidence) -> bool:
    """Whether the statement puts this row first."""
    if claim.favoured == ZERO_STABLE:
        return bool(row.zero_stable)
    if isinstance(claim.favoured, str):
        raise ValueError(f"{claim.id}: favoured rows {claim.favoured!r} are unknown")
    return fits(row.cells, claim.favoured)


def _values(claim: Claim, row: RowEvidence, selection: str) -> list[float]:
    """A row's values where more is better, seed by seed: a drop counts with a minus."""
    sign = -1.0 if claim.value in LESS_IS_BETTER else 1.0
    found: BySeed = row.values(claim.value, selection)
    return [sign * value for _, value in sorted(found.items())]


def _split(
    claim: Claim, evidence: Measured, selection: str
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Favoured rows and the others: label → values; rows that only diverged are left out."""
    first: dict[str, list[float]] = {}
    second: dict[str, list[float]] = {}
    for row in evidence.table.rows:
        values = _values(claim, row, selection)
        if values:
            (first if is_favoured(claim, row) else second)[row.name] = values
    return first, second


def _one_sided(p_holds: float, p_reversed: float) -> Outcome:
    if p_holds <= LEVEL:
        return Outcome.ORDER_HOLDS
    return Outcome.ORDER_REVERSED if p_reversed <= LEVEL else Outcome.INCONCLUSIVE


def _by_permutation(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Labels exchanged between methods: a method's value is its mean deviation from its depth."""
    by_depth: dict[int, list[tuple[RowEvidence, float]]] = {}
    for row in evidence.table.rows:
        values = _values(claim, row, selection)
        if values:
            by_depth.setdefault(row.layers, []).append((row, fmean(values)))
    deviations: dict[str, list[float]] = {}
    favoured: dict[str, bool] = {}
    for rows in by_depth.values():
        middle = fmean(mean for _, mean in rows)
        for row, mean in rows:
            deviations.setdefault(row.method, []).append(mean - middle)
            favoured[row.method] = is_favoured(claim, row)
    first = [fmean(d) for method, d in deviations.items() if favoured[method]]
    second = [fmean(d) for method, d in deviations.items() if not favoured[method]]
    if not first or not second:
        return _nothing_to_compare(claim)
    found = permutation(first, second)
    gap = min(first) - max(second)
    return Verdict(
        claim.id,
        _one_sided(found.p_greater, found.p_less),
        f"{_by(claim, found.difference)}; exact permutation over {len(first) + len(second)} "
        f"methods, p = {found.p_greater:.4f}; "
        + (
            f"the worst favoured method is {gap:.2f} ahead of the best other"
            if gap > 0
            else f"the families overlap by {-gap:.2f}"
        ),
        {
            "difference": _round(found.difference),
            "p_holds": _round(found.p_greater),
            "p_reversed": _round(found.p_less),
            "labellings": found.labellings,
            "gap": _round(gap),
        },
    )


def _by_stratified_permutation(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Runs exchanged between rows of one depth and data set."""
    rows = evidence.table.rows
    scores = _scores(claim, rows)
    strata: dict[tuple[str, int], dict[int, list[float]]] = {}
    for row, score in zip(rows, scores, strict=True):
        values = _values(claim, row, selection)
        if values:
            stratum = strata.setdefault((row.data_set, row.layers), {})
            stratum.setdefault(score, []).extend(values)
    if not any(len(stratum) > 1 for stratum in strata.values()):
        return _nothing_to_compare(claim)
    found = stratified(list(strata.values()))
    who = "the smallest modulus has" if claim.favoured == SMALLER_MODULUS else None
    return Verdict(
        claim.id,
        _one_sided(found.p_greater, found.p_less),
        f"{_by(claim, found.difference, who)}{' than the largest' if who else ''}; exact "
        f"permutation of {found.runs} runs within {found.strata} "
        f"{'depth' if found.strata == 1 else 'depths'}, p = {found.p_greater:.4f}",
        {
            "difference": _round(found.difference),
            "p_holds": _round(found.p_greater),
            "p_reversed": _round(found.p_less),
        },
    )


def _scores(claim: Claim, rows: Sequence[RowEvidence]) -> list[int]:
    """What the statement expects of each row: a higher score, better values."""
    if claim.favoured != SMALLER_MODULUS:
        return [int(is_favoured(claim, row)) for row in rows]
    moduli = [parasitic_modulus(row.cells) for row in rows]
    return [sorted(set(moduli), reverse=True).index(modulus) for modulus in moduli]


#: Value → (unit, what it is).
_UNITS = {
    "accuracy": ("points", "accuracy"),
    "noisy_accuracy": ("points", "accuracy under perturbation"),
    "under_noise": ("points", "accuracy under noise"),
    "under_fgsm": ("points", "accuracy under FGSM"),
    "under_pgd": ("points", "accuracy under PGD"),
    "drop": ("points", "loss under perturbation"),
    "stage_1": ("powers of ten", "growth of perturbations in the first stage"),
    "relative": ("powers of ten", "growth of perturbations relative to the states"),
    "gap": ("points", "generalization gap"),
    "sharpness": ("powers of ten", "curvature at the end"),
    "all_epochs": ("points", "accuracy over all epochs"),
    "top1": ("points", "top-1 accuracy"),
    "top5": ("points", "top-5 accuracy"),
}


def _by(claim: Claim, difference: float, who: str | None = None) -> str:
    unit, what = _UNITS[claim.value]
    # What should be small was counted with a minus: a positive difference means less of it.
    more = (difference >= 0) != (claim.value in LESS_IS_BETTER)
    word = "more" if more else "less"
    who = who or "the favoured rows have"
    return f"{who} {abs(difference):.2f} {unit} {word} {what} on average"


def _by_contrast(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    first, second = _split(claim, evidence, selection)
    if not first or not second:
        return _nothing_to_compare(claim)
    found = contrast(list(first.values()), list(second.values()), claim.margin)
    interval = found.interval
    outcome = _one_sided(found.p_greater, 1 - found.p_greater)
    summary = (
        f"{_by(claim, interval.estimate)}, 90 % interval "
        f"[{interval.low:.2f}, {interval.high:.2f}], seeds as the sample"
        + (f"; {claim.margin:g} points less would do" if claim.margin else "")
    )
    if outcome is Outcome.INCONCLUSIVE:
        needed = seeds_for_contrast(
            interval.estimate + claim.margin, len(first), len(second), found.spread.sd
        )
        summary += f"; {needed or 'more than any number of'} seeds a row would decide"
    return Verdict(
        claim.id,
        outcome,
        summary,
        {
            "difference": _round(interval.estimate),
            "interval": [_round(interval.low), _round(interval.high)],
            "p_holds": _round(found.p_greater),
            "pooled_sd": _round(found.spread.sd),
            "df": found.spread.df,
        },
    )


def _by_ranking(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """The favoured row against each other row of its depth, Holm within the family."""
    better = worse = compared = 0
    pairs: dict[str, Any] = {}
    depths = sorted({(row.data_set, row.layers) for row in evidence.table.rows})
    for depth in depths:
        rows = [row for row in evidence.table.rows if (row.data_set, row.layers) == depth]
        favoured = [row for row in rows if is_favoured(claim, row)]
        others = {
            row.name: values
            for row in rows
            if not is_favoured(claim, row) and (values := _values(claim, row, selection))
        }
        if len(favoured) != 1 or not others:
            continue
        ours = _values(claim, favoured[0], selection)
        if not ours:
            continue
        for label, found in against_each(ours, others).items():
            compared += 1
            better += found.p_better <= LEVEL
            worse += found.p_worse <= LEVEL
            pairs[label] = {
                "difference": _round(found.interval.estimate),
                "interval": [_round(found.interval.low), _round(found.interval.high)],
                "p_better": _round(found.p_better),
                "p_worse": _round(found.p_worse),
            }
    if not compared:
        return _nothing_to_compare(claim)
    needed = compared if claim.against == "all" else compared // 2 + 1
    # One row that is surely better refutes "better than all"; a majority refutes "than most".
    refuting = 1 if claim.against == "all" else compared // 2 + 1
    outcome = Outcome.INCONCLUSIVE
    if better >= needed:
        outcome = Outcome.ORDER_HOLDS
    elif worse >= refuting:
        outcome = Outcome.ORDER_REVERSED
    return Verdict(
        claim.id,
        outcome,
        f"surely better than {better} of {compared} others, surely worse than {worse} "
        f"(one-sided t-tests, Holm; {needed} needed)",
        {"pairs": pairs},
    )


def _by_equivalence(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """TOST of every reported mean; all must pass (intersection–union, no correction needed)."""
    # A reported number without a standard deviation is taken for one run.
    cells: list[tuple[str, list[float], float, int]] = []
    for row in evidence.table.rows:
        for column, (reported, deviation) in row.reported.items():
            values = [v for _, v in sorted(row.measured[selection][column].items())]
            if values:
                runs = REPORTED_RUNS if deviation is not None else 1
                name = row.name if column == "test" else f"{row.name}, {column}"
                cells.append((name, values, reported, runs))
    pooled = pooled_spread([values for _, values, _, _ in cells])
    if pooled is None:
        return Verdict(claim.id, Outcome.INSUFFICIENT_SEEDS, "no cell has two runs")
    alike = are_alike([values for _, values, _, _ in cells])

    def outcome_at(margin: float, spread_of: Callable[[Sequence[float]], Spread]) -> Outcome:
        differences = [
            difference_from_reported(values, reported, count, spread_of(values))
            for _, values, reported, count in cells
        ]
        if all(found.inside(margin) for found in differences):
            return Outcome.REPRODUCED
        if any(found.outside(margin) for found in differences):
            return Outcome.DIFFERS
        return Outcome.INCONCLUSIVE

    def own(values: Sequence[float]) -> Spread:
        return own_spread(values) or pooled

    def together(_values: Sequence[float]) -> Spread:
        return pooled

    spread_of = together if alike else own
    table = {
        name: difference_from_reported(values, reported, count, spread_of(values))
        for name, values, reported, count in cells
    }
    within = sum(found.inside(claim.margin) for found in table.values())
    beyond = sum(found.outside(claim.margin) for found in table.values())
    runs = min(len(values) for _, values, _, _ in cells)
    worst = min(count for *_, count in cells)
    power = tost_power(claim.margin, runs, worst, pooled)
    needed = seeds_for_tost(claim.margin, worst, len(cells), pooled.sd)
    return Verdict(
        claim.id,
        outcome_at(claim.margin, spread_of),
        f"{within} of {len(table)} reported means met within ±{claim.margin:g} points, "
        f"{beyond} surely missed; power per cell {power:.2f}",
        {
            "margin": claim.margin,
            "cells": {
                name: [_round(found.estimate), _round(found.low), _round(found.high)]
                for name, found in table.items()
            },
            "pooled_sd": _round(pooled.sd),
            "spreads_alike": alike,
            "power": _round(power),
            "seeds_needed": needed,
            "sensitivity": {
                "half margin": outcome_at(claim.margin / 2, spread_of),
                "double margin": outcome_at(claim.margin * 2, spread_of),
                "own SD": outcome_at(claim.margin, own),
                "pooled SD": outcome_at(claim.margin, together),
            },
        },
    )


def _in_every_run(claim: Claim, evidence: Measured, selection: str) -> Verdict:
    """Whether a value keeps to its bounds in every completed run: of these runs, no others."""
    found = {
        f"{row.name}, seed {seed}": value
        for row in evidence.table.rows
        for seed, value in sorted(row.values(claim.value, selection).items())
    }
    if not found:
        return Verdict(claim.id, Outcome.INSUFFICIENT_SEEDS, "no run completed")
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    outside = {name: value for name, value in found.items() if not low <= value <= high}
    values = sorted(found.values())
    return Verdict(
        claim.id,
        Outcome.DIFFERS if outside else Outcome.REPRODUCED,
        f"so in {len(found) - len(outside)} of {len(found)} runs; "
        f"{_IN_EVERY_RUN[claim.value]} from {values[0]:g} to {values[-1]:g}",
        {"outside": outside},
    )


#: Value → what it is, for statements about every run.
_IN_EVERY_RUN = {
    "inside": "percent of the blocks that end inside",
    "lowest": "the lowest parameter of a run",
    "highest": "the highest parameter of a run",
}


def _nothing_to_compare(claim: Claim) -> Verdict:
    return Verdict(
        claim.id,
        Outcome.INSUFFICIENT_SEEDS,
        "one of the two families has no completed run: nothing to compare",
    )


def _round(value: float) -> float:
    return round(float(value), DIGITS)


_JUDGES: dict[str, Callable[[Claim, Measured, str], Verdict]] = {
    "permutation": _by_permutation,
    "contrast": _by_contrast,
    "stratified": _by_stratified_permutation,
    "best": _by_ranking,
    "equivalence": _by_equivalence,
    "every_run": _in_every_run,
}
