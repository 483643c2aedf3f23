"""Stochastic gradient descent with activated gradients, as an optimizer of PyTorch.

See :mod:`zerosnet.theory.gradient_formula` for what g is and where it is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from zerosnet.files.errors import SuiteError
from zerosnet.theory.gradient_formula import ActivatedGradients


class ActivatedSGD(torch.optim.Optimizer):
    """``torch.optim.SGD`` but for g, over all parameters at once.

    With the gradient G, weight decay w, momentum μ and learning rate η, a step is

        D ← A(G) + w θ,   M ← μ M + D,   θ ← θ − η B(M)

    where A = g, B = 1 on the gradient, and A = 1, B = g on the step.  With Nesterov's momentum B
    acts on D + μ M, as in ``torch.optim.SGD`` and in the released optimizers, which offer it; none
    of the released commands switches it on.  The state of a parameter is its ``momentum_buffer`` M,
    in raw values where g acts on the step.
    ``grad`` is left as it is.  Nothing is asked of the device, so a step can be captured; the
    learning rate is a plain number.

    Args:
        parameters: tensors to be trained; those without gradient are left alone.
        activation: g, and where it is applied.
        lr, momentum, weight_decay, nesterov: of ``torch.optim.SGD``.

    Raises:
        SuiteError: Nesterov's momentum of 0.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        activation: ActivatedGradients,
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if nesterov and not momentum:
            raise SuiteError("Nesterov's momentum must be above 0")
        self.activation = activation
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient.

        Args:
            closure: computes gradients anew and returns the loss.

        Returns:
            What the closure returned.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if parameters:  # PyTorch refuses empty lists of tensors
                self._update(parameters, group)
        return loss

    def _update(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        activation, momentum = self.activation, group["momentum"]
        steps: Any = [p.grad for p in parameters]
        rate = group["lr"]
        if activation.applied_to == "gradient":
            steps = torch._foreach_mul(steps, activation.beta)
            torch._foreach_atan_(steps)
            torch._foreach_mul_(steps, activation.alpha)
        if group["weight_decay"]:
            steps = torch._foreach_add(steps, parameters, alpha=group["weight_decay"])
        if momentum:
            momenta = [self._momentum_buffer(p) for p in parameters]
            torch._foreach_mul_(momenta, momentum)
            torch._foreach_add_(momenta, steps)
            if group["nesterov"]:
                steps = torch._foreach_add(steps, momenta, alpha=momentum)
            else:
                steps = momenta
        if activation.applied_to == "step":
            # Into memory of its own: the momentum keeps raw values.
            steps = torch._foreach_mul(steps, activation.beta)
            torch._foreach_atan_(steps)
            rate = rate * activation.alpha
        torch._foreach_add_(parameters, steps, alpha=-rate)

    def _momentum_buffer(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"]
        return buffer
