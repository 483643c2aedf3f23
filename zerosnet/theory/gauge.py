"""The gauge: one function of pixels and parameters, with other roots.

Let f(c·y) = f(y) for every c > 0, as where f begins with a batch norm whose ε is 0, and let z_n =
c⁻ⁿ y_n.  Then the step (2) of (α_i; β) for y is the step of (α_i c^{−(i+1)}; β c^{−(n+1)}) for z:
the same f are evaluated at states that f does not tell apart.  A head that begins with a batch norm
does not tell them apart either.  Derived here; no source is known.
"""

from __future__ import annotations

from zerosnet.files.errors import SuiteError
from zerosnet.methods.multistep import LinearMultistep, Number, exact


def gauge_partner(method: LinearMultistep, c: Number) -> LinearMultistep:
    """(α_i c^{−(i+1)}; β), whose roots are those of ``method`` divided by c.

    Its n-th step weighs the branch by β c^{−(n+1)}: an architecture's ``branch_growth`` is then
    1/c times that of the partner.

    Raises:
        SuiteError: c is not above 0.

    >>> gauge_partner(LinearMultistep((2,), 1), 2).alphas
    (Fraction(1, 1),)
    """
    factor = exact(c, "c")
    if factor <= 0:
        raise SuiteError(f"gauge {factor} is impossible: c must be above 0")
    alphas = [alpha / factor ** (i + 1) for i, alpha in enumerate(method.alphas)]
    return LinearMultistep(alphas, method.beta)
