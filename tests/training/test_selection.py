"""Which epoch counts."""

from __future__ import annotations

import pytest

from zerosnet.training.selection import SELECTIONS, best_on_test, last_epoch


@pytest.mark.parametrize(
    ("accuracies", "last", "best"),
    [([50.0], 0, 0), ([50.0, 60.0, 55.0], 2, 1), ([60.0, 50.0, 60.0], 2, 0)],
)
def test_last_and_best(accuracies, last, best):
    assert last_epoch(accuracies) == last
    assert best_on_test(accuracies) == best
    assert list(SELECTIONS) == ["last_epoch", "best_on_test"]
