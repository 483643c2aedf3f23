"""The training step: its totals, and the captured step, which must do the same arithmetic."""

from __future__ import annotations

import itertools

import pytest
import torch
from small import small_images, small_run

from zerosnet.augmentation import pixels
from zerosnet.methods import ZEROSNET_TRA
from zerosnet.steps import (
    CAPTURE_VARIABLE,
    WARM_UP,
    CapturedStep,
    TrainingStep,
    captures_steps,
    optimizer_of,
    set_arithmetic,
)

CPU = torch.device("cpu")
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


def test_a_captured_step_sees_every_batch_once_and_at_its_rate():
    plain, step, recorded = make_step(), make_step(), Recorded()
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
    assert recorded.captured == 2  # one a rate
    assert recorded.replayed == 9 - WARM_UP  # the small batch is not one of them


def test_capturing_is_asked_for_and_needs_a_gpu(monkeypatch):
    monkeypatch.delenv(CAPTURE_VARIABLE, raising=False)
    assert not captures_steps(torch.device("cuda"))
    monkeypatch.setenv(CAPTURE_VARIABLE, "1")
    assert captures_steps(torch.device("cuda"))
    assert not captures_steps(CPU)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_on_a_gpu_the_captured_step_is_the_plain_step(precision):
    device = torch.device("cuda")
    plain, step = make_step(device, precision=precision), make_step(device, precision=precision)
    set_arithmetic(step.recipe)
    captured = CapturedStep(step, BATCH)
    for number, (inputs, targets) in enumerate(batches(device)):
        plain(inputs, targets, rate_of(number))
        captured(inputs, targets, rate_of(number))
    torch.testing.assert_close(weights(step), weights(plain), rtol=1e-3, atol=1e-4)
    assert step.take_totals() == pytest.approx(plain.take_totals(), rel=1e-3)


def test_float32_on_a_gpu_is_neither_tf32_nor_left_to_chance():
    set_arithmetic(small_run(precision="bfloat16").recipe)
    assert torch.backends.cudnn.allow_tf32
    set_arithmetic(small_run(precision="float32").recipe)
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark
