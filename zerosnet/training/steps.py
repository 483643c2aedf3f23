"""One training step, and the same step captured whole on a GPU.

The step asks the device for no value: loss and hits add up there until the epoch ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from zerosnet.files.interrupts import interrupts_held_back
from zerosnet.training.activated_sgd import ActivatedSGD
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.recipe import Recipe


def optimizer_of(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer; plain SGD makes one pass over all parameters a step."""
    with interrupts_held_back():  # the first one loads compiled libraries
        return _optimizer_of(network, recipe)


def _optimizer_of(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.activated_gradients is not None:
        return ActivatedSGD(
            network.parameters(),
            recipe.activated_gradients,
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.nesterov,
        )
    return torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.nesterov,
        fused=True,
    )


def precision(recipe: Recipe | ImageNetRecipe, device: torch.device) -> AbstractContextManager[Any]:
    """The recipe's precision, around forward passes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision != "float32")


def set_arithmetic(recipe: Recipe | ImageNetRecipe) -> None:
    """As :func:`set_exact_float32` for a recipe in float32; else what is fast."""
    set_exact_float32(recipe.precision == "float32")


def set_exact_float32(exact: bool = True) -> None:
    """On a GPU, float32 means float32 (not TensorFloat-32), by deterministic algorithms.

    Until the next call, in the whole process: who computes says which it wants.

    Args:
        exact: if not, what is fast instead.
    """
    torch.backends.cudnn.allow_tf32 = not exact
    # PyTorch's own choice, unless TORCH_ALLOW_TF32_CUBLAS_OVERRIDE is set.  Both by older names:
    # torch refuses to compute where these and newer ones (fp32_precision) do not say the same.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.deterministic = exact
    torch.backends.cudnn.benchmark = not exact


class TrainingStep:
    """Forward, cross-entropy, backward, update; totals of an epoch stay on the device.

    The totals are of the plain cross-entropy, also where the gradient is that of a deformed loss.

    Args:
        network, optimizer: that are trained.
        recipe: for its precision and its loss.
        device: where they are.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        recipe: Recipe,
        device: torch.device,
    ) -> None:
        self.network, self.optimizer = network, optimizer
        self.recipe, self.device = recipe, device
        # Σ loss · images, and images whose largest logit is the label's.
        self._totals = torch.zeros(2, device=device)
        # Σ δ′(loss) · images, and images; of a deformed loss only.
        self._slopes = torch.zeros(2, device=device)
        self._seen = 0

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float) -> None:
        """One step on pixels (B, C, H, W) and labels (B,) at a learning rate."""
        self.set_rate(rate)
        self.compute(inputs, targets)
        self._seen += len(targets)

    def set_rate(self, rate: float) -> None:
        """The learning rate of the steps to come."""
        self.optimizer.param_groups[0]["lr"] = rate

    def set_weight_decay(self, weight_decay: float) -> None:
        """The weight decay of the steps to come."""
        self.optimizer.param_groups[0]["weight_decay"] = weight_decay

    def compute(self, inputs: Tensor, targets: Tensor) -> None:
        """What the device does in a step."""
        with precision(self.recipe, self.device):
            logits = self.network(inputs)
            loss, followed = self._losses(logits, targets)
        self.optimizer.zero_grad(set_to_none=True)
        followed.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        with torch.no_grad():
            hits = (logits.argmax(1) == targets).sum()
            self._totals += torch.stack((loss.float() * len(targets), hits))

    def _losses(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The mean cross-entropy, and the loss whose gradient is followed."""
        deformation = self.recipe.loss_deformation
        if deformation is None:
            loss = functional.cross_entropy(logits, targets)
            return loss, loss
        reduction = "mean" if deformation.of == "batch" else "none"
        losses = functional.cross_entropy(logits, targets, reduction=reduction)
        with torch.no_grad():
            self._slopes[0] += deformation.derivative(losses).mean() * len(targets)
            self._slopes[1] += len(targets)
        return losses.mean(), deformation.value(losses).mean()

    def count(self, images: int) -> None:
        """Note images of a step that was computed by other means."""
        self._seen += images

    def take_totals(self) -> tuple[float, float]:
        """(mean loss, accuracy in percent) since the last call."""
        loss, hits = (float(total) for total in self._totals)
        self._totals.zero_()
        seen, self._seen = self._seen, 0
        return loss / seen, 100.0 * hits / seen

    def take_slope(self) -> float:
        """The mean δ′(loss) of a deformed loss since the last call, over images.

        Where the batch's mean loss is deformed, all images of a batch have its slope.
        """
        slope, seen = (float(total) for total in self._slopes)
        self._slopes.zero_()
        return slope / seen


#: Steps that run one operation after another before a step is captured: optimizer state comes into
#: being, libraries choose their kernels.
WARM_UP = 3
Work = Callable[[], None]
#: ``1`` has the steps of a training on a GPU captured.
CAPTURE_VARIABLE = "ZEROSNET_CAPTURE"


def capture_on_gpu(work: Work) -> Work:
    """Record what the GPU does in ``work``; what is returned does it again, in one launch."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    replay: Work = graph.replay
    return replay


def captures_steps(device: torch.device) -> bool:
    """Whether training on this device captures its steps: on a GPU, where it is asked for."""
    return device.type == "cuda" and os.environ.get(CAPTURE_VARIABLE, "") not in ("", "0")


class CapturedStep:
    """A training step as a CUDA graph, with the same arithmetic.

    It is captured anew for another learning rate, and the graph of the last one, whose memory is
    its own, is dropped: in a schedule of steps no rate comes back.  Steps of another batch size (an
    epoch's last) and the first ones run uncaptured.

    Args:
        step: that is captured.
        batch: its usual batch size.
        capture: see :func:`capture_on_gpu`.
    """

    def __init__(
        self, step: TrainingStep, batch: int, capture: Callable[[Work], Work] = capture_on_gpu
    ) -> None:
        self.step, self.batch, self._capture = step, batch, capture
        self._warm = 0
        self._replay: Work | None = None
        self._rate: float | None = None
        self._inputs: Tensor | None = None
        self._targets: Tensor | None = None
        self._stream: torch.cuda.Stream | None = None

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float) -> None:
        """See :meth:`TrainingStep.__call__`."""
        if len(targets) != self.batch or self._warm < WARM_UP:
            self._warm += 1
            self._apart(inputs, targets, rate)
            return
        if self._inputs is None or self._targets is None:
            self._inputs, self._targets = torch.empty_like(inputs), torch.empty_like(targets)
        static_inputs, static_targets = self._inputs, self._targets
        static_inputs.copy_(inputs)
        static_targets.copy_(targets)
        if self._replay is None or rate != self._rate:
            self._drop()
            self.step.set_rate(rate)
            self._replay = self._capture(lambda: self.step.compute(static_inputs, static_targets))
            self._rate = rate
        self._replay()
        self.step.count(len(targets))

    def _drop(self) -> None:
        """Let the graph go, with its memory."""
        if self._replay is None:
            return
        if self.step.device.type == "cuda":
            torch.cuda.synchronize()  # its last replay may still be at work
        self.step.optimizer.zero_grad(set_to_none=True)  # gradients lie in its memory
        self._replay = None

    def _apart(self, inputs: Tensor, targets: Tensor, rate: float) -> None:
        # What is captured later must not have begun on the default stream.
        if self.step.device.type != "cuda":
            self.step(inputs, targets, rate)
            return
        if self._stream is None:
            self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            self.step(inputs, targets, rate)
        current.wait_stream(self._stream)
