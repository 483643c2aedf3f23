"""How well a variance is known that is a sum of variances: its degrees of freedom.

Without scipy, which takes a second to import and which most exact statements do not need.
"""

from __future__ import annotations

from collections.abc import Sequence


def degrees_of_freedom(parts: Sequence[tuple[float, float]]) -> float:
    """(Σ vᵢ)² / Σ (vᵢ²/dfᵢ) of independent estimates vᵢ of variances (Satterthwaite 1946).

    Args:
        parts: of each variance that is added, the estimate and its degrees of freedom; one estimate
            at least is above 0.

    >>> degrees_of_freedom([(1.0, 2), (1.0, 2)])
    4.0
    """
    variance = sum(part for part, _ in parts)
    return variance**2 / sum(part**2 / df for part, df in parts)
