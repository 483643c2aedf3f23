"""Curves of the theory's figures."""

from __future__ import annotations

import numpy as np
import pytest

from zerosnet.methods.families import LEAPFROG, PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import is_zero_stable
from zerosnet.theory.curves import absolutely_stable, growth_of, moduli_of_zerosnet
from zerosnet.theory.responses import responses


def test_moduli_follow_lambda():
    points = {point["parameter"]: point["moduli"] for point in moduli_of_zerosnet(-3, 2)}
    assert points[0.0] == []
    assert points[-1.0] == pytest.approx([1, 0])
    assert points[-1.8] == pytest.approx([1 / 3, 1 / 3])
    assert min(moduli[0] for moduli in points.values() if moduli) == pytest.approx(1 / 3)


def test_growth_separates_stable_from_unstable():
    rows = growth_of([PRERESNET, LEAPFROG, ZEROSNET_OPT], 20)
    assert all(row["zero_stable"] for row in rows)
    assert all(row["responses"] == sorted(row["responses"]) for row in rows)
    assert all(row["responses"][-1] <= 2 for row in rows)


def test_a_perturbation_is_at_least_what_it_was():
    """Damped coefficients shrink it from the first block on: its largest size is that of n = 0."""
    damped = LinearMultistep(("1/10", "1/5", "3/10"), "2/5")
    (row,) = growth_of([damped], 20)
    assert max(responses(damped, 20)) < 1
    assert row["responses"] == [1] * 20


def test_absolute_stability_of_eulers_method_is_a_disk():
    generator = np.random.default_rng(3)
    z = generator.uniform(-3, 1, 500) + 1j * generator.uniform(-2, 2, 500)
    assert np.array_equal(absolutely_stable(PRERESNET, z), np.abs(1 + z) < 1)


@pytest.mark.parametrize("method", [ZEROSNET_OPT, LEAPFROG], ids=str)
def test_absolute_stability_agrees_with_the_roots(method):
    generator = np.random.default_rng(4)
    z = generator.uniform(-1.5, 0.5, 300) + 1j * generator.uniform(-1, 1, 300)
    found = absolutely_stable(method, z)
    for point, stable in zip(z, found, strict=True):
        polynomial = [complex(c) for c in reversed(method.characteristic_polynomial)]
        polynomial[1] -= point * float(method.beta)
        radius = max(abs(np.roots(polynomial)))
        assert abs(radius - 1) < 1e-6 or stable == (radius < 1)


def test_leapfrog_damps_nothing():
    z = np.array([-0.1 + 0j, -0.5 + 0.2j])
    assert not absolutely_stable(LEAPFROG, z).any()
    assert is_zero_stable(LEAPFROG)
