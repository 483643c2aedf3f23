"""Training sweeps: every run once, nothing lost when stopped."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace

import pytest
import torch
from outcomes import without_circumstances
from small import train_missing

from zerosnet.data.choice import DataChoice
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import (
    TRAINING,
    find_record,
    load_record,
    record_path,
    training_record,
)
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import write_json
from zerosnet.measuring.measurements import under_noise
from zerosnet.paper.tables import Table
from zerosnet.sweeps import arithmetic, train
from zerosnet.sweeps.measure import measure_missing
from zerosnet.sweeps.train import waves
from zerosnet.sweeps.workplace import lock_of
from zerosnet.training import loop as training
from zerosnet.training.arithmetic.check import Checked, Examined
from zerosnet.training.arithmetic.watch import Finding
from zerosnet.training.work import epoch_work

CLEAN = under_noise(Table("t", ("noise_free_acc_mean_pct",), ()))


def test_what_is_on_record_is_not_trained_again(place, rows):
    assert train_missing(rows, place) == 2
    records = [training_record(place.results, "mini", run) for run in rows[0].runs]
    assert [record["outcome"] for record in records] == ["completed"] * 2
    assert train_missing(rows, place) == 0
    assert not list(place.scratch.rglob("checkpoint-*"))


def test_a_record_counts_the_seconds_of_earlier_sittings(place, rows, monkeypatch):
    def went_on(*arguments):
        trained = training.train(*arguments)
        trained.history["seconds"] = [900.0, 800.5, 0.1]
        return trained

    monkeypatch.setattr(train, "train", went_on)
    train_missing(rows, place)
    for run in rows[0].runs:
        assert training_record(place.results, "mini", run)["wall_seconds"] == 1700.6


def test_records_say_what_computed_and_what_the_check_of_it_found(place, rows):
    train_missing(rows, place)
    measure_missing(rows, CLEAN, place)
    for name in (TRAINING, "noise"):
        said = find_record(place.results, "mini", rows[0].runs[0], name)["environment"]
        assert said["cpu_capability"] == torch.backends.cpu.get_cpu_capability()
        assert said["onednn"] in torch.__config__.show()
        assert said["bfloat16_units"] in (True, False)
        assert said["layout"] == "channels_last"
        assert re.fullmatch(r"\d+ operations right, relative errors up to \S+", said["arithmetic"])


def test_what_another_process_trains_meanwhile_counts_when_it_is_done(
    place, rows, monkeypatch, capsys
):
    """Not at the end: the time that is left follows from what is done."""
    first, second = rows[0].runs
    runs = [first, second, replace(second, seed=9)]
    assert train.train_runs([first], place) == 1
    path = record_path(place.results, "mini", first.key, TRAINING)
    content = path.read_bytes()
    path.unlink()
    with ExitStack() as other:
        other.enter_context(lock_of(first, place).held())

        def finished_meanwhile(run, *arguments):
            if run == second:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
                other.close()
            return training.train(run, *arguments)

        monkeypatch.setattr(train, "train", finished_meanwhile)
        capsys.readouterr()
        assert train.train_runs(runs, place) == 2
    said = re.findall(r"run (\d)/3 .* (epoch 3/3|was trained)", capsys.readouterr().err)
    assert said == [("2", "epoch 3/3"), ("1", "was trained"), ("3", "epoch 3/3")]


def test_what_another_process_has_trained_is_not_counted_here(place, rows, monkeypatch):
    first, second = rows[0].runs
    done = {first.key: train.Done.ELSEWHERE, second.key: train.Done.HERE}
    said = []

    def advance(_progress, _units, message, *, own=True):
        said.append((message, own))

    monkeypatch.setattr(train, "train_one", lambda run, *_: done[run.key])
    monkeypatch.setattr(train.Progress, "advance", advance)
    assert train.train_runs([first, second], place) == 1
    assert said == [(f"run 1/2 ({first.label}) was trained by another process", False)]


def test_a_gpus_arithmetic_is_not_checked_and_records_say_so(rows):
    (run, *_) = rows[0].runs
    assert arithmetic.checked(run, torch.device("cuda")).for_record() == "not checked"
    assert arithmetic.checked(run, torch.device("cuda")).layout == "channels_last"


def found(*troubles):
    """What was found of a network, layout by layout."""
    findings = [Finding(text, "float32", 1.0 if text else 0.0, True) for text in troubles]
    layouts = zip(("channels_last", "contiguous"), findings, strict=False)
    return Checked(tuple(Examined(layout, (one,)) for layout, one in layouts), "torch 0.0")


def test_a_network_that_is_computed_wrong_is_refused_and_others_are_trained(
    place, rows, monkeypatch, capsys
):
    def check(subjects):
        wrong = found("convolution 1×1", "convolution 1×1")
        return [wrong if subject.recipe.flip else found("") for subject in subjects]

    first = rows[0].runs[0]
    flipped = replace(first, recipe=replace(first.recipe, flip=not first.recipe.flip))
    refused, trained = (first, flipped) if first.recipe.flip else (flipped, first)
    monkeypatch.setattr(arithmetic, "check", check)
    with pytest.raises(SuiteError, match="1 of 2 runs are not trained, as said above"):
        train.train_runs([refused, trained], place)
    said = [line for line in capsys.readouterr().err.splitlines() if "is not trained" in line]
    assert said == [
        f"{refused.label} is not trained: torch 0.0 is wrong in channels_last (convolution 1×1 is "
        "off by 1 of its result); in contiguous (convolution 1×1 is off by 1 of its result): "
        "install another torch"
    ]
    assert training_record(place.results, "mini", refused) is None
    assert training_record(place.results, "mini", trained) is not None


def test_where_the_usual_layout_is_wrong_the_next_one_is_taken(place, rows, monkeypatch, capsys):
    monkeypatch.setattr(arithmetic, "check", lambda subjects: [found("pool", "")] * len(subjects))
    train_missing(rows, place)
    measure_missing(rows, CLEAN, place)
    for name in (TRAINING, "noise"):
        said = find_record(place.results, "mini", rows[0].runs[0], name)["environment"]
        assert said["layout"] == "contiguous"
        assert said["arithmetic"].endswith(
            "; wrong in channels_last (pool is off by 1 of its result)"
        )
    assert "states lie contiguous in memory: torch 0.0 is wrong" in capsys.readouterr().err


def test_runs_are_ordered_by_seed_and_made_once(rows):
    runs = distinct_runs([*rows, *rows])
    assert [run.seed for run in runs] == [0, 1]


def test_only_what_is_missing_is_trained(place, rows):
    train_missing(rows, place)
    before = training_record(place.results, "mini", rows[0].runs[1])
    folder = place.results / "mini" / "runs" / rows[0].runs[0].key
    (folder / "training.json").unlink()
    assert train_missing(rows, place) == 1
    assert training_record(place.results, "mini", rows[0].runs[1]) == before


def test_images_that_are_missing_are_named_with_the_command_that_gets_them(place, rows):
    absent = replace(rows[0].runs[0], data=DataChoice("mnist"))
    with pytest.raises(SuiteError, match="data fetch mnist"):
        train.train_runs([absent], place)


def test_a_run_that_needs_more_memory_than_its_gpu_has_fails_alone(
    place, rows, monkeypatch, capsys
):
    first, second = rows[0].runs

    def out_of_memory_in_the_second_epoch(run, images, scratch, device, report, *rest):
        def fail(line):
            report(line)
            if run == first and "epoch 2/" in line:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 TiB")

        return training.train(run, images, scratch, device, fail, *rest)

    monkeypatch.setattr(train, "train", out_of_memory_in_the_second_epoch)
    with pytest.raises(SuiteError, match="1 of 2 runs are not trained, as said above"):
        train_missing(rows, place)
    said = capsys.readouterr().err
    assert "seed 0: out of GPU memory; give each run a larger share" in said
    # The epoch that it lacks is not waited for.
    done = [line[:6] for line in said.splitlines() if " epoch " in line]
    assert done == ["[ 17 %", "[ 33 %", "[ 67 %", "[ 83 %", "[100 %"]
    assert training_record(place.results, "mini", second) is not None
    # It goes on where it was, with more memory.
    monkeypatch.setattr(train, "train", training.train)
    assert train_missing(rows, place) == 1
    said = capsys.readouterr().err
    assert "epoch 3/3" in said
    assert "epoch 2/3" not in said


def test_a_damaged_record_is_set_aside_and_its_run_done_again(place, rows, capsys):
    train_missing(rows, place)
    run = rows[0].runs[0]
    before = training_record(place.results, "mini", run)
    path = record_path(place.results, "mini", run.key, TRAINING)
    path.write_bytes(path.read_bytes()[:-7])
    assert train_missing(rows, place) == 1
    assert "training.json is damaged" in capsys.readouterr().err
    again = training_record(place.results, "mini", run)
    assert without_circumstances(again) == without_circumstances(before)
    assert len(list(path.parent.glob("training.json.damaged-*"))) == 1


def command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "zerosnet", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.long
def test_two_sweeps_at_once_train_every_run_once(checkout, rows):
    processes = [command("train", "table1_first_order") for _ in range(2)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    finished = [text.count("epoch 3/3") for text in errors]
    assert sum(finished) == 2


def test_a_sweep_that_goes_on_counts_the_epochs_of_earlier_sittings(
    place, rows, capsys, monkeypatch
):
    advance = train.Progress.advance

    def stopping(self, units, message, *, own=True):
        advance(self, units, message, own=own)
        if "epoch 1/3" in message:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(train.Progress, "advance", stopping)
        with pytest.raises(KeyboardInterrupt):
            train_missing(rows, place)
    capsys.readouterr()
    train_missing(rows, place)
    said = [line for line in capsys.readouterr().err.splitlines() if "epoch" in line]
    assert [line[:6] for line in said] == ["[ 33 %", "[ 50 %", "[ 67 %", "[ 83 %", "[100 %"]


def test_terminating_a_sweep_ends_it_in_one_line(checkout):
    process = command("train", "table3_third_order")
    while "epoch" not in process.stderr.readline():
        assert process.poll() is None
    process.terminate()
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "interrupted; the same command goes on where this one stopped" in errors
    assert "Traceback" not in errors


@pytest.fixture
def deformed(checkout):
    profile = load_profile(checkout / "params.yaml")
    return plan_stage("deformation", profile, checkout)


def test_a_control_is_trained_after_the_run_whose_slopes_it_follows(place, deformed):
    runs = distinct_runs(deformed)
    first, second = waves(runs)
    assert {run.key for run in second} == {run.key for run in runs if run.followed is not None}
    assert len(second) > 1
    assert all(run.followed in first for run in second)
    assert waves(first) == [first]
    assert train_missing(deformed, place) == len(runs)
    for control in second:
        slopes = training_record(place.results, "mini", control.followed)["history"][
            "deformation_slope"
        ]
        history = training_record(place.results, "mini", control)["history"]
        factors = [
            rate / control.followed.recipe.learning_rate_in(epoch)
            for epoch, rate in enumerate(history["learning_rate"])
        ]
        whole = control.recipe.follows.averaged_over == "training"
        expected = [sum(slopes) / len(slopes)] * len(slopes) if whole else slopes
        assert factors == pytest.approx(expected)
        assert len(set(slopes)) == len(slopes)


def test_failures_among_runs_that_others_follow_are_counted(place, deformed, monkeypatch):
    counts = iter([(3, 1), (2, 0)])
    monkeypatch.setattr(train, "_train_wave", lambda *_: next(counts))
    monkeypatch.setattr(train, "check_all", lambda _runs: None)
    runs = distinct_runs(deformed)
    with pytest.raises(SuiteError, match=f"1 of {len(runs)} runs are not trained"):
        train.train_runs(runs, place)


@pytest.mark.parametrize("outcome", ["missing", "diverged"])
def test_a_control_with_nothing_to_follow_says_so_and_the_others_go_on(
    place, deformed, outcome, capsys
):
    every = [row for row in deformed if row.runs[0].followed is not None]
    followed = every[0].runs[0].followed
    controls = [row for row in every if row.runs[0].followed == followed]
    assert len(controls) == 2
    if outcome == "diverged":
        train_missing([row for row in deformed if row.runs[0] == followed], place)
        path = record_path(place.results, "mini", followed.key, TRAINING)
        record = load_record(path)
        write_json(path, {**record, "outcome": "diverged"})
    with pytest.raises(SuiteError, match="2 of 3 runs are not trained, as said above"):
        train_missing([*controls, deformed[0]], place)
    said = capsys.readouterr().err
    reason = "has no record" if outcome == "missing" else "diverged"
    assert f"the run whose slopes it follows {reason}; train that one first" in said
    assert training_record(place.results, "mini", deformed[0].runs[0]) is not None


def test_epochs_of_earlier_sittings_are_not_counted_twice(rows, monkeypatch):
    """Of a run that other processes train, which say at its end that all of it is trained."""
    shown = []
    monkeypatch.setattr(train.Progress, "advance", lambda _self, units, *_: shown.append(units))
    (run, *_) = distinct_runs(rows)
    progress = train.Progress(epoch_work(run) * run.recipe.epochs)
    account = train._Account(run, "a run", progress, before=run.recipe.epochs - 1)
    account.report(run.recipe.epochs, "is trained")
    assert shown == [epoch_work(run)]
    assert progress.done == epoch_work(run) * (run.recipe.epochs - 1)
    account.settle()
    assert progress.done == epoch_work(run) * (run.recipe.epochs - 1)
