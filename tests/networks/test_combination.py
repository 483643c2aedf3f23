"""The step without its f: equation (2), and gradients as a plain expression has them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosnet.networks.combination import advance

coefficients = st.lists(st.fractions(-3, 3, max_denominator=16), min_size=1, max_size=4)


def plain(history, slope, alphas, kept):
    for alpha, state in zip(alphas, history, strict=False):
        slope = slope + state * alpha
    return [slope, *history[: kept - 1]]


def states(count, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 3, 4, dtype=torch.float64, generator=draw) for _ in range(count)]


@settings(max_examples=50, deadline=None)
@given(coefficients, st.integers(1, 6), st.integers(0, 2))
def test_advance_is_equation_2(alphas, kept, more):
    alphas = [float(alpha) for alpha in alphas]
    history, slope = states(len(alphas) + more), states(1, seed=1)[0]
    expected = plain(history, slope, alphas, kept)
    found = advance(history, slope.clone(), alphas, kept)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@settings(max_examples=50, deadline=None)
@given(coefficients, st.integers(1, 5), st.integers(1, 5))
def test_gradients_through_several_steps_are_those_of_the_plain_expression(alphas, kept, steps):
    alphas = [float(alpha) for alpha in alphas]
    kept = max(kept, len(alphas))
    gradients = []
    for step in (advance, plain):
        start = [state.requires_grad_() for state in states(len(alphas))]
        history = start
        for _ in range(steps):
            # Another reader of the newest state, as f is.
            history = step(history, history[0].sin(), alphas, kept)
        total = sum((i + 1) * state.square().sum() for i, state in enumerate(history))
        gradients.append(torch.autograd.grad(total, start))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_a_state_that_no_later_block_reads_costs_no_gradient():
    history = [state.requires_grad_() for state in states(3)]
    found = advance(history, states(1, seed=1)[0], [1.0], kept=3)
    unread = torch.autograd.grad(found[0].sum(), history, allow_unused=True)
    assert torch.equal(unread[0], torch.ones_like(history[0]))
    assert unread[1:] == (None, None)
    found = advance(history, states(1, seed=1)[0], [1.0], kept=3)
    assert torch.equal(torch.autograd.grad(found[2].sum(), history[1])[0], torch.ones(2, 3, 4))


def test_trained_coefficients_get_gradients():
    alpha = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    history, slope = states(2), states(1, seed=1)[0]
    new = advance(history, slope, [alpha, 1 - alpha], kept=2)[0]
    expected = (history[0] - history[1]).sum()
    torch.testing.assert_close(torch.autograd.grad(new.sum(), alpha)[0], expected)


def test_the_slope_is_overwritten_and_the_states_are_not():
    history, slope = states(2), states(1, seed=1)[0]
    before = [state.clone() for state in history]
    new = advance(history, slope, [0.5, 0.5], kept=2)[0]
    assert new.data_ptr() == slope.data_ptr()
    assert all(torch.equal(one, other) for one, other in zip(history, before, strict=True))


def test_an_euler_step_is_a_sum_to_the_bit():
    history, slope = states(1), states(1, seed=1)[0]
    assert torch.equal(advance(history, slope.clone(), [1.0], kept=1)[0], history[0] + slope)


def test_a_slope_that_something_else_needs_is_an_error_and_not_a_wrong_gradient():
    slope = states(1, seed=1)[0].requires_grad_()
    needed = slope.exp()  # its gradient needs its value
    new = advance(states(1), needed, [1.0], kept=1)[0]
    with pytest.raises(RuntimeError, match="inplace"):
        new.sum().backward()


def test_a_history_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="2 coefficients for 1 state"):
        advance(states(1), states(1, seed=1)[0], [1.0, 0.5], kept=2)
