"""The combination as one pass: the sum in float32, rounded to bfloat16 once."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosnet.networks.combination import advance
from zerosnet.networks.fused.combination import add_states, distribute, is_fused
from zerosnet.networks.fused.layout import dense
from zerosnet.networks.fused.library import library

pytestmark = pytest.mark.skipif(library() is None, reason="the passes cannot be compiled here")
coefficients = st.lists(st.fractions(-4, 4, max_denominator=16), min_size=1, max_size=3)
#: Not a multiple of any vector, and more than a piece of the gradient's pass.
SHAPES = [(1, 1, 1, 1), (2, 3, 5, 7), (3, 16, 16, 9)]


def tensors(count, shape=SHAPES[1], seed=0):
    draw = torch.Generator().manual_seed(seed)
    return [dense(torch.randn(shape, generator=draw).bfloat16()) for _ in range(count)]


def assert_rounded_once(found, expected, terms):
    """Half a unit in the last place of the result, and float32's rounding of the terms."""
    error = (found.double() - expected).abs()
    bound = 2**-8 * expected.abs() + 2**-22 * sum(term.double().abs() for term in terms)
    assert (error <= bound).all()


@settings(max_examples=60, deadline=None)
@given(coefficients, st.sampled_from(SHAPES))
def test_the_sum_is_equation_2(alphas, shape):
    alphas = [float(alpha) for alpha in alphas]
    slope, *states = tensors(1 + len(alphas), shape)
    terms = [slope.double()]
    terms += [alpha * state.double() for alpha, state in zip(alphas, states, strict=True)]
    before = [state.clone() for state in states]
    assert is_fused(alphas, slope, *states)
    add_states(slope, alphas, states)
    assert_rounded_once(slope, sum(terms), terms)
    assert all(torch.equal(one, two) for one, two in zip(states, before, strict=True))


@settings(max_examples=60, deadline=None)
@given(coefficients, st.sampled_from(SHAPES), st.integers(0, 7))
def test_gradients_are_added_to_what_others_left(alphas, shape, present):
    alphas = [float(alpha) for alpha in alphas]
    gradient, *others = tensors(1 + len(alphas), shape)
    others = [other if present >> i & 1 else None for i, other in enumerate(others)]
    found = distribute(gradient, alphas, others)
    for alpha, other, one in zip(alphas, others, found, strict=True):
        terms = [alpha * gradient.double()]
        terms += [] if other is None else [other.double()]
        assert_rounded_once(one, sum(terms), terms)


def test_a_gradient_of_another_layout_is_taken():
    gradient = torch.ones(2, 3, 1, 1, dtype=torch.bfloat16).expand(2, 3, 5, 7)
    other = tensors(1)[0]
    (found,) = distribute(gradient, [0.5], [other.contiguous()])
    assert torch.equal(found, other + 0.5)


def test_what_lies_beside_the_slope_stays():
    """Neighbouring images in the same block of memory."""
    around, state = tensors(2, (3, 3, 5, 7))
    before = around.clone()
    add_states(around[1:2], [1.0], [state[1:2]])
    assert torch.equal(around[::2], before[::2])
    assert torch.equal(around[1], before[1] + state[1])


def test_what_is_not_finite_is_handed_on():
    slope, state = tensors(2)
    slope[0, 0, 0, 0], state[0, 0, 0, 1] = float("nan"), float("inf")
    add_states(slope, [1.0], [state])
    assert slope[0, 0, 0, 0].isnan()
    assert slope[0, 0, 0, 1].isinf()
    assert slope.isfinite().sum() == slope.numel() - 2


def test_only_what_the_pass_takes_is_fused():
    slope, *states = tensors(5)
    assert not is_fused([1.0] * 4, slope, *states)
    assert not is_fused([1.0], slope.float(), states[0])
    assert not is_fused([1.0], slope, states[0].contiguous())


def test_states_of_another_shape_are_refused_and_not_read_beyond():
    (slope,), (smaller,) = tensors(1), tensors(1, (1, 3, 5, 6))
    assert not is_fused([1.0], slope, smaller)
    with pytest.raises(RuntimeError, match="must match the size"):
        advance([smaller], slope, [1.0], kept=1)


def plain(history, slope, alphas, kept):
    for alpha, state in zip(alphas, history, strict=False):
        slope = slope + state * alpha
    return [slope, *history[: kept - 1]]


@settings(max_examples=30, deadline=None)
@given(coefficients, st.integers(1, 4), st.integers(1, 4))
def test_steps_have_the_gradients_of_the_plain_expression(alphas, kept, steps):
    alphas = [float(alpha) for alpha in alphas]
    kept = max(kept, len(alphas))
    weights = tensors(kept, seed=3)
    gradients = []
    for step, dtype in ((advance, torch.bfloat16), (plain, torch.float64)):
        start = [state.to(dtype).requires_grad_() for state in tensors(len(alphas))]
        history = start
        for _ in range(steps):
            # Another reader of the newest state, as f is.
            history = step(history, history[0] * 0.5, alphas, kept)
        ends = [weight.to(dtype) for weight in weights[: len(history)]]
        total = sum((end * state).sum() for end, state in zip(ends, history, strict=True))
        gradients.append(torch.autograd.grad(total, start))
    for one, other in zip(*gradients, strict=True):
        # Each step rounds what came from the one before: relative to the largest, not to each.
        error = (one.double() - other).abs().max() / other.abs().max().clamp(min=1)
        assert error <= 2**-8 * 8 * steps
