"""Training: deterministic, resumable to the bit, and honest about divergence."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from small import small_images, small_run

from zerosnet.data.seeds import generator_for
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LEAPFROG, ZEROSNET_OPT, ZEROSNET_TRA
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.theory.gradient_formula import ActivatedGradients
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.learning_rate_controls import slopes_control
from zerosnet.training.loop import (
    EVALUATION_BATCH,
    Trained,
    default_device,
    evaluate,
    finish,
    save,
    train,
    trained_elsewhere,
    trained_network,
    weights_of,
)

CPU = torch.device("cpu")
IMAGES = small_images()


class StoppedError(Exception):
    """Stands for a kill."""


def run_to_end(run, folder, stop_after=None, slopes=()):
    lines = []

    def report(line):
        lines.append(line)
        if stop_after is not None and len(lines) == stop_after:
            raise StoppedError

    trained = train(run, IMAGES, folder, CPU, report, slopes)
    return trained, lines


def without_time(trained):
    return {name: values for name, values in trained.history.items() if name != "seconds"}


def same_bits(one, other):
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_same_run_twice_gives_the_same_bits(tmp_path):
    first, _ = run_to_end(small_run(), tmp_path / "a")
    second, _ = run_to_end(small_run(), tmp_path / "b")
    assert without_time(first) == without_time(second)
    assert same_bits(first.last, second.last)


def test_another_seed_gives_another_network(tmp_path):
    first, _ = run_to_end(small_run(seed=0), tmp_path / "a")
    second, _ = run_to_end(small_run(seed=1), tmp_path / "b")
    assert first.history["train_loss"] != second.history["train_loss"]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("method", "recipe"),
    [
        (ZEROSNET_OPT, {}),
        (ZEROSNET_TRA, {}),
        (ZEROSNET_TRA, {"activated_gradients": ActivatedGradients(0.1, 20)}),
        (ZEROSNET_OPT, {"activated_gradients": ActivatedGradients(0.1, 20, "step")}),
        (ZEROSNET_OPT, {"loss_deformation": LossDeformation(2.5, 3, 2, 1)}),
        (ZEROSNET_OPT, {"rate_factors": (3.0, 2.0, 1.5, 1.0), "weight_decay": 0.01}),
    ],
    ids=["fixed", "trained", "activated gradient", "activated step", "deformed", "rate factors"],
)
def test_a_run_stopped_after_every_epoch_ends_like_an_undisturbed_one(
    tmp_path, method, recipe, precision
):
    run = small_run(method=method, precision=precision, **recipe)
    undisturbed, lines = run_to_end(run, tmp_path / "whole")
    assert len(lines) == 4
    folder = tmp_path / "parts"
    for _ in range(3):
        with pytest.raises(StoppedError):
            run_to_end(run, folder, stop_after=1)
    resumed, lines = run_to_end(run, folder)
    assert len(lines) == 1
    assert without_time(resumed) == without_time(undisturbed)
    assert same_bits(resumed.last, undisturbed.last)
    assert same_bits(resumed.best, undisturbed.best)


def test_a_damaged_checkpoint_costs_an_epoch_and_nothing_else(tmp_path):
    run = small_run()
    undisturbed, _ = run_to_end(run, tmp_path / "whole")
    with pytest.raises(StoppedError):
        run_to_end(run, tmp_path / "parts", stop_after=3)
    newest = max((tmp_path / "parts").glob("checkpoint-*"))
    newest.write_bytes(newest.read_bytes()[:100])
    resumed, lines = run_to_end(run, tmp_path / "parts")
    assert len(lines) == 2
    assert same_bits(resumed.last, undisturbed.last)


def test_another_runs_checkpoint_is_not_used(tmp_path):
    with pytest.raises(StoppedError):
        run_to_end(small_run(seed=1), tmp_path, stop_after=3)
    _, lines = run_to_end(small_run(seed=0), tmp_path)
    assert len(lines) == 4


def test_the_learning_rate_decays(tmp_path):
    trained, _ = run_to_end(small_run(), tmp_path)
    assert trained.history["learning_rate"] == pytest.approx([0.1, 0.1, 0.01, 0.001])


def test_the_slopes_met_are_on_record_and_make_a_control(tmp_path):
    """Without momentum the schedule of the slopes is the deformation, but for what an epoch mixes:
    here an epoch is one step."""
    deformation = LossDeformation(2.5, 3, 2, 1)
    run = small_run(
        loss_deformation=deformation, batch=40, momentum=0.0, weight_decay=0.1, learning_rate=0.02
    )
    deformed, _ = run_to_end(run, tmp_path / "a")
    slopes = deformed.history["deformation_slope"]
    losses = torch.tensor(deformed.history["train_loss"], dtype=torch.float64)
    assert slopes == pytest.approx(deformation.derivative(losses).tolist(), rel=1e-4)
    control = replace(run, recipe=slopes_control(run.recipe, "epoch"))
    assert control.followed == run
    controlled, _ = run_to_end(control, tmp_path / "b", slopes=slopes)
    assert "deformation_slope" not in controlled.history
    for name, tensor in controlled.last.items():
        torch.testing.assert_close(tensor, deformed.last[name], rtol=1e-4, atol=1e-5)
    plain, _ = run_to_end(replace(run, recipe=replace(run.recipe, loss_deformation=None)), tmp_path)
    assert any(
        not torch.allclose(tensor, deformed.last[name], rtol=1e-2, atol=1e-3)
        for name, tensor in plain.last.items()
    )


def test_order_and_drops_are_drawn_from_the_runs_own_seed_and_the_epoch(tmp_path, monkeypatch):
    asked = []

    def noted(*purpose):
        asked.append(purpose)
        return generator_for(*purpose)

    monkeypatch.setattr("zerosnet.training.loop.generator_for", noted)
    run_to_end(small_run(seed=3, epochs=2), tmp_path)
    assert asked == [(purpose, 3, epoch) for epoch in (0, 1) for purpose in ("order", "drops")]


def test_noise_and_a_schedule_of_rate_factors_are_not_captured(tmp_path, monkeypatch):
    """A graph would know one of the rates alone, and nothing of the noise's generator."""
    made = []
    monkeypatch.setattr("zerosnet.training.loop.captures_steps", lambda _device: True)
    monkeypatch.setattr(
        "zerosnet.training.loop.CapturedStep", lambda step, batch: made.append(batch) or step
    )
    run = small_run(epochs=1)
    run_to_end(small_run(epochs=1, rate_factors=(2.0,)), tmp_path / "a")
    noisy = replace(run.architecture, noise=Fraction(1, 1000))
    run_to_end(replace(run, architecture=noisy), tmp_path / "c")
    assert not made
    run_to_end(run, tmp_path / "b")
    assert made == [16]


def test_a_first_step_at_zero_changes_the_weights_that_follow(tmp_path):
    plain, _ = run_to_end(small_run(epochs=1), tmp_path / "a")
    delayed, _ = run_to_end(small_run(epochs=1, first_step_at_zero=True), tmp_path / "b")
    assert not same_bits(plain.last, delayed.last)


def test_divergence_is_an_outcome(tmp_path):
    explosive = LinearMultistep((1000, 1000), 1000)
    run = small_run(method=explosive, depth=20, learning_rate=1e12)
    trained, lines = run_to_end(run, tmp_path)
    assert trained.diverged is not None
    assert lines[-1].endswith("diverged")
    outcome = finish(trained, tmp_path)
    assert outcome["outcome"] == "diverged"
    assert outcome["selected"] == {}
    assert outcome["weights"] == {}


def test_both_selections_are_written_and_come_back(tmp_path):
    run = small_run(method=LEAPFROG)
    trained, _ = run_to_end(run, tmp_path)
    outcome = finish(trained, tmp_path)
    accuracies = trained.history["test_accuracy"]
    assert outcome["selected"]["last_epoch"] == {"epoch": 3, "test_accuracy": accuracies[-1]}
    assert outcome["selected"]["best_on_test"]["test_accuracy"] == max(accuracies)
    for selection, chosen in outcome["selected"].items():
        network = trained_network(run, outcome, selection, tmp_path, CPU)
        _, accuracy = evaluate(network, IMAGES.test_images, IMAGES.test_labels, run.recipe)
        assert accuracy == pytest.approx(chosen["test_accuracy"], abs=1e-4)


def test_weights_that_are_gone_are_named(tmp_path):
    run = small_run(epochs=1)
    trained, _ = run_to_end(run, tmp_path)
    outcome = finish(trained, tmp_path)
    next(tmp_path.glob("last_epoch-*.safetensors")).unlink()
    with pytest.raises(SuiteError, match=r"last_epoch-\w{16}\.safetensors is missing"):
        trained_network(run, outcome, "last_epoch", tmp_path, CPU)


def test_evaluation_does_not_depend_on_its_batches(monkeypatch):
    network = small_run().build()
    whole = evaluate(network, IMAGES.test_images, IMAGES.test_labels, small_run().recipe)
    assert len(IMAGES.test_labels) < EVALUATION_BATCH
    monkeypatch.setattr("zerosnet.training.loop.EVALUATION_BATCH", 7)
    parts = evaluate(network, IMAGES.test_images, IMAGES.test_labels, small_run().recipe)
    assert parts == pytest.approx(whole, rel=1e-5)
    assert math.isfinite(whole[0])


def test_a_divergence_in_another_process_is_known_here(tmp_path):
    """In the first epoch there are no weights yet."""
    run = small_run()
    network = run.build()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    save(tmp_path, run.key, Trained(diverged=0), network, optimizer)
    trained = trained_elsewhere(run, tmp_path)
    assert (trained.diverged, trained.epochs) == (0, 0)
    assert finish(trained, tmp_path)["outcome"] == "diverged"


@pytest.mark.parametrize("seed", range(8))
def test_a_divergence_is_newer_than_the_epoch_before_it(seed, tmp_path):
    """Whatever the checksums in the names of both are."""
    run = small_run(seed)
    network = run.build()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    trained = Trained(last=weights_of(network))
    trained.history["test_accuracy"] = [10.0, 11.0]
    save(tmp_path, run.key, trained, network, optimizer)
    trained.diverged = 2
    save(tmp_path, run.key, trained, network, optimizer)
    found = trained_elsewhere(run, tmp_path)
    assert (found.diverged, found.epochs) == (2, 2)
    assert same_bits(found.last, trained.last)


def test_with_images_held_out_every_epoch_is_looked_at_without_learning(tmp_path):
    """The looks change nothing: histories and weights are those of the run without."""
    others = small_images(train=30)
    images = replace(
        IMAGES, held_out_images=others.train_images, held_out_labels=others.train_labels
    )
    plain, _ = run_to_end(small_run(), tmp_path / "plain")
    looked = train(small_run(), images, tmp_path / "looked", CPU, lambda _line: None)
    extra = {"fit_loss", "fit_accuracy", "held_out_accuracy"}
    assert set(looked.history) - set(plain.history) == extra
    assert {len(looked.history[name]) for name in extra} == {looked.epochs}
    assert {k: v for k, v in without_time(looked).items() if k not in extra} == without_time(plain)
    assert same_bits(looked.last, plain.last)
    network = small_run().build().to(memory_format=torch.channels_last)
    network.load_state_dict(looked.last)
    loss, accuracy = evaluate(network, IMAGES.train_images, IMAGES.train_labels, small_run().recipe)
    assert looked.history["fit_loss"][-1] == pytest.approx(loss, abs=1e-5)
    assert looked.history["fit_accuracy"][-1] == pytest.approx(accuracy, abs=1e-3)


@pytest.mark.parametrize(("turn", "chosen"), [(0, []), (1, [1]), (5, [1])])
def test_processes_side_by_side_take_the_gpus_in_turn(monkeypatch, turn, chosen):
    found = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", found.append)
    assert default_device(turn) == torch.device("cuda")
    assert found == chosen


def test_without_a_gpu_the_cpu_computes_whatever_the_turn(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert default_device(3) == torch.device("cpu")
