"""What the figures of the theory show: curves and regions, the same on every machine.

Exact or plain arithmetic throughout; no library's eigenvalues.
"""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from zerosnet.methods.families import ZEROSNET
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.methods.stability import parasitic_polynomial, root_condition
from zerosnet.theory.responses import responses

#: Points a unit of λ.
_DENSITY = 40


def moduli_of_zerosnet(low: int, high: int) -> list[dict[str, Any]]:
    """Moduli of both parasitic roots for λ from low to high; none at the excluded λ = 0.

    Returns:
        Points with ``parameter`` and ``moduli``, the larger first.
    """
    points = []
    for k in range(low * _DENSITY, high * _DENSITY + 1):
        value = Fraction(k, _DENSITY)
        if value == 0:
            points.append({"parameter": 0.0, "moduli": []})
            continue
        # At λ = −1 the method is leapfrog, of two steps: its second parasitic root is 0.
        polynomial = parasitic_polynomial(ZEROSNET.at(value))
        c, b, _ = map(float, (Fraction(0), *polynomial)[-3:])
        root = cmath.sqrt(b * b - 4 * c)
        moduli = sorted((abs(-b + root) / 2, abs(-b - root) / 2), reverse=True)
        points.append({"parameter": float(value), "moduli": moduli})
    return points


def growth_of(
    methods: Sequence[LinearMultistep], steps: int, slope: Fraction = Fraction(0)
) -> list[dict[str, Any]]:
    """The largest response of each method within 0 … ``steps`` blocks; exact, then floats.

    At least 1 everywhere: before the first block a perturbation is what it is.

    Args:
        slope: of linear f(y) = slope · y, with h = 1.
    """
    rows = []
    for method in methods:
        largest, curve = Fraction(1), []
        for response in responses(method, steps, slope):
            largest = max(largest, response)
            curve.append(float(largest))
        rows.append(
            {
                "method": method.label,
                "zero_stable": root_condition(method).holds,
                "responses": curve,
            }
        )
    return rows


def absolutely_stable(method: LinearMultistep, z: Any) -> Any:
    """Where all roots of p(ρ) − zβρ^{d−1} lie in the open unit disk: y′ = λy with z = hλ decays.

    By the Schur–Cohn recursion for complex coefficients, all points at once.

    Args:
        z: complex array of any shape.

    Returns:
        A boolean array of that shape.
    """
    f = [np.full(z.shape, complex(c)) for c in method.characteristic_polynomial]
    f[method.steps - 1] = f[method.steps - 1] - z * float(method.beta)
    inside = np.ones(z.shape, dtype=bool)
    while len(f) > 1:
        inside &= np.abs(f[0]) < np.abs(f[-1])
        # f ← (conj(f_n) f − f_0 f*) / z, scaled so that no number overflows.
        scale = np.maximum(np.abs(f[-1]), np.abs(f[0])) + 1e-300
        first, last = f[0] / scale, np.conj(f[-1]) / scale
        f = [last * a - first * np.conj(b) for a, b in zip(f[1:], reversed(f[:-1]), strict=True)]
    return inside


def stability_grid(method: LinearMultistep, title: str) -> dict[str, Any]:
    """A method's region of absolute stability on a grid around the origin, for its figure."""
    x = np.linspace(-2.2, 0.6, 241)
    y = np.linspace(-1.4, 1.4, 241)
    z = x[None, :] + 1j * y[:, None]
    return {"title": title, "x": x, "y": y, "stable": absolutely_stable(method, z)}
