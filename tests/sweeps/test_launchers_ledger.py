"""The ledger of a launched sweep: nothing lost, nothing done twice, nothing tried for ever."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from launched import longer_runs
from small import small_place

from zerosnet.commands import training
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import TRAINING, write_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers import ledger as ledger_module
from zerosnet.sweeps.launchers import on_slurm
from zerosnet.sweeps.launchers.ledger import DEATHS, Ledger, NotAllTrainedError
from zerosnet.sweeps.launchers.site import LOG, Outcome
from zerosnet.sweeps.train import Done, waves
from zerosnet.sweeps.workplace import lock_of
from zerosnet.training.work import work_of

HERE, BUSY = Outcome(Done.HERE), Outcome(Done.BUSY)


@pytest.fixture
def place(checkout):
    return small_place(checkout, scratch="scratch")


@pytest.fixture
def runs(checkout):
    return longer_runs(checkout, seeds=3, epochs=4)


@pytest.fixture
def ledger(runs, place, monkeypatch):
    monkeypatch.setattr(ledger_module, "_LOOK", 0.0)
    for run in runs:
        place.folder(run).mkdir(parents=True)
    return Ledger(runs, place)


def put_on_record(run, place):
    record = {"key": run.key, "configuration": run.configuration}
    write_record(place.results, place.profile, TRAINING, record)


def say(run, place, *lines):
    with (place.folder(run) / LOG).open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def test_runs_are_handed_out_once_in_their_order(ledger, runs, place):
    assert [ledger.take() for _ in runs] == runs
    assert (ledger.waiting, ledger.wanted) == (0, 3)
    for run in runs:
        assert ledger.unfinished
        ledger.settle(run, HERE)
        put_on_record(run, place)
    assert not ledger.unfinished
    ledger.close()


def test_a_lost_run_is_the_next(ledger, runs, capsys):
    first = ledger.take()
    ledger.lost(first, "its worker died")
    assert ledger.take() is first
    assert "seed 0): its worker died; it goes on from its last" in capsys.readouterr().err


def test_a_run_that_kills_its_worker_every_time_is_given_up(ledger, runs, place, capsys):
    for _ in range(DEATHS):
        assert ledger.take() is runs[0]
        ledger.lost(runs[0], "its worker died")
    assert ledger.take() is runs[1]
    assert "3 times without coming any further" in capsys.readouterr().err
    ledger.settle(runs[1], HERE)
    ledger.settle(ledger.take(), HERE)
    for run in runs[1:]:
        put_on_record(run, place)
    with pytest.raises(SuiteError, match="1 of 3 runs are not trained"):
        ledger.close()


def test_a_run_that_comes_further_is_never_given_up(ledger, runs, place):
    """As on machines that are taken away after an hour each time."""
    for epoch in range(1, 3 * DEATHS):
        assert ledger.take() is runs[0]
        (place.folder(runs[0]) / f"checkpoint-{epoch:05d}-0123.safetensors").touch()
        ledger.lost(runs[0], "its worker died")
    assert ledger.take() is runs[0]


def test_trouble_is_said_once_and_not_tried_again(ledger, runs, capsys):
    for run in [ledger.take() for _ in runs]:
        ledger.settle(run, Outcome(None, "cifar10 is not at hand: fetch it"))
    assert not ledger.unfinished
    said = capsys.readouterr().err
    assert said.count("fetch it") == 1
    assert said.count("for the same reason") == 2
    with pytest.raises(SuiteError, match="3 of 3 runs are not trained"):
        ledger.close()


def test_a_run_in_other_hands_is_waited_for(ledger, runs, place):
    run = ledger.take()
    with lock_of(run, place).held():
        ledger.settle(run, BUSY)
        ledger.look()
        assert ledger.waiting == 2
        assert ledger.unfinished
        put_on_record(run, place)
    ledger.look()
    assert ledger.waiting == 2  # on record: nothing is left to do


def test_a_run_that_other_hands_let_go_waits_again(ledger, runs, place):
    run = ledger.take()
    with lock_of(run, place).held():
        ledger.settle(run, BUSY)
        ledger.look()
        assert ledger.waiting == 2
    ledger.look()
    assert ledger.waiting == 3
    assert [ledger.take() for _ in runs][-1] is run


def test_records_that_do_not_appear_are_an_error(ledger, runs, place, monkeypatch):
    monkeypatch.setattr(ledger_module, "_RECORDS_SEEN_WITHIN", 0.1)
    for run in [ledger.take() for _ in runs]:
        ledger.settle(run, HERE)
    for run in runs[1:]:
        put_on_record(run, place)
    with pytest.raises(SuiteError, match=r"1 runs were trained, but .* has no record of them"):
        ledger.close()


def test_what_workers_say_is_counted_and_said(ledger, runs, place, capsys):
    run = ledger.take()
    say(run, place, "0 goes to a, process 1", "1 epoch 1/4: loss 2", "1 epoch 2/4: loss 1")
    with (place.folder(run) / LOG).open("a") as file:
        file.write("1 epoch 3/")  # half a line
    ledger.look()
    said = capsys.readouterr().err.splitlines()
    assert [line.rpartition(") ")[2] for line in said] == [
        "goes to a, process 1",
        "epoch 1/4: loss 2",
        "epoch 2/4: loss 1",
    ]
    assert said[-1].startswith("[ 17 %")  # 2 of 12 epochs
    say(run, place, "4: loss 1", "garbled")
    ledger.look()
    assert "epoch 3/4: loss 1" in capsys.readouterr().err
    # Trained again after a death, said again: an epoch counts once.
    say(run, place, "1 epoch 3/4: loss 1", "1 epoch 4/4: loss 1")
    put_on_record(run, place)
    ledger.settle(run, HERE)
    assert capsys.readouterr().err.splitlines()[-1].startswith("[ 33 %")


def test_what_earlier_sweeps_said_is_not_said_again(runs, place, capsys):
    place.folder(runs[0]).mkdir(parents=True)
    say(runs[0], place, "1 epoch 1/4: loss 2")
    ledger = Ledger(runs, place)
    ledger.take()
    ledger.look()
    assert capsys.readouterr().err == ""


def test_what_is_counted_is_the_work_of_each_run_not_of_the_last_that_is_said(runs, place):
    """One heavy run whose lines are too many to be said."""
    heavy = replace(runs[0], data=replace(runs[0].data, train=1000))
    ledger = Ledger([heavy, *runs], place)
    advanced = []
    ledger._progress = SimpleNamespace(advance=lambda work, _line: advanced.append(work))
    for run in (heavy, *runs):
        ledger.take()
        place.folder(run).mkdir(parents=True, exist_ok=True)
        say(run, place, *[f"1 epoch {number}" for number in range(4)])
    ledger.look()
    assert sum(advanced) == pytest.approx(sum(map(work_of, (heavy, *runs))))


def test_of_many_lines_the_last_are_said_and_all_are_counted(ledger, runs, place, capsys):
    for run in [ledger.take() for _ in runs]:
        say(run, place, *[f"{number % 2} line {number}" for number in range(8)])
    ledger.look()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 10
    assert said[-1].startswith("[100 %")


def test_a_run_that_cannot_be_trained_does_not_keep_a_later_wave_from_it(
    place, monkeypatch, checkout
):
    profile = load_profile(checkout / "params.yaml")
    runs = distinct_runs(plan_stage("deformation", profile, checkout))
    first, second = waves(runs)
    sent = []

    def launched(wave, _place, _jobs):
        sent.append(wave)
        raise NotAllTrainedError(len(sent), len(wave))

    monkeypatch.setattr(on_slurm, "train_on_slurm", launched)
    with pytest.raises(NotAllTrainedError, match=f"3 of {len(runs)} runs are not trained"):
        training._launch(runs, profile, "slurm", None)
    assert sent == [first, second]

    def refused(wave, _place, _jobs):
        sent.append(wave)
        raise SuiteError("no cluster")

    sent.clear()
    monkeypatch.setattr(on_slurm, "train_on_slurm", refused)
    with pytest.raises(SuiteError, match="no cluster"):
        training._launch(runs, profile, "slurm", None)
    assert sent == [first]
