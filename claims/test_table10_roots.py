"""Table 10: coefficients and the moduli of their roots."""

import pytest

from zerosnet.methods.stability import is_zero_stable, roots_of
from zerosnet.paper.tables import method_of_row, moduli_of

STAGE = "table10_roots"
TABLE = "table10_coefficients_roots"
pytestmark = [pytest.mark.table10, pytest.mark.theory]


def test_row_has_the_printed_moduli_and_label(row):
    """Enclosures with bounds that hold, rounded to the printed digits."""
    method = method_of_row(row)
    roots = roots_of(method.characteristic_polynomial)
    moduli = [root for root in roots for _ in range(root.multiplicity)]
    printed = sorted(moduli_of(row), key=float, reverse=True)
    assert all(root.is_printed_as(text) for root, text in zip(moduli, printed, strict=True))
    assert is_zero_stable(method) == (row["zero_stable_paper"] == "yes")


def test_all_rows_at_once(claim, check):
    check(claim)
