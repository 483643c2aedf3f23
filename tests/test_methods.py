"""Named methods and families."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given
from strategies import fractions, methods

from zerosnet.methods import (
    EULER,
    FAMILIES,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    LM_PRINTED,
    NAMED,
    PRERESNET,
    ZEROSNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
    method_named,
)
from zerosnet.multistep import LinearMultistep, NotAMethodError


def test_the_papers_coefficients():
    assert ZEROSNET_OPT.alphas == (Fraction(1, 3), Fraction(5, 9), Fraction(1, 9))
    assert ZEROSNET_OPT.beta == Fraction(16, 9)
    assert LinearMultistep((1,), 1) == PRERESNET
    assert LM.at("1/2") == LinearMultistep(("1/2", "1/2"), 1)
    assert LM_PRINTED.at("1/2") == LinearMultistep(("1/2", "1/2"), 2)
    assert LM_CONSISTENT.at("1/2") == LinearMultistep(("1/2", "1/2"), "3/2")
    assert EULER.at("0.5") == LinearMultistep(("1/2",), 1)


def test_one_method_has_several_names():
    """Leapfrog is ZeroSNet at λ = −1 and the consistent LM at k = 1; LM at k = 0 is Euler."""
    assert ZEROSNET.at(-1) == LEAPFROG == LM_CONSISTENT.at(1)
    assert LM.at(0) == LM_PRINTED.at(0) == LM_CONSISTENT.at(0) == PRERESNET


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
@given(value=fractions(-5, 5, 50))
def test_a_parameter_is_recovered_from_the_coefficients(family, value):
    assume(value not in family.excluded)
    assert family.parameter_of(family.at(value)) == value


@given(methods)
def test_a_parameter_is_recovered_only_where_the_family_gives_the_method(method):
    for family in FAMILIES.values():
        value = family.parameter_of(method)
        assert value is None or family.at(value) == method


def test_lambda_zero_is_refused():
    with pytest.raises(NotAMethodError, match=r"λ = 0: ZeroSNet .* has no method there"):
        ZEROSNET.at(0)


@pytest.mark.parametrize("name", [*NAMED, "ZeroSNet-Opt", "LEAPFROG"])
def test_methods_are_found_by_name(name):
    assert method_named(name) in NAMED.values()


def test_unknown_names_list_the_known_ones():
    with pytest.raises(NotAMethodError, match="one of preresnet, zerosnet-opt, leapfrog"):
        method_named("runge-kutta")


def test_a_formula_is_differentiable():
    parameter = torch.tensor(-1.8, dtype=torch.float64, requires_grad=True)
    alphas, beta = ZEROSNET_TRA.family.formula(parameter)
    assert [a.item() for a in alphas] == pytest.approx([1 / 3, 5 / 9, 1 / 9])
    beta.backward()
    # d/dλ (3λ − 1)/(2λ) = 1/(2λ²)
    assert parameter.grad.item() == pytest.approx(1 / (2 * 1.8**2))


def test_steps_are_those_of_a_general_member():
    assert [FAMILIES[name].steps for name in ("euler", "lm", "zerosnet")] == [1, 2, 3]
    assert ZEROSNET_TRA.steps == 3
