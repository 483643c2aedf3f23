"""Numbers that could predict accuracy, by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from zerosnet.methods.multistep import LinearMultistep
from zerosnet.paper.claims import PREDICTORS as NAMES
from zerosnet.theory.gauge import gauge_partner
from zerosnet.theory.predictors import PREDICTORS, SAID_TO_HELP, Blocks


def blocks(alphas, beta, growth=1, count=5):
    return Blocks(LinearMultistep(alphas, beta), Fraction(growth), count)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("largest root", 2.0),
        ("Σ|α|", 4.0),
        ("Σα", 0.0),
        ("|β|", 0.5),
    ],
)
def test_predictors_by_hand(name, value):
    """(0, 4; −1/2) has the roots ±2."""
    one = blocks((0, 4), "-1/2") if name == "largest root" else blocks((2, -2), "-1/2")
    assert PREDICTORS[name](one) == pytest.approx(value)


def test_the_relative_branch_weight_is_what_a_gauge_leaves_alone():
    """(2; 1) and (1; 2⁻ⁿ) are one function: the last block counts as much beside the state."""
    branch = PREDICTORS["relative branch weight"]
    for count in (1, 4, 9):
        one = branch(blocks((2,), 1, count=count))
        other = branch(blocks((1,), 1, growth=Fraction(1, 2), count=count))
        assert one == pytest.approx(other) == pytest.approx(2.0**-count)
    assert branch(blocks((1,), "3/2")) == 1.5


@pytest.mark.parametrize(
    ("alphas", "beta"), [(("5/2", "-3/2"), -2), ((1, 1, 1), 1), ((-3, 5, -1), 4)]
)
@pytest.mark.parametrize("c", ["1/2", "46/25"])
def test_partners_with_several_states_have_one_relative_branch_weight(alphas, beta, c):
    """Their first states and starters are weighed by c as well."""
    method, branch = LinearMultistep(alphas, beta), PREDICTORS["relative branch weight"]
    partner = gauge_partner(method, c)
    for count in (1, 3, 8):
        other = branch(Blocks(partner, 1 / Fraction(c), count))
        assert branch(Blocks(method, Fraction(1), count)) == pytest.approx(other, rel=1e-11)


def test_how_many_blocks_a_stage_has():
    """32 layers have five blocks a stage; the first d − 1 of a d-step method are starters."""
    one, three = LinearMultistep(("1",), 1), LinearMultistep(("1/3", "5/9", "1/9"), "16/9")
    assert Blocks.of(one, Fraction(1), 32).count == 5
    assert Blocks.of(three, Fraction(1), 32).count == 3
    assert Blocks.of(three, Fraction(1), 14).count == 1


@pytest.mark.parametrize(
    ("name", "more", "less"),
    [
        ("zero stability", (("1/2", "1/2"), "3/2"), (("3", "-2"), -1)),
        # The parasitic roots are −1/2, and 2.
        ("small parasitic roots", (("1/2", "1/2"), "3/2"), (("3", "-2"), -1)),
        ("relative branch weight", (("1/2", "1/2"), "3/2"), (("3", "-2"), -1)),
    ],
)
def test_what_is_said_to_help_is_more_where_it_should_help(name, more, less):
    of = SAID_TO_HELP[name]
    assert of(blocks(*more)) > of(blocks(*less))


def test_claims_may_name_them():
    assert tuple(SAID_TO_HELP) == NAMES
    assert SAID_TO_HELP["small parasitic roots"](blocks(("3", "-2"), -1)) == -2
