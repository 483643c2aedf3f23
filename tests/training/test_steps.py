"""The training step: its totals, and the captured step, which must do the same arithmetic."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys

import pytest
import torch
from small import small_images, small_run

from zerosnet.data.augmentation import pixels
from zerosnet.methods.families import ZEROSNET_TRA
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.activated_sgd import ActivatedSGD
from zerosnet.training.steps import (
    CAPTURE_VARIABLE,
    WARM_UP,
    CapturedStep,
    TrainingStep,
    captures_steps,
    optimizer_of,
    set_arithmetic,
    set_exact_float32,
)

CPU = torch.device("cpu")
PRECISIONS = ["float32", "bfloat16"]
#: Recipes whose step is not the plain one.
OTHERS = {
    "activated gradient": {"activated_gradients": ActivatedGradients(0.1, 20)},
    "activated step": {"activated_gradients": ActivatedGradients(0.1, 20, "step")},
    "deformed batch": {"loss_deformation": LossDeformation(2.5, 3, 2, 1)},
    "deformed samples": {"loss_deformation": LossDeformation(1, 20, 4, 1, "sample")},
    "both": {
        "activated_gradients": ActivatedGradients(0.2, 10, "step"),
        "loss_deformation": LossDeformation(5, 1, 1, 1),
    },
}
IMAGES = small_images(train=160)
BATCH = 16


def make_step(device=CPU, **recipe):
    run = small_run(method=ZEROSNET_TRA, **recipe)
    network = run.build().to(device)
    return TrainingStep(network, optimizer_of(network, run.recipe), run.recipe, device)


def batches(device=CPU):
    """Nine full batches and a smaller one."""
    inputs = pixels(IMAGES.train_images).to(device)
    labels = IMAGES.train_labels.to(device)
    ends = [*range(0, 9 * BATCH + 1, BATCH), 9 * BATCH + 5]
    return [(inputs[a:b], labels[a:b]) for a, b in itertools.pairwise(ends)]


def weights(step):
    return torch.cat([p.detach().flatten().cpu() for p in step.network.parameters()])


def rate_of(number):
    return 0.1 if number < 6 else 0.01


def test_totals_are_means_over_the_images():
    step = make_step()
    losses, hits, seen = 0.0, 0, 0
    for inputs, targets in batches():
        with torch.no_grad():
            # In training mode, as the step sees them; running statistics are not looked at.
            logits = step.network(inputs)
        losses += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
        hits += (logits.argmax(1) == targets).sum().item()
        seen += len(targets)
        step(inputs, targets, 0.1)
    loss, accuracy = step.take_totals()
    assert loss == pytest.approx(losses / seen, rel=1e-5)
    assert accuracy == pytest.approx(100 * hits / seen)


def test_totals_begin_anew():
    step = make_step()
    inputs, targets = batches()[0]
    step(inputs, targets, 0.0)
    first = step.take_totals()
    step(inputs, targets, 0.0)
    assert step.take_totals() == pytest.approx(first)


def test_a_step_at_rate_zero_leaves_the_weights_and_starts_the_momentum():
    step = make_step()
    before = weights(step)
    step(*batches()[0], 0.0)
    assert torch.equal(weights(step), before)
    assert all("momentum_buffer" in state for state in step.optimizer.state.values())


def take(step, count=10):
    """The weights and totals after some batches, the last of which is a smaller one."""
    for number, (inputs, targets) in enumerate(batches()[-count:]):
        step(inputs, targets, rate_of(number))
    return weights(step), step.take_totals()


def test_the_recipes_optimizer():
    assert isinstance(make_step().optimizer, torch.optim.SGD)
    optimizer = make_step(nesterov=True, **OTHERS["activated step"]).optimizer
    assert isinstance(optimizer, ActivatedSGD)
    assert optimizer.activation == OTHERS["activated step"]["activated_gradients"]
    group = optimizer.param_groups[0]
    found = {name: group[name] for name in ("lr", "momentum", "weight_decay", "nesterov")}
    assert found == {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4, "nesterov": True}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("of", ["batch", "sample"])
def test_the_identity_changes_no_bit(precision, of):
    identity = LossDeformation(0, 1, 1, 1, of)
    found, totals = take(step := make_step(precision=precision, loss_deformation=identity))
    expected, plain_totals = take(make_step(precision=precision))
    assert torch.equal(found, expected)
    assert totals == (plain_totals if of == "batch" else pytest.approx(plain_totals, rel=1e-6))
    assert step.take_slope() == 1.0


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_step_is_another(name):
    found, _ = take(make_step(**OTHERS[name]), count=2)
    expected, _ = take(make_step(), count=2)
    assert torch.isfinite(found).all()
    assert not torch.allclose(found, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("of", ["batch", "sample"])
def test_totals_are_of_the_plain_loss_and_slopes_of_the_deformed(of):
    deformation = LossDeformation(2.5, 3, 2, 1, of)
    step = make_step(loss_deformation=deformation)
    losses, slopes = [], []
    for inputs, targets in batches()[-2:]:
        with torch.no_grad():
            each = torch.nn.functional.cross_entropy(
                step.network(inputs), targets, reduction="none"
            )
        losses += each.tolist()
        met = each if of == "sample" else each.mean().expand(len(targets))
        slopes += deformation.derivative(met).tolist()
        step(inputs, targets, 0.0)
    assert len(losses) == BATCH + 5
    assert step.take_totals()[0] == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert step.take_slope() == pytest.approx(sum(slopes) / len(slopes), rel=1e-5)


def test_a_deformed_losss_gradient_is_the_plain_one_times_its_slope():
    deformation = LossDeformation(2.5, 3, 2, 1)
    deformed, plain = make_step(loss_deformation=deformation), make_step()
    for step in (deformed, plain):
        step(*batches()[0], 0.0)
    slope = deformed.take_slope()
    assert slope != pytest.approx(1.0, abs=0.1)
    pairs = zip(deformed.network.parameters(), plain.network.parameters(), strict=True)
    for one, other in pairs:
        torch.testing.assert_close(one.grad, slope * other.grad, rtol=1e-4, atol=1e-6)


def test_a_linear_deformation_is_the_learning_rate_with_weight_decays_effect_kept():
    """What the control by the mean slope rests on, with momentum."""
    linear = make_step(loss_deformation=LossDeformation(0, 1, 1, 4), weight_decay=0.01)
    scaled = make_step(weight_decay=0.01 / 4)
    for number, (inputs, targets) in enumerate(batches()[:4]):
        linear(inputs, targets, 0.01 * (1 + number))
        scaled(inputs, targets, 0.04 * (1 + number))
    torch.testing.assert_close(weights(linear), weights(scaled), rtol=1e-4, atol=1e-5)


class Recorded:
    """Stands for a GPU's capture: the work runs when it is replayed, not when it is captured."""

    def __init__(self):
        self.captured = 0
        self.replayed = 0

    def __call__(self, work):
        self.captured += 1

        def replay():
            self.replayed += 1
            work()

        return replay


@pytest.mark.parametrize("recipe", [{}, *OTHERS.values()], ids=["plain", *OTHERS])
def test_a_captured_step_sees_every_batch_once_and_at_its_rate(recipe):
    plain, step, recorded = make_step(**recipe), make_step(**recipe), Recorded()
    captured = CapturedStep(step, BATCH, recorded)
    for number, (inputs, targets) in enumerate(batches()):
        plain(inputs, targets, rate_of(number))
        # The caller's tensors are its own: it may write over them after the step.
        mine, labels = inputs.clone(), targets.clone()
        captured(mine, labels, rate_of(number))
        mine.zero_()
        labels.zero_()
    assert torch.equal(weights(step), weights(plain))
    assert step.take_totals() == plain.take_totals()
    if step.recipe.loss_deformation is not None:
        assert step.take_slope() == plain.take_slope()
    assert recorded.captured == 2  # one a rate
    assert recorded.replayed == 9 - WARM_UP  # the small batch is not one of them


def test_the_graph_of_another_rate_goes_before_the_next_is_captured(monkeypatch):
    """A graph has memory of its own, in which the gradients lie; a replay may be at work."""
    events, step = [], make_step()

    class Graph:
        def __init__(self, work):
            events.append("captured")
            self.work = work

        def __call__(self):
            self.work()

        def __del__(self):
            events.append("dropped")

    def capture(work):
        if "captured" in events:
            assert all(p.grad is None for p in step.network.parameters())
        return Graph(work)

    monkeypatch.setattr(torch.cuda, "synchronize", lambda *_: events.append("waited for"))
    monkeypatch.setattr("zerosnet.training.steps.precision", lambda *_: contextlib.nullcontext())
    captured = CapturedStep(step, BATCH, capture)
    for number, (inputs, targets) in enumerate(batches()[:9]):
        if number == WARM_UP:
            assert events == []
            step.device = torch.device("cuda")
        captured(inputs, targets, rate_of(number))
    assert events == ["captured", "waited for", "dropped", "captured"]


def test_steps_that_are_not_captured_share_a_stream(monkeypatch):
    """On a GPU, which has few; here a made one."""
    made, waits = [], []

    class Stream:
        def __init__(self):
            made.append(self)

        def wait_stream(self, other):
            waits.append((self, other))

    current = Stream()
    made.clear()
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: current)
    monkeypatch.setattr(torch.cuda, "stream", contextlib.nullcontext)
    plain, step = make_step(), make_step()
    captured = CapturedStep(step, BATCH, Recorded())
    step.device = torch.device("cuda")
    monkeypatch.setattr("zerosnet.training.steps.precision", lambda *_: contextlib.nullcontext())
    for inputs, targets in batches()[-3:]:
        captured(inputs, targets, 0.1)
        plain(inputs, targets, 0.1)
    assert torch.equal(weights(step), weights(plain))
    (stream,) = made
    assert waits == [(stream, current), (current, stream)] * 3


def test_capturing_is_asked_for_and_needs_a_gpu(monkeypatch):
    monkeypatch.delenv(CAPTURE_VARIABLE, raising=False)
    assert not captures_steps(torch.device("cuda"))
    monkeypatch.setenv(CAPTURE_VARIABLE, "1")
    assert captures_steps(torch.device("cuda"))
    assert not captures_steps(CPU)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("recipe", [{}, *OTHERS.values()], ids=["plain", *OTHERS])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_on_a_gpu_the_captured_step_is_the_plain_step(precision, recipe):
    device = torch.device("cuda")
    recipe = {"precision": precision, **recipe}
    plain, step = make_step(device, **recipe), make_step(device, **recipe)
    set_arithmetic(step.recipe)
    captured = CapturedStep(step, BATCH)
    for number, (inputs, targets) in enumerate(batches(device)):
        plain(inputs, targets, rate_of(number))
        captured(inputs, targets, rate_of(number))
    torch.testing.assert_close(weights(step), weights(plain), rtol=1e-3, atol=1e-4)
    assert step.take_totals() == pytest.approx(plain.take_totals(), rel=1e-3)


def flags():
    cudnn = torch.backends.cudnn
    return cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32, cudnn.deterministic


def test_float32_on_a_gpu_is_neither_tf32_nor_left_to_chance():
    set_arithmetic(small_run(precision="bfloat16").recipe)
    assert torch.backends.cudnn.allow_tf32
    set_arithmetic(small_run(precision="float32").recipe)
    assert flags() == (False, False, True)
    assert not torch.backends.cudnn.benchmark
    set_arithmetic(small_run(precision="bfloat16").recipe)
    set_exact_float32()
    assert flags() == (False, False, True)
    assert not torch.backends.cudnn.benchmark


FLAGS = """
import torch
from zerosnet.training.steps import set_exact_float32
cudnn, cublas = torch.backends.cudnn, torch.backends.cuda.matmul
found = [cublas.allow_tf32]
for exact in (True, False, True):
    set_exact_float32(exact)
    # By the newer names, too: torch refuses to compute where the two disagree.
    found += [cublas.allow_tf32, cublas.fp32_precision, cudnn.conv.fp32_precision == "tf32"]
print(found)
"""


def test_no_variable_of_the_environment_makes_float32_tf32():
    environment = {**os.environ, "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1"}
    command = [sys.executable, "-c", FLAGS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    exact, fast = [False, "ieee", False], [False, "ieee", True]
    assert done.stdout == f"{[True, *exact, *fast, *exact]}\n", done.stderr
