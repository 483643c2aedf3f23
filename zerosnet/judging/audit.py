"""The paper audited by its own numbers, before anything is trained.

A claim of superiority is first tested on the reported means and standard deviations of three runs
(:mod:`zerosnet.judging.printed_numbers`); the orders that our own runs decide, too, are in
:mod:`zerosnet.judging.audit_orders`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from math import factorial
from typing import Any

from zerosnet.experiments.timed import RUNTIME_TABLE
from zerosnet.judging.printed_numbers import (
    FAMILY_LEVEL,
    IF_BY_N,
    READINGS,
    compare,
    p_noninferior,
    reported,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import all_moduli
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import (
    COEFFICIENTS,
    TABLE_3,
    TABLE_4,
    TABLE_6,
    TABLE_7,
    Paper,
    Row,
    by_depth,
    is_optimum,
    method_of_row,
    moduli_of,
    parasitic_modulus,
)
from zerosnet.theory.decision import Decision
from zerosnet.theory.responses import responses


def _gaps_are_differences(_claim: Claim, paper: Paper) -> Decision:
    """C34: the printed gap against training minus test accuracy."""
    wrong, lines = 0, []
    for row in paper.tables[TABLE_7].rows:
        difference = Fraction(row["train_acc_pct"]) - Fraction(row["test_acc_pct"])
        wrong += difference != Fraction(row["gap_reported_pp"])
        lines.append(
            f"{row['model']}, {_moduli(row)}: {row['train_acc_pct']} − {row['test_acc_pct']} = "
            f"{float(difference):.2f}, printed {row['gap_reported_pp']}"
        )
    total = len(lines)
    return Decision(wrong == 0, f"{total - wrong} of {total} gaps are the difference", tuple(lines))


def _gap_pairs(paper: Paper) -> list[tuple[str, bool]]:
    """Every pair of rows of one depth: (text, whether the smaller modulus has the smaller gap)."""
    pairs = []
    for rows in by_depth(paper.tables[TABLE_7].rows).values():
        ordered = sorted(rows, key=parasitic_modulus)
        for i, smaller in enumerate(ordered):
            for larger in ordered[i + 1 :]:
                follows = Fraction(smaller["gap_reported_pp"]) < Fraction(larger["gap_reported_pp"])
                text = (
                    f"{smaller['model']}: {smaller['gap_reported_pp']} at "
                    f"{parasitic_modulus(smaller)}, "
                    f"{larger['gap_reported_pp']} at {parasitic_modulus(larger)}"
                )
                pairs.append((text, follows))
    return pairs


def _smaller_moduli_smaller_gap(_claim: Claim, paper: Paper) -> Decision:
    pairs = _gap_pairs(paper)
    right = sum(follows for _, follows in pairs)
    against = [text for text, follows in pairs if not follows]
    return Decision(
        2 * right > len(pairs),
        f"in {right} of {len(pairs)} pairs of one depth the smaller modulus has the smaller gap; "
        "single runs, so no test is possible",
        ("against it:", *against),
    )


def _optimum_has_the_best_gap(_claim: Claim, paper: Paper) -> Decision:
    depths = by_depth(paper.tables[TABLE_7].rows)
    best = {
        depth: parasitic_modulus(min(rows, key=lambda row: Fraction(row["gap_reported_pp"])))
        for depth, rows in depths.items()
    }
    optimum = min(parasitic_modulus(row) for row in paper.tables[TABLE_7].rows)
    right = sum(modulus == optimum for modulus in best.values())
    return Decision(
        2 * right > len(best),
        f"at {right} of {len(best)} depths",
        tuple(f"{depth} layers: smallest gap at modulus {m}" for depth, m in best.items()),
    )


def _zerosnets_outperform(_claim: Claim, paper: Paper) -> Decision:
    """C26: every ZeroSNet cell of table 4 against every other cell of its depth and data set."""
    pairs, lines = [], []
    below = 0
    for rows in by_depth(paper.tables[TABLE_4].rows).values():
        for column in ("cifar10", "cifar100"):
            for ours in (row for row in rows if row["model"].startswith("ZeroSNet")):
                for other in (row for row in rows if not row["model"].startswith("ZeroSNet")):
                    pair = reported(ours, column), reported(other, column)
                    pairs.append(pair)
                    if pair[0].mean <= pair[1].mean:
                        below += 1
                        lines.append(
                            f"{ours['model']}-{ours['n_layers']} {float(pair[0].mean):.2f} against "
                            f"{other['model']}-{other['n_layers']} {float(pair[1].mean):.2f} "
                            f"({column})"
                        )
    family = compare(pairs)
    return Decision(
        below == 0,
        f"above in {len(pairs) - below} of {len(pairs)} comparisons; of those with both standard "
        f"deviations, all on CIFAR-100, {family.text} are significant (Welch, n = 3, two-sided, "
        "Holm)",
        ("not above:", *lines),
        {"comparisons": len(pairs), "above": len(pairs) - below, "significant": list(family.above)},
    )


def _opt_is_competitive(claim: Claim, paper: Paper) -> Decision:
    """C27: Opt against Tra, cell by cell: in most not lower by the margin (noninferiority)."""
    pairs, lines = [], []
    shown = dict.fromkeys(READINGS, 0)
    for depth, rows in by_depth(paper.tables[TABLE_4].rows).items():
        by_model = {row["model"]: row for row in rows}
        for column in ("cifar10", "cifar100"):
            opt = reported(by_model["ZeroSNet-Opt"], column)
            tra = reported(by_model["ZeroSNet-Tra"], column)
            pairs.append((opt, tra))
            ps = [p_noninferior(opt, tra, claim.margin, reading) for reading in READINGS]
            for reading, p in zip(READINGS, ps, strict=True):
                # As the claims on runs that ask the same: two-sided at 5 %.
                shown[reading] += p is not None and p <= FAMILY_LEVEL / 2
            found = ", ".join("–" if p is None else f"{p:.3f}" for p in ps)
            lines.append(
                f"{depth} layers, {column}: {float(opt.mean):.2f}, {float(tra.mean):.2f}; "
                f"p = {found}"
            )
    above = sum(opt.mean >= tra.mean for opt, tra in pairs)
    family = compare(pairs)
    first, other = shown.values()
    return Decision(
        2 * first > len(pairs),
        f"Opt is shown to be less than {claim.margin:g} points behind Tra in {first} of "
        f"{len(pairs)} cells{f' ({other} {IF_BY_N})' if other != first else ''} (Welch, n = 3, "
        f"one-sided at 2.5 %, each cell by itself); it is at least as high in {above}, and "
        f"significantly lower in {family.below[0]} (two-sided, Holm)",
        ("Opt, Tra; p of noninferiority, deviations dividing by n − 1, by n:", *lines),
        {"not_inferior": [first, other], "cells": len(pairs)},
    )


def _optimum_is_highest(_claim: Claim, paper: Paper) -> Decision:
    """C50: at every depth of table 3 (CIFAR-10) and table 7 (CIFAR-100)."""
    lines, right, total = [], 0, 0
    for name, column in ((TABLE_3, "test_acc_mean_pct"), (TABLE_7, "test_acc_pct")):
        for depth, rows in by_depth(paper.tables[name].rows).items():
            best = max(rows, key=lambda row: Fraction(row[column]))
            total += 1
            right += is_optimum(best)
            lines.append(
                f"{best['dataset']}, {depth} layers: highest {best[column]} at {_moduli(best)}"
            )
    return Decision(right == total, f"highest at {right} of {total} depths", tuple(lines))


def _runtime_is_close(claim: Claim, paper: Paper) -> Decision:
    """C41: ZeroSNet-20's time over PreResNet-20's, by phase and batch size."""
    from zerosnet.judging.runtime_claims import reported_ratios  # a second to import, as below

    ratios: dict[str, dict[str, float]] = {}
    for cell, ratio in reported_ratios(paper.tables[RUNTIME_TABLE]).items():
        phase, _, batch = cell.partition(", batch ")
        ratios.setdefault(phase, {})[f"bs{batch}"] = ratio
    close = all(
        r <= 1 + claim.margin / 100 for by_size in ratios.values() for r in by_size.values()
    )
    larger = all(max(r["bs512"], r["bs4096"]) < r["bs128"] for r in ratios.values())
    return Decision(
        close and larger,
        "; ".join(
            f"{phase}: {', '.join(f'{ratio:.3f} at {size[2:]}' for size, ratio in found.items())}"
            for phase, found in ratios.items()
        ),
        data={"ratios": ratios},
    )


def _tables_agree(_claim: Claim, paper: Paper) -> Decision:
    """A01: numbers that stand in two tables: tables 3, 4 and 6."""
    third = {
        (row["n_layers"], tuple(sorted(moduli_of(row)))): reported(row, "test")
        for row in paper.tables[TABLE_3].rows
    }
    compared, wrong = 0, []
    for row in paper.tables[TABLE_6].rows:
        compared += 1
        key = (row["n_layers"], tuple(sorted(moduli_of(row))))
        if third[key] != reported(row, "noise_free"):
            wrong.append(f"table 6, {_moduli(row)}")
    optima = {
        row["n_layers"]: reported(row, "test")
        for row in filter(is_optimum, paper.tables[TABLE_3].rows)
    }
    for row in paper.tables[TABLE_4].rows:
        model, depth = row["model"], row["n_layers"]
        if model == "ZeroSNet-Opt" and depth in optima:
            compared += 1
            if optima[depth] != reported(row, "cifar10"):
                wrong.append(f"table 4, {model}-{depth}")
    return Decision(not wrong, f"{compared - len(wrong)} of {compared} numbers agree", tuple(wrong))


def _predictors(_claim: Claim, paper: Paper) -> Decision:
    """A02: rank correlations of what could predict the accuracies of table 3, depth by depth."""
    by_moduli = {
        tuple(sorted(moduli_of(row))): method_of_row(row) for row in paper.tables[COEFFICIENTS].rows
    }
    rows: list[dict[str, Any]] = []
    for depth, found in by_depth(paper.tables[TABLE_3].rows).items():
        for name, only_stable in (("all rows", False), ("zero-stable rows", True)):
            chosen = [r for r in found if not only_stable or r["zero_stable_paper"] == "yes"]
            methods = [by_moduli[tuple(sorted(moduli_of(row)))] for row in chosen]
            accuracy = [float(row["test_acc_mean_pct"]) for row in chosen]
            blocks = (int(depth) - 2) // 6 - 2
            predictors = {
                "largest modulus": [_moduli_exactly(m)[-1] for m in methods],
                "second-largest modulus": [_moduli_exactly(m)[-2] for m in methods],
                "growth through a stage": [float(responses(m, blocks)[-1]) for m in methods],
                "|β|": [abs(float(m.beta)) for m in methods],
                "|1 − Σ α|": [abs(float(1 - sum(m.alphas))) for m in methods],
            }
            rows.append(
                {
                    "depth": depth,
                    "rows": name,
                    "n": len(chosen),
                    **{k: spearman(v, accuracy) for k, v in predictors.items()},
                }
            )
    within = [row for row in rows if row["rows"] == "zero-stable rows"]

    def listed(name: str) -> str:
        return ", ".join(_signed(row[name]) for row in within)

    count = within[0]["n"]
    needed, p = least_significant(count, FAMILY_LEVEL)
    return Decision(
        all(row["second-largest modulus"] < 0 for row in within),
        f"{listed('second-largest modulus')} at {', '.join(r['depth'] for r in within)} layers, "
        f"where {count} rows need {float(needed):.3f} of either sign to be significant (two-sided "
        f"p = {float(p):.3f}, exact); accuracy goes more with the weight of f, |β| "
        f"({listed('|β|')}), which the rows do not hold fixed",
        data={"rows": rows},
    )


def _moduli_exactly(method: LinearMultistep) -> list[float]:
    """All moduli in rising order, from the coefficients: two decimals tie 0.327 with 1/3.

    Twelve digits, so that the equal moduli of a pair stay equal.
    """
    return sorted(round(modulus, 12) for modulus in all_moduli(method))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The rank correlation, to three digits; ``None`` where the first are all the same."""
    if len(set(one)) < 2:
        return None
    from scipy import stats  # a second to import; most exact statements need none

    return round(float(stats.spearmanr(one, other).statistic), 3)


def least_significant(count: int, level: float) -> tuple[Fraction, Fraction]:
    """The least rank correlation, of either sign, that is significant at a two-sided level, and
    its p-value: by all orders of so many rows, each as likely as any other, without ties.
    """
    # ρ = 1 − 6 Σ d²/(n³ − n), d the differences of ranks.
    ranks = range(count)
    distances = Counter(
        sum((a - b) ** 2 for a, b in zip(ranks, order, strict=True))
        for order in permutations(ranks)
    )
    orders = Counter[Fraction]()
    for distance, number in distances.items():
        orders[abs(1 - Fraction(6 * distance, count**3 - count))] += number
    needed, extreme, reached = Fraction(2), 0, Fraction(0)
    for correlation in sorted(orders, reverse=True):
        extreme += orders[correlation]
        if Fraction(extreme, factorial(count)) > level:
            break
        needed, reached = correlation, Fraction(extreme, factorial(count))
    return needed, reached


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+z.2f}".replace("-", "−")


def _moduli(row: Row) -> str:
    return ", ".join(moduli_of(row))


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "A01": _tables_agree,
    "A02": _predictors,
    "C26": _zerosnets_outperform,
    "C27": _opt_is_competitive,
    "C34": _gaps_are_differences,
    "C35": _smaller_moduli_smaller_gap,
    "C36": _optimum_has_the_best_gap,
    "C41": _runtime_is_close,
    "C50": _optimum_is_highest,
}


def predictors_table(decision_data: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and cells of the rank correlations, for the report."""
    rows = decision_data["rows"]
    names = [key for key in rows[0] if key not in ("depth", "rows", "n")]
    cells = [
        [row["depth"], row["rows"], str(row["n"]), *(_signed(row[name]) for name in names)]
        for row in rows
    ]
    return ["layers", "rows", "n", *names], cells
