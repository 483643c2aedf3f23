"""Statements about networks: true of the suite's, false of broken ones."""

from __future__ import annotations

import pytest
import torch

from zerosnet.methods.families import EULER
from zerosnet.networks import identities as network_identities
from zerosnet.networks import network
from zerosnet.networks.blocks import FixedStep


@pytest.fixture
def decide(claims, paper):
    return lambda claim: network_identities.DECISIONS[claim](claims[claim], paper)


@pytest.mark.parametrize(
    ("claim", "holds"), [("C01", True), ("C03", False), ("C16", True), ("C17", True)]
)
def test_statements(decide, claim, holds):
    state = torch.random.get_rng_state()
    assert decide(claim).holds == holds
    assert torch.equal(torch.random.get_rng_state(), state)


def test_another_weight_of_the_state_is_no_preresnet(decide, monkeypatch):
    monkeypatch.setattr(network_identities, "PRERESNET", EULER.at("1.001"))
    assert not decide("C01").holds


def test_a_lambda_too_many_is_noticed(decide, monkeypatch):
    """Starters with a λ of their own: the statement says from the third block on."""
    made = network.step_of
    from zerosnet.methods.families import ZEROSNET_TRA

    monkeypatch.setattr(network, "step_of", lambda _method, *counts: made(ZEROSNET_TRA, *counts))
    assert not decide("C17").holds


def test_a_missing_lambda_is_noticed(decide, monkeypatch):
    monkeypatch.setattr(network, "step_of", lambda *_step: FixedStep(EULER.at(1)))
    assert not decide("C17").holds
