"""What a training step stores: the count itself, and what RevNet's does not grow with."""

from __future__ import annotations

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from zerosnet.methods.families import PRERESNET, REVNET
from zerosnet.networks import activation_storage
from zerosnet.networks.activation_storage import DECISIONS, Ledger, peak_storage, reversible_bytes
from zerosnet.networks.architecture import Architecture


def kept_by(function, *inputs):
    ledger = Ledger(torch.nn.Linear(2, 2))
    with saved_tensors_hooks(ledger.pack, lambda kept: kept.tensor):
        function(*inputs).backward()
    return ledger.peak


def test_what_is_kept_counts_once_by_its_bytes():
    x = torch.rand(100, requires_grad=True)
    # exp keeps its result of 400 bytes; multiplied by itself it is kept again, in the same memory.
    assert kept_by(lambda x: x.exp().sum(), x) == 400

    def squared(x):
        y = x.exp()
        return (y * y).sum()

    assert kept_by(squared, x) == 400


def test_what_is_let_go_before_more_comes_does_not_add_up():
    def twice(x):
        for _ in range(2):
            x.exp().sum().backward()
        return x.exp().sum()

    assert kept_by(twice, torch.rand(100, requires_grad=True)) == 400


def test_parameters_do_not_count():
    layer = torch.nn.Linear(10, 10)
    ledger = Ledger(layer)
    images = torch.rand(3, 10)
    with saved_tensors_hooks(ledger.pack, lambda kept: kept.tensor):
        layer(images).sum().backward()
    assert ledger.peak == images.nbytes


def test_recomputed_states_do_not_grow_with_depth_and_stored_ones_do():
    def peaks(memory):
        return [
            peak_storage(Architecture(REVNET, depth, width=4, memory=memory), 2, 8)
            for depth in (20, 32, 44)
        ]

    assert len(set(peaks("recomputed"))) == 1
    stored = peaks("stored")
    assert stored[1] - stored[0] == stored[2] - stored[1] > 0


@pytest.fixture
def at_one_size(monkeypatch):
    monkeypatch.setattr(activation_storage, "COUNTED", {(2, 8, 4): (20, 26)})
    monkeypatch.setattr(activation_storage, "SHOWN", (2, 8, 4))


@pytest.mark.usefixtures("at_one_size")
def test_the_forms_are_what_is_counted():
    assert DECISIONS["X103"](None, None).holds


@pytest.mark.usefixtures("at_one_size")
@pytest.mark.parametrize("method", [PRERESNET, REVNET])
def test_of_stored_states_it_does_not_hold(monkeypatch, method):
    real = peak_storage
    monkeypatch.setattr(
        activation_storage,
        "peak_storage",
        lambda shape, *size: real(Architecture(method, shape.depth, width=shape.width), *size),
    )
    assert not DECISIONS["X103"](None, None).holds


@pytest.mark.usefixtures("at_one_size")
@pytest.mark.parametrize("form", ["reversible_bytes", "plain_bytes"])
def test_a_form_that_is_off_by_a_byte_is_noticed(monkeypatch, form):
    real = getattr(activation_storage, form)
    monkeypatch.setattr(activation_storage, form, lambda *sizes: real(*sizes) + 1)
    decision = DECISIONS["X103"](None, None)
    assert not decision.holds
    assert "by the forms the same" not in decision.certificate[-1]


def test_shallow_networks_keep_less(claims):
    """As the page says beside the statement, which begins at 20 layers."""
    sizes = [
        peak_storage(Architecture(REVNET, depth, width=4, memory="recomputed"), 2, 8)
        for depth in (8, 14, 20)
    ]
    assert sizes[0] < sizes[1] < sizes[2] == reversible_bytes(2, 8, 4)
    assert "from 20 layers on" in claims["X103"].statement
