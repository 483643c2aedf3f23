"""What the tables say of the methods in them: labels, moduli, consistency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zerosnet.methods.families import EULER, LM_PRINTED, ZEROSNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import polynomial_text, root_condition, roots_of
from zerosnet.paper.claims import Claim
from zerosnet.paper.tables import (
    COEFFICIENTS,
    TABLE_1,
    TABLE_2,
    TABLE_7,
    Paper,
    Row,
    Table,
    method_of_row,
    moduli_of,
)
from zerosnet.theory.decision import Decision
from zerosnet.theory.regions import minus


def _labels(table: Table, method_of: Callable[[Row], LinearMultistep], column: str) -> Decision:
    rows = []
    for row in table.rows:
        condition = root_condition(method_of(row))
        rows.append(
            {
                column: row[column],
                "printed": row["zero_stable_paper"],
                "found": "yes" if condition.holds else "no",
                "reason": condition.reason,
            }
        )
    right = sum(row["printed"] == row["found"] for row in rows)
    return Decision(
        holds=right == len(rows),
        summary=f"{right} of {len(rows)} labels agree with the root condition",
        certificate=tuple(f"{column} = {r[column]}: {r['found']} ({r['reason']})" for r in rows),
        data={"rows": rows},
    )


def _table_1_labels(_claim: Claim, paper: Paper) -> Decision:
    table = paper.tables[TABLE_1]
    return _labels(table, lambda row: EULER.at(row["alpha"]), "alpha")


def _table_2_labels(_claim: Claim, paper: Paper) -> Decision:
    table = paper.tables[TABLE_2]
    return _labels(table, lambda row: LM_PRINTED.at(row["k"]), "k")


def _table_10(_claim: Claim, paper: Paper) -> Decision:
    rows: list[dict[str, Any]] = []
    for row in paper.tables[COEFFICIENTS].rows:
        method = method_of_row(row)
        condition = root_condition(method)
        roots = [
            root
            for root in roots_of(method.characteristic_polynomial)
            for _ in range(root.multiplicity)
        ]
        printed = sorted(moduli_of(row), key=float, reverse=True)
        rows.append(
            {
                "method": method.label,
                "polynomial": polynomial_text(method.characteristic_polynomial),
                "factors": " ".join(map(str, condition.factors)),
                "printed": printed,
                "moduli": [round(root.modulus, 6) for root in roots],
                "moduli_agree": [
                    root.is_printed_as(text) for root, text in zip(roots, printed, strict=True)
                ],
                "printed_label": row["zero_stable_paper"],
                "label": "yes" if condition.holds else "no",
                "reason": condition.reason,
                "order": method.order,
                "consistent": method.is_consistent,
                "roots": [[root.value.real, root.value.imag, root.multiplicity] for root in roots],
            }
        )
    moduli = [agrees for row in rows for agrees in row["moduli_agree"]]
    labels = [row["printed_label"] == row["label"] for row in rows]
    inconsistent = sum(not row["consistent"] for row in rows)
    return Decision(
        holds=all(moduli) and all(labels),
        summary=(
            f"{sum(moduli)} of {len(moduli)} moduli and {sum(labels)} of {len(labels)} labels "
            f"agree (certified root enclosures); {inconsistent} of {len(rows)} rows are not "
            "consistent methods"
        ),
        certificate=tuple(
            f"{row['method']}: {row['factors']} has moduli {', '.join(map(str, row['moduli']))}; "
            f"{row['reason']}"
            for row in rows
        ),
        data={"rows": rows},
    )


def _table_7_roots(_claim: Claim, paper: Paper) -> Decision:
    lines, repeated = [], []
    wanted = {tuple(sorted(map(float, moduli_of(row)))) for row in paper.tables[TABLE_7].rows}
    for row in paper.tables[COEFFICIENTS].rows:
        if tuple(sorted(map(float, moduli_of(row)))) not in wanted:
            continue
        method = method_of_row(row)
        factors = root_condition(method).factors
        has_one = any(factor.coefficients == (-1, 1) for factor in factors)
        repeated.append(has_one and any(factor.multiplicity == 2 for factor in factors))
        lines.append(f"{method.label}: {' '.join(map(str, factors))}")
    return Decision(
        holds=len(repeated) == len(wanted) and all(repeated),
        summary=(
            f"{sum(repeated)} of {len(repeated)} have a double root; the others have a conjugate "
            "pair, two different roots of equal modulus"
        ),
        certificate=tuple(lines),
    )


def _rows_are_zerosnets(_claim: Claim, paper: Paper) -> Decision:
    rows: list[dict[str, Any]] = []
    for row in paper.tables[COEFFICIENTS].rows:
        method = method_of_row(row)
        value = ZEROSNET.parameter_of(method)
        rows.append(
            {
                "method": method.label,
                "zero_stable": row["zero_stable_paper"] == "yes",
                "lambda": None if value is None else str(value),
                "order": method.order,
                "residuals": _residual_texts(method, 3),
            }
        )
    stable = [row for row in rows if row["zero_stable"]]
    members, of_stable = ([row for row in some if row["lambda"]] for some in (rows, stable))
    return Decision(
        holds=len(of_stable) == len(stable) > 0,
        summary=(
            f"{len(of_stable)} of the {len(stable)} zero-stable rows are (10) for some λ, and of "
            f"all {len(rows)} rows {len(members)}; the others have C₀ = 1 − Σ αᵢ ≠ 0: they do not "
            "even reproduce a constant"
        ),
        certificate=tuple(
            f"{row['method']}: "
            + (
                f"λ = {row['lambda'].replace('-', '−')}, order {row['order']}"
                if row["lambda"] is not None
                else f"no λ; {', '.join(row['residuals'])}"
            )
            for row in rows
        ),
        data={"rows": rows},
    )


def _residual_texts(method: LinearMultistep, count: int) -> list[str]:
    return [f"C_{q} = {minus(method.residual(q))}" for q in range(count)]


#: Claim's id → the function that decides it from the claim and the paper.
DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "C07": _table_1_labels,
    "C13": _table_2_labels,
    "C37": _table_7_roots,
    "C47": _table_10,
    "C48": _rows_are_zerosnets,
}
