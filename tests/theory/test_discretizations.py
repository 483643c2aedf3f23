"""The neighbouring systems as discretizations: statements, and that what is wrong is noticed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from zerosnet.methods.families import IN, LAMBDA_IN, LEAPFROG, LM, LM_CONSISTENT, REVNET
from zerosnet.theory import discretizations
from zerosnet.theory.discretizations import DECISIONS
from zerosnet.theory.one_step import euler_block, fractal_block, polynet_block


def decide(claim):
    return DECISIONS[claim](None, None)


@pytest.mark.parametrize("claim", DECISIONS)
def test_statements(claim):
    """One is false: PolyNet's block does not take larger steps than Euler's."""
    decision = decide(claim)
    assert decision.holds == (claim != "X17")
    assert decision.certificate


def test_a_momentum_resnet_is_a_consistent_lm():
    """The two-line recursion of the original, run beside the one of (2)."""
    gamma, z = Fraction(9, 10), Fraction(-1, 7)
    method = LM_CONSISTENT.at(-gamma)
    x, v = Fraction(1), Fraction(0)
    states = [x, x]  # a velocity of 0 is a step that did not move
    for _ in range(6):
        v = gamma * v + (1 - gamma) * z * x
        x = x + v
        a, b = method.alphas
        states.append(a * states[-1] + b * states[-2] + method.beta * z * states[-1])
        assert states[-1] == x


# What must fail


def test_another_start_would_be_noticed(monkeypatch):
    monkeypatch.setattr(discretizations, "LM_RESNET_UNSTABLE", discretizations.LM_RESNET)
    assert not decide("X11").holds
    monkeypatch.undo()
    monkeypatch.setattr(discretizations, "LM_RESNET", discretizations.LM_RESNET_UNSTABLE)
    assert not decide("X11").holds


@pytest.mark.parametrize(
    ("claim", "name", "wrong"),
    [
        ("X10", "LM", LM_CONSISTENT),
        ("X12", "LM_CONSISTENT", LM),
        ("X13", "LAMBDA_IN", IN),
        ("X14", "LAMBDA_IN", IN),
        ("X14", "IN", LAMBDA_IN),
        ("X15", "REVNET", LEAPFROG),
        ("X15", "LEAPFROG", REVNET),
        ("X16", "polynet_block", fractal_block),
        ("X18", "fractal_block", polynet_block),
    ],
)
def test_another_method_is_noticed(monkeypatch, claim, name, wrong):
    monkeypatch.setattr(discretizations, name, wrong)
    assert not decide(claim).holds


def test_a_block_that_reaches_further_would_be_said_to(monkeypatch):
    monkeypatch.setattr(discretizations, "polynet_block", fractal_block)
    assert decide("X17").holds


def test_a_block_that_reaches_as_far_does_not_reach_further(monkeypatch):
    monkeypatch.setattr(discretizations, "polynet_block", euler_block)
    assert not decide("X17").holds


@pytest.mark.parametrize("claim", ["X10", "X12", "X13"])
def test_a_region_that_is_too_large_is_noticed(monkeypatch, claim):
    monkeypatch.setattr(discretizations, "zero_stability", lambda _method: (True, "always"))
    assert not decide(claim).holds
