"""The optimizer against updates written plainly for one number, and against SGD as its limit."""

from __future__ import annotations

import math

import pytest
import torch
from small import small_run
from torch import nn

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import ZEROSNET_TRA
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.training.activated_sgd import ActivatedSGD

RATE, MOMENTUM, DECAY = 0.1, 0.9, 0.01
PLACES = ["gradient", "step"]


def tensors(seed=0):
    """Parameters of several shapes and some whose gradients are given, in float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(4, 3, 2, 2), (5,), (), (2, 3)]
    return [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]


def descend(make, steps=5):
    """The parameters after some steps along gradients that do not depend on them."""
    parameters = [nn.Parameter(tensor) for tensor in tensors()]
    optimizer = make(parameters)
    for number in range(steps):
        for parameter, gradient in zip(parameters, tensors(seed=1 + number), strict=True):
            parameter.grad = gradient
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in parameters])


def plainly(activation, momentum, decay, nesterov, steps=5):
    """The same, for one number after another."""

    def g(x):
        return activation.alpha * math.atan(activation.beta * x)

    found = []
    gradients = [torch.cat([t.flatten() for t in tensors(seed=1 + n)]) for n in range(steps)]
    for index, theta in enumerate(torch.cat([t.flatten() for t in tensors()]).tolist()):
        buffer = None
        for step in range(steps):
            d = gradients[step][index].item()
            if activation.applied_to == "gradient":
                d = g(d)
            d += decay * theta
            if momentum:
                buffer = d if buffer is None else momentum * buffer + d
                d = d + momentum * buffer if nesterov else buffer
            if activation.applied_to == "step":
                d = g(d)
            theta -= RATE * d
        found.append(theta)
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize(
    ("momentum", "decay", "nesterov"),
    [(0.0, 0.0, False), (0.0, DECAY, False), (MOMENTUM, DECAY, False), (MOMENTUM, DECAY, True)],
)
@pytest.mark.parametrize("place", PLACES)
def test_five_steps_are_those_written_plainly(place, momentum, decay, nesterov):
    activation = ActivatedGradients(0.3, 4.5, place)
    found = descend(lambda p: ActivatedSGD(p, activation, RATE, momentum, decay, nesterov))
    expected = plainly(activation, momentum, decay, nesterov)
    torch.testing.assert_close(found, expected, rtol=1e-14, atol=1e-14)


def test_the_two_places_are_not_the_same():
    one, other = (
        descend(lambda p: ActivatedSGD(p, ActivatedGradients(0.3, 4.5, place), RATE, MOMENTUM))  # noqa: B023
        for place in PLACES
    )
    assert (one - other).abs().max() > 0.01


def sgd(slope=1.0, decay=DECAY, nesterov=False):
    return descend(
        lambda p: torch.optim.SGD(
            p, RATE * slope, MOMENTUM, weight_decay=decay / slope, nesterov=nesterov
        )
    )


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_sgd_is_the_limit_of_second_order(place, nesterov):
    """α = 1/β: g(x) = x − β²x³/3 + …, so halving β divides the distance by four."""

    def distance(beta):
        activation = ActivatedGradients(1 / beta, beta, place)
        found = descend(lambda p: ActivatedSGD(p, activation, RATE, MOMENTUM, DECAY, nesterov))
        return (found - sgd(nesterov=nesterov)).abs().max().item()

    first, second, third = distance(4e-3), distance(2e-3), distance(1e-3)
    assert first > 1e-6
    assert first / second == pytest.approx(4, rel=1e-3)
    assert second / third == pytest.approx(4, rel=1e-3)
    assert distance(1e-8) < 1e-14


@pytest.mark.parametrize("place", PLACES)
def test_its_limit_at_another_slope_is_sgd_at_that_rate(place):
    """Weight decay has g's slope where it is in the step, not where g saw the gradient alone."""
    activation = ActivatedGradients(2e8, 1e-8, place)
    found = descend(lambda p: ActivatedSGD(p, activation, RATE, MOMENTUM, DECAY))
    expected = sgd(slope=2.0, decay=DECAY * (2 if place == "step" else 1))
    torch.testing.assert_close(found, expected, rtol=1e-14, atol=1e-14)


def test_on_the_step_the_momentum_keeps_raw_values():
    activation = ActivatedGradients(0.3, 4.5, "step")
    parameter = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = ActivatedSGD([parameter], activation, RATE, MOMENTUM)
    for _ in range(2):
        parameter.grad = torch.tensor([100.0, 3.0], dtype=torch.float64)
        optimizer.step()
    assert optimizer.state[parameter]["momentum_buffer"].tolist() == pytest.approx([190.0, 5.7])


@pytest.mark.parametrize("place", PLACES)
def test_gradients_stay_and_parameters_without_one_too(place):
    moved, left = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))
    optimizer = ActivatedSGD([moved, left], ActivatedGradients(0.3, 4.5, place), RATE, MOMENTUM)
    optimizer.step()  # no gradient at all
    assert torch.equal(moved, torch.ones(3))
    moved.grad = torch.full((3,), 2.0)
    optimizer.step()
    assert torch.equal(moved.grad, torch.full((3,), 2.0))
    assert not torch.equal(moved, torch.ones(3))
    assert torch.equal(left, torch.ones(2))
    assert left not in optimizer.state


def test_the_step_is_bounded_by_alpha_pi_half():
    parameter = nn.Parameter(torch.zeros(2, dtype=torch.float64))
    optimizer = ActivatedSGD([parameter], ActivatedGradients(0.1, 20, "step"), RATE)
    parameter.grad = torch.tensor([1e30, -1e30], dtype=torch.float64)
    optimizer.step()
    bound = RATE * 0.1 * math.pi / 2
    assert parameter.tolist() == pytest.approx([-bound, bound])


def test_a_closure_is_called_and_its_loss_comes_back():
    parameter = nn.Parameter(torch.tensor([3.0]))
    optimizer = ActivatedSGD([parameter], ActivatedGradients(0.1, 20), RATE)

    def closure():
        optimizer.zero_grad()
        loss = parameter.square().sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 9.0
    assert parameter.item() < 3.0


def test_momenta_lie_in_memory_as_their_parameters():
    """Else a resumed run's sums would differ in the last bit."""
    parameter = nn.Parameter(torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last))
    parameter.grad = torch.ones_like(parameter)
    optimizer = ActivatedSGD([parameter], ActivatedGradients(0.1, 20), RATE, MOMENTUM)
    optimizer.step()
    buffer = optimizer.state[parameter]["momentum_buffer"]
    assert buffer.stride() == parameter.stride()


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(SuiteError, match="Nesterov's momentum must be above 0"):
        ActivatedSGD(
            [nn.Parameter(torch.ones(1))], ActivatedGradients(0.1, 20), RATE, nesterov=True
        )


def test_a_networks_own_coefficients_are_updated_too():
    """λ_n of ZeroSNet-Tra, as every parameter."""
    network = small_run(method=ZEROSNET_TRA).build()
    lambdas = [p for name, p in network.named_parameters() if name.endswith("step.parameter")]
    assert lambdas
    optimizer = ActivatedSGD(network.parameters(), ActivatedGradients(0.1, 20, "step"), RATE)
    before = [p.detach().clone() for p in lambdas]
    network(torch.rand(4, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    for old, parameter in zip(before, lambdas, strict=True):
        expected = old - RATE * 0.1 * torch.atan(20 * parameter.grad)
        torch.testing.assert_close(parameter.detach(), expected)
        assert parameter.grad.abs() > 0
