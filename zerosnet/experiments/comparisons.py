"""From the rows of ``claims/comparisons`` to networks and recipes.

These tables are the suite's own: what is compared with what, for the neighbouring systems and for
questions beyond the paper.  A table has the columns that its rows differ in; what a table does not
name, or a cell leaves empty, is as usual:

    row                  what tells the row from the others
    condition            what rows that are compared have in common; for claims and pages alone
    pair, roots, branch  of a design of pairs: which pair, zero-stable or not, and how the branch
    side, sign, size     weighs beside the state; of a parameter: which side of an edge, its sign
                         and size; for claims and pages alone
    jump                 the row's weight in a claim's contrast
    dataset, n_layers    the system's own
    method               of :data:`METHODS`, or coefficients: α₀ … α_{d−1} β
    block                ``bottleneck``; basic if empty
    width                channels of the first stage
    groups, group_width  of ResNeXt's convolutions; the group's width in the first stage
    history              ``restart``: anew in every stage
    stage_start          ``plain``: y + f(y) whatever the method
    projection           ``bare`` or ``activated``, where a stage begins
    branch_growth        of the branch's weight, from block to block
    composition          ``poly-2`` or ``fractal``: how an ordinary Euler step is made of f
    memory               ``recomputed``: of training, in leapfrog and RevNet
    noise                level of what training adds to every block's new state
    survival             chance that stochastic depth keeps the last block
    learning_rate        instead of the protocol's, at the start; above 0
    length               share of the epochs, up to 10; the whole schedule, in proportion
    weight_decay         instead of the protocol's; 0 or more
    augmentation         ``none``: no crop, no flip
    gradients            activated: α β and ``gradient`` or ``step``
    loss                 deformed: a b c d; or ``log`` and its shift
    control              ``learning rate``: instead of the activated gradients, the rate that they
                         amount to; ``slope``, ``slopes``: instead of the deformed loss, the rate
                         times the mean slope that it meets in training, or in each epoch
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from zerosnet.data.perturb import ACCURACY
from zerosnet.files.errors import SuiteError, told_of
from zerosnet.files.finite import whole_number
from zerosnet.files.names import in_any_case, unknown_name
from zerosnet.methods.families import (
    IN_RESNET,
    IN_RESNET_164,
    LAMBDA_IN_RESNET,
    LAMBDA_IN_RESNET_164,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    PRERESNET,
    REVNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
    Trainable,
)
from zerosnet.methods.multistep import LinearMultistep, exact
from zerosnet.networks.architecture import Architecture
from zerosnet.paper.tables import Row, Table, load_table
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import Deformation, LogarithmicDeformation, LossDeformation
from zerosnet.training.learning_rate_controls import activated_gradients_control, slopes_control
from zerosnet.training.recipe import Recipe

#: Methods whose coefficients are trained, as the tables call them.
TRAINED: dict[str, Trainable] = {
    "ZeroSNet-Tra": ZEROSNET_TRA,
    "LM-ResNet": LM_RESNET,
    "LM-ResNet started outside": LM_RESNET_UNSTABLE,
    "In-ResNet": IN_RESNET,
    "In-ResNet-164": IN_RESNET_164,
    "λ-In-ResNet": LAMBDA_IN_RESNET,
    "λ-In-ResNet-164": LAMBDA_IN_RESNET_164,
}
METHODS: dict[str, LinearMultistep | Trainable] = {
    "PreResNet": PRERESNET,
    "ZeroSNet-Opt": ZEROSNET_OPT,
    "RevNet": REVNET,
    **TRAINED,
}
_COLUMNS = frozenset(
    (
        *("row", "condition", "dataset", "n_layers", "method", "block", "width", "groups"),
        *("group_width", "history", "stage_start", "projection", "branch_growth"),
        *("learning_rate", "composition", "memory", "noise", "survival"),
        *("weight_decay", "augmentation"),
        *("pair", "roots", "branch", "side", "sign", "size", "jump", "sharpening", "length"),
        *("gradients", "loss", "control"),
    )
)
_CONTROLS: dict[str, Callable[[Recipe], Recipe]] = {
    "": lambda recipe: recipe,
    "learning rate": activated_gradients_control,
    "slope": lambda recipe: slopes_control(recipe, "training"),
    "slopes": lambda recipe: slopes_control(recipe, "epoch"),
}
#: Shares of the epochs that are more are a slip of the pen.
_LONGEST = 10
#: The column of reported accuracies.  Those under a perturbation end in ``ACCURACY``; empty cells
#: name what is measured all the same.
_REPORTED = "test_acc_pct"


def load_rows(folder: Path) -> dict[str, Table]:
    """Every table of the folder, by name.

    Raises:
        SuiteError: a table cannot be read, or has a column or cell that means nothing.
    """
    tables = {path.stem: load_table(path) for path in sorted(folder.glob("*.csv"))}
    for table in tables.values():
        known = (*_COLUMNS, _REPORTED)
        for column in table.columns:
            if column not in known and not column.endswith(ACCURACY):
                problem = f"{table.name}.csv: column {column!r} is unknown"
                raise unknown_name(column, known, problem, "zerosnet/experiments/comparisons.py")
        missing = [c for c in ("row", "dataset", "n_layers", "method") if c not in table.columns]
        if missing:
            raise SuiteError(f"{table.name}.csv has no column {missing[0]!r}")
        names = [row["row"] for row in table.rows]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SuiteError(f"{table.name}.csv: two rows are called {twice!r}: rename one")
        for row in table.rows:
            if "size" in table.columns:
                _numbers(row, "size", exact, 1)
            control = row.get("control", "")
            if control not in _CONTROLS:
                raise SuiteError(
                    f"{table.name}.csv, row {row['row']!r}: control {control!r} is unknown: "
                    f"one of {', '.join(filter(None, _CONTROLS))}"
                )
    return tables


def architecture_of(row: Row) -> Architecture:
    """The network of a row.

    Raises:
        SuiteError: a cell cannot be understood, or no such network is possible.
    """
    choices: dict[str, Any] = {
        name: row[name]
        for name in ("block", "history", "stage_start", "projection", "composition", "memory")
        if row.get(name)
    }
    for name in ("width", "groups", "group_width"):
        if row.get(name):
            choices[name] = _numbers(row, name, _whole, 1)[0]
    for name in ("survival", "noise", "branch_growth"):
        if row.get(name):
            choices[name] = _numbers(row, name, exact, 1)[0]
    return Architecture(_method(row), _numbers(row, "n_layers", _whole, 1)[0], **choices)


def length_of(row: Row) -> Fraction:
    """The share of the epochs that a row is trained for.

    Raises:
        SuiteError: the cell is no number, or no sensible one.
    """
    length = _numbers(row, "length", exact, 1)[0] if row.get("length") else Fraction(1)
    if not 0 < length <= _LONGEST:
        raise _out_of_range(row, "length", f"above 0 and at most {_LONGEST}")
    return length


def recipe_of(row: Row, recipe: Recipe) -> Recipe:
    """The recipe of a row, from its protocol's.

    Raises:
        SuiteError: a cell cannot be understood, or its number is none that can be trained with.
    """
    if row.get("learning_rate"):
        recipe = replace(recipe, learning_rate=_numbers(row, "learning_rate", _real, 1)[0])
        if recipe.learning_rate <= 0:
            raise _out_of_range(row, "learning_rate", "above 0")
    if row.get("weight_decay"):
        recipe = replace(recipe, weight_decay=_numbers(row, "weight_decay", _real, 1)[0])
        if recipe.weight_decay < 0:
            raise _out_of_range(row, "weight_decay", "0 or more")
    if row.get("augmentation"):
        if row["augmentation"] != "none":
            raise SuiteError(f"row {row['row']!r}: augmentation is 'none' or left out")
        recipe = replace(recipe, padding=0, flip=False)
    if row.get("gradients"):
        *numbers, place = row["gradients"].split() or [""]
        alpha, beta = _numbers(row, "gradients", _real, 2, numbers)
        activated = ActivatedGradients(alpha, beta, place)  # type: ignore[arg-type]
        recipe = replace(recipe, activated_gradients=activated)
    if row.get("loss"):
        recipe = replace(recipe, loss_deformation=_deformation(row))
    return _CONTROLS[row.get("control", "")](recipe)


def _deformation(row: Row) -> Deformation:
    first, *rest = row["loss"].split() or [""]
    if first == "log":
        return LogarithmicDeformation(_numbers(row, "loss", _real, 1, rest)[0])
    a, b, c, d = _numbers(row, "loss", _real, 4)
    return LossDeformation(a, b, c, d)


def _method(row: Row) -> LinearMultistep | Trainable:
    name = in_any_case(row["method"], METHODS)
    if name is not None:
        return METHODS[name]
    numbers = row["method"].split()
    if len(numbers) < 2 or not any(map(str.isdigit, row["method"])):
        problem = f"row {row['row']!r}: method {row['method']!r} is unknown"
        raise unknown_name(row["method"], [*METHODS, "coefficients α₀ … β"], problem)
    with told_of(f"row {row['row']!r}"):
        return LinearMultistep(numbers[:-1], numbers[-1])


def _out_of_range(row: Row, column: str, expected: str) -> SuiteError:
    return SuiteError(f"row {row['row']!r}: {column} is {row[column]!r}: must be {expected}")


def _whole(text: str) -> int:
    return whole_number(text, "", "")


def _real(text: str) -> float:
    # Python's own reader takes "nan", "1e999" and "1_0".
    return float(exact(text))


_Number = TypeVar("_Number", int, float, Fraction)


def _numbers(
    row: Row,
    column: str,
    kind: Callable[[str], _Number],
    count: int,
    texts: Sequence[str] | None = None,
) -> list[_Number]:
    texts = row[column].split() if texts is None else texts
    try:
        found = [kind(text) for text in texts]
    except SuiteError:
        found = []
    if len(found) != count:
        raise SuiteError(
            f"row {row['row']!r}: {column} is {row[column]!r}: "
            f"{count} {'number is' if count == 1 else 'numbers are'} expected"
        )
    return found
