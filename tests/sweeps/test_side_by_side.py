"""Several processes on one sweep."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys

import pytest
from outcomes import training_records, without_circumstances
from small import small_run

from zerosnet.__main__ import main
from zerosnet.commands import training
from zerosnet.experiments.records import load_record
from zerosnet.experiments.timed import RUNTIME_STAGE
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.cores import cores
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import side_by_side
from zerosnet.sweeps import train as train_module
from zerosnet.sweeps.side_by_side import (
    JOBS_VARIABLE,
    jobs_for,
    jobs_from,
    processes_beside,
    run_side_by_side,
    turn_beside,
    usual_jobs,
)


def train(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "zerosnet", "train", "table1_first_order", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_option_counts_more_than_the_variable(monkeypatch):
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    assert jobs_from(None) is None
    monkeypatch.setenv(JOBS_VARIABLE, "3")
    assert jobs_from(None) == 3
    assert jobs_from("2") == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1_0", " 4", "1 0", "٣", "9" * 10])
def test_a_bad_number_is_named(monkeypatch, text):
    monkeypatch.setenv(JOBS_VARIABLE, text)
    with pytest.raises(SuiteError, match=f"{JOBS_VARIABLE} is '{text}': give a number"):
        jobs_from(None)


@pytest.mark.parametrize(
    ("count", "cores", "threads", "jobs"),
    [(40, 2, "", 2), (40, 2, "1", 2), (40, 2, "2", 1), (40, 64, "", 5), (400, 64, "", 8)],
)
def test_small_runs_get_a_process_a_core(monkeypatch, count, cores, threads, jobs):
    """As many as there are runs for, and as the threads that are asked for leave cores for."""
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    monkeypatch.setattr(side_by_side, "cores", lambda: cores)
    runs = [small_run(seed) for seed in range(count)]
    assert usual_jobs(runs) == jobs


def test_few_or_large_runs_are_trained_in_one_process(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(side_by_side, "cores", lambda: 64)
    assert usual_jobs([]) == 1
    assert usual_jobs([small_run(seed) for seed in range(7)]) == 1
    large = small_run(batch=1_000_000)
    assert usual_jobs([*(small_run(seed) for seed in range(40)), large]) == 1


def test_no_more_processes_than_runs(monkeypatch):
    """A slip of the finger must not start a million of them."""
    monkeypatch.setattr(side_by_side, "_memory_gb", lambda: 24.0)
    assert jobs_for(4, 1_000_000) == 4
    assert jobs_for(40, 3) == 3
    assert jobs_for(0, 3) == 1


def test_processes_that_no_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(side_by_side, "_memory_gb", lambda: 24.0)
    assert jobs_for(1000, 34) == 34
    with pytest.raises(SuiteError, match=f"35 processes need .* 24 GB: .*{JOBS_VARIABLE}"):
        jobs_for(1000, 35)
    monkeypatch.setattr(side_by_side, "_memory_gb", lambda: None)
    assert jobs_for(1000, 35) == 35


def test_one_process_is_never_refused(monkeypatch):
    monkeypatch.setattr(side_by_side, "_memory_gb", lambda: 0.5)
    assert jobs_for(1000, 1) == 1


def test_a_command_starts_no_more_processes_than_it_has_runs(checkout, monkeypatch):
    started = []
    monkeypatch.setattr(
        side_by_side, "run_side_by_side", lambda *arguments: started.append(arguments[1])
    )
    assert main(["train", "table1_first_order", "--jobs", "999999999"]) == 0
    assert main(["sweep", "table1_first_order", "--jobs", "999999999"]) == 0
    assert started == [2, 2]


def test_a_sweep_trains_and_measures_what_its_stages_need(checkout, capsys):
    """Each stage by itself then finds everything on record."""
    assert main(["sweep", "table1_first_order", "table6_robustness"]) == 0
    assert "to train" in capsys.readouterr().err
    for command in (["train", "table1_first_order"], ["train", "table6_robustness"]):
        assert main(command) == 0
        assert " 0 to train" in capsys.readouterr().err
    assert main(["measure", "table6_robustness"]) == 0
    assert " 0 to measure" in capsys.readouterr().err


def test_a_sweep_of_unknown_stages_is_refused(checkout, capsys):
    assert main(["sweep", "table99"]) == 2
    assert "no stage that trains is called 'table99'" in capsys.readouterr().err


def test_zero_jobs_are_refused():
    with pytest.raises(SuiteError, match="--jobs is '0'"):
        jobs_from("0")


def test_runs_side_by_side_are_the_lone_runs_to_the_bit(checkout):
    """With as many threads each, as the number orders the sums: small networks have one."""
    assert main(["train", "table1_first_order", "--jobs", "1"]) == 0
    expected = training_records(checkout / "results")
    assert len(expected) == 2
    for path in (checkout / "results").glob("*/runs/*/training.json"):
        path.unlink()
    together = train("--jobs", str(cores()))  # one thread each
    _, errors = together.communicate()
    assert together.returncode == 0
    assert training_records(checkout / "results") == expected
    assert errors.count("epoch 3/3") == 2


@pytest.fixture
def trained(checkout):
    """A stage of two runs that are trained and not measured."""
    assert main(["train", "appendix_pgd", "--jobs", "1"]) == 0
    return "appendix_pgd"


def measured(checkout):
    """Every record of the stage's measurement, as it is compared."""
    paths = sorted((checkout / "results").rglob("pgd.json"))
    return {path.parent.name: without_circumstances(load_record(path)) for path in paths}


def test_runs_are_measured_side_by_side_as_alone(checkout, trained, capfd):
    assert main(["measure", trained, "--jobs", str(cores())]) == 0  # one thread each
    together = measured(checkout)
    assert capfd.readouterr().err.count("] measured ") == 2  # each by one of them
    for path in (checkout / "results").rglob("pgd.json"):
        path.unlink()
    assert main(["measure", trained, "--jobs", "1"]) == 0
    assert together == measured(checkout)
    assert len(together) == 2


def test_a_sweep_measures_side_by_side_where_all_is_trained(checkout, trained, monkeypatch):
    started = []
    monkeypatch.setattr(side_by_side, "run_side_by_side", lambda *how: started.append(how))
    assert main(["sweep", trained, "--jobs", "2"]) == 0
    assert started == [(["sweep", trained, "--profile", "smoke"], 2, None, None)]


def test_networks_are_not_timed_side_by_side(checkout, monkeypatch, capsys):
    monkeypatch.setattr(training, "_time_networks", lambda profile: 0)
    assert main(["measure", RUNTIME_STAGE, "--jobs", "2"]) == 0
    assert "times the networks in one process" in capsys.readouterr().err


@pytest.fixture
def environments(monkeypatch):
    """Of the processes that would be started."""
    seen = []

    class Ended:
        def __init__(self, _command, env):
            seen.append(env)

        def wait(self):
            return 0

    monkeypatch.setattr(side_by_side.subprocess, "Popen", Ended)
    return seen


def test_each_process_knows_how_many_they_are(environments, monkeypatch):
    assert (processes_beside(), turn_beside()) == (1, 0)
    run_side_by_side(["train"], 3)
    assert len(environments) == 3
    for turn, environment in enumerate(environments):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert (processes_beside(), turn_beside()) == (3, turn)


@pytest.mark.parametrize(("named", "threads"), [("", "1"), ("7", "7")])
def test_each_process_does_one_job_here_with_what_was_found_out(
    environments, monkeypatch, named, threads
):
    """Threads that are set count more than those that are asked for."""
    monkeypatch.setenv("OMP_NUM_THREADS", named)
    run_side_by_side(["train"], 2, 1, "float32")
    for environment in environments:
        assert environment["OMP_NUM_THREADS"] == threads
        assert environment[JOBS_VARIABLE] == "1"
        assert environment["ZEROSNET_LAUNCHER"] == "local"
        assert environment["ZEROSNET_PRECISION"] == "float32"


def test_a_process_that_fails_is_reported(checkout):
    with pytest.raises(SuiteError, match=r"2 of 2 processes failed \(exit status 2\)"):
        run_side_by_side(["train", "no_such_stage"], 2)


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (OSError(errno.EAGAIN, "No more"), SuiteError, r"only 1 of 3 .* started \(No more\): ask"),
        (KeyboardInterrupt("pressed"), KeyboardInterrupt, "pressed"),
    ],
)
def test_where_one_cannot_be_started_the_others_end(monkeypatch, error, raised, said):
    fork, started = subprocess.Popen, []

    def second_fails(_command, env):
        if started:
            raise error
        sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
        started.append(fork(sleeper, env=env))
        return started[0]

    monkeypatch.setattr(side_by_side.subprocess, "Popen", second_fails)
    with pytest.raises(raised, match=said):
        run_side_by_side(["train"], 3)
    assert started[0].returncode == -signal.SIGTERM


@pytest.mark.long
def test_terminating_ends_them_all_and_nothing_is_lost(checkout):
    process = train("--jobs", "2")
    while "epoch" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert main(["train", "table1_first_order", "--jobs", "1"]) == 0
    assert len(training_records(checkout / "results")) == 2


def test_imagenet_is_not_trained_side_by_side(checkout, monkeypatch, capsys):
    """Each of its runs takes all GPUs: two at once would share them."""

    def refuse(*_):
        raise AssertionError("started side by side")

    alone = []
    monkeypatch.setattr(side_by_side, "run_side_by_side", refuse)
    monkeypatch.setattr(train_module, "train_runs", lambda runs, place: alone.append(runs))
    assert main(["train", IMAGENET_STAGE, "--jobs", "2"]) == 0
    assert len(alone) == 1
    assert "one after the other" in capsys.readouterr().err
    with pytest.raises(AssertionError, match="side by side"):
        main(["train", "table1_first_order", "--jobs", "2"])
