"""The value of activated gradients: its formula, its name, what it refuses."""

from __future__ import annotations

import math

import pytest
import torch

from zerosnet.files.errors import SuiteError
from zerosnet.theory.gradient_formula import SEEN, ActivatedGradients


def test_the_formula():
    x = torch.tensor([[-3.0, 0.0], [0.01, 7.0]], dtype=torch.float64)
    found = ActivatedGradients(0.3, 4.5).value(x)
    expected = [[0.3 * math.atan(4.5 * number) for number in row] for row in x.tolist()]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_slopes_of_what_was_seen():
    slopes = {name: activation.slope for name, activation in SEEN.items()}
    assert slopes == pytest.approx(
        {
            "first on ImageNet": 2,
            "second on ImageNet": 2,
            "default of the class": 1.35,
            "in another file": 1,
        }
    )


def test_whole_numbers_are_the_same_value():
    assert ActivatedGradients(1, 20) == ActivatedGradients(1.0, 20.0)
    assert isinstance(ActivatedGradients(1, 20).alpha, float)
    assert ActivatedGradients(0.1, 20, "step").name == "0.1·arctan(20x) of the step"


@pytest.mark.parametrize("bad", [0, -0.1, math.nan, math.inf, "0.1", True, None])
@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_bad_numbers_are_refused_by_name(name, bad):
    with pytest.raises(SuiteError, match=f"^{name} of activated gradients is") as refusal:
        ActivatedGradients(**{"alpha": 0.1, "beta": 20, name: bad})
    assert "\n" not in str(refusal.value)


def test_an_unknown_place_is_refused():
    with pytest.raises(SuiteError, match="'momentum': one of gradient, step is expected"):
        ActivatedGradients(0.1, 20, "momentum")
