"""Training in processes of their own: two give what one gives, and a stopped one goes on."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from conftest import PROJECT
from PIL import Image
from small import small_place
from torch import nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import training_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import in_processes, train
from zerosnet.sweeps.in_processes import processes_for
from zerosnet.training.arithmetic.check import NOT_CHECKED
from zerosnet.training.imagenet import images, training
from zerosnet.training.imagenet.training import shards_for, workers_for
from zerosnet.training.loop import Trained, save, trained_elsewhere, weights_of

CPU = torch.device("cpu")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}


@pytest.fixture
def run(checkout):
    rows = plan_stage(IMAGENET_STAGE, load_profile(checkout / "params.yaml"), checkout)
    return rows[0].runs[0]


def torchrun(run, processes, scratch):
    return subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            f"--nproc-per-node={processes}",
            *("-m", "zerosnet.sweeps.in_processes", IMAGENET_STAGE, "smoke", run.key),
            "channels_last",
        ],
        env={**ENVIRONMENT, "ZEROSNET_SCRATCH": str(scratch), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


@pytest.mark.long
def test_two_processes_give_what_one_gives(run, checkout, tmp_path):
    """The same shards, so the same gradients up to rounding, and the same images met."""
    histories = []
    for processes in (1, 2):
        scratch = tmp_path / str(processes)
        done = torchrun(run, processes, scratch)
        assert done.returncode == 0, done.stderr
        assert f"on {processes} processes" in done.stderr
        trained = trained_elsewhere(run, scratch / "runs" / run.key)
        assert trained.epochs == run.recipe.epochs
        histories.append(trained.history)
    one, two = histories
    # bfloat16 rounds differently in other orders of summation.
    assert one["train_loss"] == pytest.approx(two["train_loss"], rel=0.03)
    assert one["learning_rate"] == two["learning_rate"]
    # Batch norm's running statistics are those of one shard a step, however many are in a process.
    assert one["test_loss"] == pytest.approx(two["test_loss"], rel=0.03)
    assert all(
        top5 >= top1 for top1, top5 in zip(one["test_accuracy"], one["test_top5"], strict=True)
    )


@pytest.mark.long
def test_the_command_trains_and_writes_records(run, checkout):
    """As `dvc repro table5_imagenet` does; the second call finds everything on record."""
    command = [sys.executable, "-m", "zerosnet", "train", IMAGENET_STAGE, "--profile", "smoke"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    record = training_record(checkout / "results", "smoke", run)
    assert record["outcome"] == "completed"
    assert len(record["history"]["test_top5"]) == run.recipe.epochs
    assert record["configuration"]["network"]["layout"] == "imagenet"
    manifest = json.loads((checkout / f"results/smoke/train/{IMAGENET_STAGE}.json").read_text())
    assert len(manifest["runs"]) == 2
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert "2 runs, 0 to train" in done.stderr


@pytest.mark.long
def test_a_process_that_fails_is_one_line(run, checkout, tmp_path):
    """Damaged images: what torchrun says stands above, and the command ends with one line."""
    for split in ("train", "val"):
        (checkout / ".zerosnet/images/digits-folder" / split).mkdir(parents=True)
    (checkout / ".zerosnet/images/digits-folder/whole").write_bytes(b"")
    command = [sys.executable, "-m", "zerosnet", "train", IMAGENET_STAGE, "--profile", "smoke"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "is no folder of images by class" in done.stderr.splitlines()[-1]
    assert not (checkout / "results").exists()


@pytest.fixture
def alone():
    """This process is a group of one."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("alone")
def test_a_loss_that_stops_being_finite_in_a_later_epoch_is_a_divergence(
    run, tmp_path, monkeypatch
):
    """With any seed: the checksum in a checkpoint's name does not tell which is the last."""

    def train_epoch(parallel, optimizer, recipe, epoch, *_):
        for parameter in parallel.parameters():
            parameter.grad = torch.randn_like(parameter) * (math.nan if epoch == 2 else 1e-3)
        optimizer.step()
        return math.nan if epoch == 2 else 1.0, 10.0

    monkeypatch.setattr(training, "_train_epoch", train_epoch)
    monkeypatch.setattr(training, "_evaluate", lambda *_: (1.0, 10.0, 50.0))
    folders = SimpleNamespace(train=[0] * 10, test=[0] * 10)
    for seed in range(6):
        one = replace(run, seed=seed, recipe=replace(run.recipe, epochs=5))
        scratch = tmp_path / str(seed)
        for _ in range(2):  # called again, it leaves what it has left
            training.train_in_processes(one, folders, scratch, torch.device("cpu"))
            trained = trained_elsewhere(one, scratch)
            assert (trained.diverged, trained.epochs) == (2, 2)


@pytest.mark.usefixtures("alone")
def test_every_epoch_of_every_seed_has_an_order_of_its_own(run, tmp_path, monkeypatch):
    orders = []

    def train_epoch(_parallel, _optimizer, _recipe, _epoch, steps, *_):
        orders.append(str(steps))
        return 1.0, 10.0

    monkeypatch.setattr(training, "_train_epoch", train_epoch)
    monkeypatch.setattr(training, "_evaluate", lambda *_: (1.0, 10.0, 50.0))
    folders = SimpleNamespace(train=[0] * 10, test=[0] * 10)
    for seed in range(2):
        one = replace(run, seed=seed, recipe=replace(run.recipe, epochs=2))
        training.train_in_processes(one, folders, tmp_path / str(seed), CPU)
    assert len(set(orders)) == len(orders) == 4


@pytest.mark.usefixtures("alone")
def test_an_epoch_is_plain_descent_of_the_mean_over_shards(run):
    """Every step at the rate that the schedule has at its end."""
    recipe = replace(run.recipe, precision="float32", epochs=2)
    pictures = [(torch.randint(256, (3, 4, 4), dtype=torch.uint8), n) for n in range(7)]
    steps = [[[0, 1], [2]], [[3, 4], [5, 6]]]
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 10))
    plain, loss_sum, right = deepcopy(network), 0.0, 0
    optimizer = torch.optim.SGD(network.parameters())
    parallel = DistributedDataParallel(network)
    found = training._train_epoch(parallel, optimizer, recipe, 0, steps, pictures, CPU)
    for step, progress in zip(steps, (1 / 4, 1 / 2), strict=True):
        losses = []
        for shard in step:
            logits = plain(torch.stack([pictures[n][0] for n in shard]) / 255)
            losses.append(functional.cross_entropy(logits, torch.tensor(shard)))
            loss_sum += losses[-1].item() * len(shard)
            right += (logits.argmax(1) == torch.tensor(shard)).sum().item()
        parameters = list(plain.parameters())
        gradients = torch.autograd.grad(sum(losses) / 2, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= recipe.learning_rate_at(progress) * gradient
    assert found == pytest.approx((loss_sum / 7, 100 * right / 7))
    for ours, expected in zip(network.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, expected)


@pytest.mark.usefixtures("alone")
def test_running_statistics_move_once_a_step_by_its_first_shard(run):
    """As they do where every shard has a process of its own, and the first one's are kept."""
    recipe = replace(run.recipe, precision="float32", epochs=2)
    pictures = [(torch.randint(256, (3, 4, 4), dtype=torch.uint8), n) for n in range(8)]
    found = []
    for steps in ([[[0, 1], [2, 3]], [[4, 5], [6, 7]]], [[[0, 1]], [[4, 5]]]):
        norm = nn.BatchNorm2d(3)
        network = nn.Sequential(norm, nn.Flatten(), nn.Linear(48, 10))
        optimizer = torch.optim.SGD(network.parameters())
        parallel = DistributedDataParallel(network)
        training._train_epoch(parallel, optimizer, recipe, 0, steps, pictures, CPU)
        found.append((norm.running_mean, norm.running_var))
        assert norm.momentum == 0.1
    torch.testing.assert_close(found[0], found[1])


@pytest.mark.usefixtures("alone")
def test_evaluation_by_hand(run, monkeypatch):
    """With the statistics of the first process; the first guess is right on two of seven."""
    sources = []
    monkeypatch.setattr(training.dist, "broadcast", lambda _buffer, rank: sources.append(rank))
    recipe = replace(run.recipe, precision="float32", crop=4, resize=4)
    noise = torch.randint(256, (7, 4, 4, 3), dtype=torch.uint8)
    network = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(48), nn.Linear(48, 10))
    with torch.no_grad():
        logits = deepcopy(network).eval()(noise.permute(0, 3, 1, 2) / 255)
    classes = logits.argsort(1, descending=True)[range(7), [0, 0, 1, 2, 3, 4, 5]]
    test = [
        (Image.fromarray(pixels.numpy()), label.item())
        for pixels, label in zip(noise, classes, strict=True)
    ]
    found = training._evaluate(network, SimpleNamespace(test=test), recipe, CPU)
    loss = functional.cross_entropy(logits, classes).item()
    assert found == pytest.approx((loss, 200 / 7, 600 / 7))
    assert sources == [0] * len(list(network.buffers()))


def test_a_training_that_ended_early_is_not_put_on_record(run, checkout, monkeypatch):
    """Nor is it taken for a completed one; its checkpoint stays."""
    place = small_place(checkout)
    one = replace(run, recipe=replace(run.recipe, epochs=3))

    def launch(*_):
        network = one.build()
        trained = Trained(last=weights_of(network))
        trained.history["test_accuracy"] = [10.0, 11.0]
        optimizer = torch.optim.SGD(network.parameters())
        save(place.folder(one), one.key, trained, network, optimizer)

    monkeypatch.setattr(in_processes, "launch", launch)
    monkeypatch.setattr(images, "open_folders", lambda _name: SimpleNamespace(checksum="0" * 64))
    monkeypatch.setattr(train, "checked", lambda *_: NOT_CHECKED)
    with pytest.raises(SuiteError, match="its training left 2 of 3 epochs: the same command"):
        train.train_one(one, place, lambda _epochs, _line: None)
    assert training_record(place.results, place.profile, one) is None
    assert trained_elsewhere(one, place.folder(one)).epochs == 2


def test_shards_are_shared_out_evenly():
    assert [shards_for(rank, 4, 8) for rank in range(4)] == [[0, 4], [1, 5], [2, 6], [3, 7]]
    with pytest.raises(SuiteError, match="8 shards cannot be shared out among 3 processes"):
        shards_for(0, 3, 8)


def test_as_many_processes_as_share_the_work_evenly(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for gpus, expected in ((1, 1), (2, 2), (3, 2), (6, 4), (8, 8), (16, 8)):
        monkeypatch.setattr(torch.cuda, "device_count", lambda n=gpus: n)
        assert processes_for(8) == expected


def test_a_gpu_has_workers_that_decode_its_images_however_few_cores(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    for cores, expected in ((1, 1), (4, 1), (16, 2), (64, 8), (256, 8)):
        monkeypatch.setattr(training, "cores", lambda n=cores: n)
        assert workers_for(torch.device("cuda", 3)) == expected
        assert workers_for(torch.device("cpu")) == 0
