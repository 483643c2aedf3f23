"""Named methods and families."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given
from strategies import fractions, methods

from zerosnet.methods.families import (
    EULER,
    FAMILIES,
    IN,
    IN_RESNET,
    IN_RESNET_164,
    LAMBDA_IN,
    LAMBDA_IN_RESNET,
    LAMBDA_IN_RESNET_164,
    LEAPFROG,
    LM,
    LM_CONSISTENT,
    LM_PRINTED,
    LM_RESNET,
    LM_RESNET_UNSTABLE,
    NAMED,
    PRERESNET,
    REVNET,
    ZEROSNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
    method_named,
    relu,
)
from zerosnet.methods.multistep import LinearMultistep, NotAMethodError
from zerosnet.methods.stability import is_zero_stable


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
    # The fourth name, up to the scale of f.
    assert LM.at(1) == REVNET
    assert (REVNET.alphas, 2 * REVNET.beta) == (LEAPFROG.alphas, LEAPFROG.beta)


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


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_the_largest_coefficients_there_are_have_a_parameter_or_none(family):
    found = family.parameter_of(LinearMultistep(("1e100", "1e100"), 1))
    assert found is None


def test_lambda_zero_is_refused():
    with pytest.raises(NotAMethodError, match=r"λ = 0: ZeroSNet .* has no method there"):
        ZEROSNET.at(0)


@pytest.mark.parametrize("value", ["1e-350", "1e-320"])
def test_coefficients_whose_roots_fit_into_no_float_are_refused(value):
    with pytest.raises(NotAMethodError, match="coefficients of ZeroSNet are too large there"):
        ZEROSNET.at(value)
    assert ZEROSNET.at("1e-90").alphas[1] == -(10**90)


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


@given(value=fractions(-5, 5, 50))
def test_damped_methods_are_euler_steps_of_a_damped_equation(value):
    assert IN.at(value) == LinearMultistep((min(Fraction(1), value),), 1)
    # Table 1 of the ZeroSNet paper.
    assert (IN.at(value) == EULER.at(value)) == (value <= 1)
    damping = max(Fraction(0), value)
    assert LAMBDA_IN.at(value) == LinearMultistep((1 - damping,), 1 + damping)


@pytest.mark.parametrize("family", [IN, LAMBDA_IN], ids=lambda family: family.name)
@given(value=fractions(-5, 5, 50))
def test_of_the_parameters_that_give_a_damped_method_one_is_recovered(family, value):
    found = family.parameter_of(family.at(value))
    assert found is not None
    assert family.at(found) == family.at(value)
    assert family.parameter_of(LinearMultistep((2,), 1)) is None


@given(value=fractions(-5, 5, 64))
def test_the_relu_of_fractions_is_that_of_tensors(value):
    parameter = torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
    ours, theirs = relu(parameter), torch.relu(parameter)
    assert float(relu(value)) == ours.item() == theirs.item()
    assert torch.autograd.grad(ours, parameter) == torch.autograd.grad(theirs, parameter)


def test_a_damped_methods_parameter_gets_no_gradient_where_it_changes_nothing():
    for family, value, expected in ((IN, 0.5, 1), (IN, 1.5, 0), (IN, 1.0, 0), (LAMBDA_IN, 0.5, -1)):
        parameter = torch.tensor(value, requires_grad=True)
        (alpha,), _ = family.formula(parameter)
        (gradient,) = torch.autograd.grad(alpha, parameter)
        assert gradient == expected, (family.name, value)


@pytest.mark.parametrize(
    ("trainable", "start"),
    [
        (LM_RESNET, "U(-0.1, 0)"),
        (LM_RESNET_UNSTABLE, "U(1, 1.1)"),
        (IN_RESNET, "U(0.75, 0.8)"),
        (IN_RESNET_164, "U(0.8, 0.9)"),
        (LAMBDA_IN_RESNET, "U(0.2, 0.25)"),
        (LAMBDA_IN_RESNET_164, "U(0.1, 0.2)"),
    ],
    ids=str,
)
def test_trained_parameters_start_where_the_released_codes_start_them(trainable, start):
    assert trainable.start == start
    inside = trainable.family.at(trainable.initial)
    assert is_zero_stable(inside) == (trainable is not LM_RESNET_UNSTABLE)
