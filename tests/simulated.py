"""What simulations of a known truth are held against."""

from __future__ import annotations

from scipy import stats


def binomial_bounds(share, draws):
    """Between which shares an event of this probability comes out but for one in 10,000 times."""
    low, high = stats.binom.interval(0.9999, draws, share)
    return low / draws, high / draws
