"""Which epoch's accuracy counts.  The paper does not say; the released code takes the best.

Both are reported side by side, always; ``best_on_test`` looks at the test set to choose.
"""

from __future__ import annotations

from collections.abc import Sequence


def last_epoch(test_accuracies: Sequence[float]) -> int:
    """The last epoch: no choice, no bias."""
    return len(test_accuracies) - 1


def best_on_test(test_accuracies: Sequence[float]) -> int:
    """The first epoch with the highest test accuracy: what the released code reports."""
    return max(range(len(test_accuracies)), key=lambda epoch: (test_accuracies[epoch], -epoch))


#: The selection that verdicts rest on: it does not look at the test set to choose an epoch.
PRIMARY = "last_epoch"
#: The names under which records, verdicts and reports speak of the two.
SELECTIONS = {"last_epoch": last_epoch, "best_on_test": best_on_test}
