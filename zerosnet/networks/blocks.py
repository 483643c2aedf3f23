"""One step of a multistep method as a module: coefficients, f, history in and history out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import Activation
from zerosnet.networks.combination import advance
from zerosnet.networks.layout import Role, step_label
from zerosnet.networks.residuals import Residual


class FixedStep(nn.Module):
    """Coefficients that are not trained.

    Args:
        method: α and β.
        growth, count: the weight of the branch is β · growth^count.
    """

    def __init__(
        self, method: LinearMultistep, growth: Fraction = Fraction(1), count: int = 0
    ) -> None:
        super().__init__()
        self.method, self.growth, self.count = method, growth, count

    def coefficients(self) -> tuple[tuple[float, ...], float]:
        """((α₀, …, α_{d−1}), β · growth^count), as the forward pass uses them."""
        beta = self.method.beta * self.growth**self.count
        return tuple(map(float, self.method.alphas)), float(beta)

    @property
    def label(self) -> str:
        """The coefficients as text."""
        return step_label(self.method, self.growth, self.count)

    def extra_repr(self) -> str:
        """The coefficients, in what PyTorch prints of a network."""
        return self.label


class TrainedStep(nn.Module):
    """Coefficients given by one trainable parameter of a family (section 4.1, ZeroSNet-Tra).

    ``parameter`` is what is trained: the family's, or 1 minus it (:class:`Trainable`).
    """

    def __init__(self, trainable: Trainable) -> None:
        super().__init__()
        self.trainable = trainable
        self.family = trainable.family
        self.parameter = nn.Parameter(torch.tensor(float(self._switched(trainable.initial))))

    def start_within(self, generator: torch.Generator) -> None:
        """Draw where the parameter starts, evenly from ``initial ± spread`` of the trainable."""
        middle = float(self._switched(self.trainable.initial))
        spread = float(self.trainable.spread)
        nn.init.uniform_(self.parameter, middle - spread, middle + spread, generator=generator)

    def _switched(self, number: Any) -> Any:
        """From what is stored to the family's parameter, and back."""
        return 1 - number if self.trainable.complement else number

    def coefficients(self) -> tuple[tuple[Any, ...], Any]:
        """((α₀, …, α_{d−1}), β) as scalar tensors or floats, differentiable."""
        alphas, beta = self.family.formula(self._switched(self.parameter))
        return alphas, float(beta) if isinstance(beta, Fraction) else beta

    @property
    def label(self) -> str:
        """The family and where its parameter started, as text."""
        return step_label(self.trainable)

    @property
    def method(self) -> LinearMultistep:
        """The method that the parameter's present value gives (its binary value, exactly)."""
        return self.family.at(self.value)

    @property
    def value(self) -> Fraction:
        """The family's parameter at present, exactly."""
        return Fraction(self._switched(Fraction(self.parameter.item())))


def step_of(
    method: LinearMultistep | Trainable, growth: Fraction = Fraction(1), count: int = 0
) -> FixedStep | TrainedStep:
    """Coefficients as a module: trained ones where the method says so."""
    if isinstance(method, Trainable):
        return TrainedStep(method)
    return FixedStep(method, growth, count)


class MultistepBlock(nn.Module):
    """One step (2) of a multistep method: history in, history out, newest state first.

    Args:
        residual: f.
        step: the coefficients.
        kept: states that the returned history keeps at most.
        projections: one module for every state that is read, where one of them has another shape
            than the new state.
        role: whether the block is an ordinary step of the method.
        activation: whether a ReLU follows the step.
        survival: the chance that a training step keeps f, which it is then divided by.
        hands_on_raw: whether the history keeps the states as they came, before any projection.
        shares_activation: whether y_n is projected as f's first batch norm and ReLU leave it.
    """

    def __init__(
        self,
        residual: nn.Module,
        step: FixedStep | TrainedStep,
        kept: int,
        projections: Sequence[nn.Module] = (),
        role: Role = "interior",
        activation: Activation = "pre",
        survival: Fraction = Fraction(1),
        hands_on_raw: bool = False,
        shares_activation: bool = False,
    ) -> None:
        super().__init__()
        self.activated = activation == "post"
        self.survival = float(survival)
        self.residual = residual
        self.step = step
        self.kept = kept
        self.projections = nn.ModuleList(projections)
        self.role = role
        self.hands_on_raw = hands_on_raw
        self.shares_activation = shares_activation

    def forward(self, history: list[Tensor], dropped: bool = False) -> list[Tensor]:
        """(y_n, y_{n−1}, …) → (y_{n+1}, y_n, …); f reads y_n as it came, before any projection.

        Dropped, f is 0 and not computed, so its batch norms see nothing of the batch; its
        parameters get the gradient 0, so that momentum and weight decay go on.
        """
        alphas, beta = self.step.coefficients()
        if self.training and self.survival != 1:
            beta = beta / self.survival
        slope = None
        if isinstance(self.residual, Residual) and not dropped:
            slope, activated = self.residual(history[0], beta, with_activated=True)
            if self.shares_activation:
                history = [activated, *history[1:]]
        elif not dropped:
            slope = self.residual(history[0], beta)
        raw = history
        if self.projections:
            states = zip(self.projections, history, strict=False)
            history = [project(state) for project, state in states]
        if slope is None:
            slope = _NoSlope.apply(history[0], *self.residual.parameters())
        state, *older = advance(history, slope, alphas, self.kept)
        if self.hands_on_raw:
            older = raw[: self.kept - 1]
        return [functional.relu(state) if self.activated else state, *older]


class _NoSlope(torch.autograd.Function):
    """Zeros in the shape of a state, with zeros for the gradients of the parameters of f."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, *parameters: Tensor) -> Tensor:
        ctx.parameters = parameters
        return torch.zeros_like(state)

    @staticmethod
    def backward(ctx: Any, *_gradients: Tensor) -> tuple[Tensor | None, ...]:
        return (None, *(torch.zeros_like(parameter) for parameter in ctx.parameters))
