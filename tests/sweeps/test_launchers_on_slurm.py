"""Sweeps as SLURM jobs, with SLURM's commands imitated on this machine."""

from __future__ import annotations

import os
import signal

import pytest
from fake_slurm import install
from launched import Logs, alone, longer_runs, records, train, train_here, until
from processes import is_alive
from small import small_place

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers.on_slurm import train_on_slurm

pytestmark = pytest.mark.long

pytest.importorskip("submitit", reason="the extra `cluster` is not installed")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder in which the imitation keeps what it knows."""
    install(tmp_path / "bin")
    folder = tmp_path / "slurm"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("FAKE_SLURM", str(folder))
    monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", "0")
    monkeypatch.setenv("ZEROSNET_LAUNCHER", "slurm")
    monkeypatch.delenv("ZEROSNET_SLURM", raising=False)
    return folder


@pytest.fixture
def place(checkout):
    return small_place(checkout)


def test_a_job_is_lost_the_command_is_stopped_and_what_is_left_goes_on(
    checkout, tmp_path, slurm, place
):
    runs = longer_runs(checkout, seeds=2, epochs=80)
    logs, errors = Logs(checkout, runs), tmp_path / "errors"
    process = train(errors, "--jobs", "2", ZEROSNET_SLURM="partition=cpu,time=240")
    lost = until(lambda: logs.under_way(80))[0]
    worker = logs.process(lost)
    os.kill(worker, signal.SIGKILL)
    until(lambda: logs.process(lost) != worker)  # another job has the run
    process.terminate()
    assert process.wait(60) == 130
    said = errors.read_text()
    assert "broke down" in said
    assert "it goes on from its last checkpoint" in said
    assert "interrupted; the same command goes on" in said.splitlines()[-1]
    for job in slurm.glob("job-*"):
        until(lambda job=job: not is_alive(job.read_text()), within=10)
    script = (slurm / "script-100").read_text()
    for line in ("partition=cpu", "time=240", "cpus-per-task=1", "array=0-1%2"):
        assert f"#SBATCH --{line}\n" in script
    assert "gpus" not in script
    # Here, without SLURM: it does not matter who began.
    train_here(runs, place)
    assert records(checkout) == alone(runs, place, tmp_path / "alone")
    for run in runs:
        assert len(logs.epochs(run.key)) <= 80


def test_refused_jobs_are_one_line(checkout, place, slurm):
    runs = longer_runs(checkout, seeds=1, epochs=1)
    (slurm / "refuse").touch()
    with pytest.raises(SuiteError, match=r"SLURM refuses the jobs: .*invalid partition"):
        train_on_slurm(runs, place)


def test_an_unknown_parameter_is_named(checkout, place, slurm, monkeypatch):
    monkeypatch.setenv("ZEROSNET_SLURM", "colour=red")
    with pytest.raises(SuiteError, match=r"ZEROSNET_SLURM: .*'colour'"):
        train_on_slurm(longer_runs(checkout, seeds=1, epochs=1), place)


@pytest.mark.parametrize("share", ["0.5", ""])
def test_a_run_gets_whole_gpus_and_their_number_is_said(checkout, place, slurm, monkeypatch, share):
    monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", share)
    with pytest.raises(SuiteError, match="say how many a run gets, ZEROSNET_GPUS_PER_RUN=1"):
        train_on_slurm(longer_runs(checkout, seeds=1, epochs=1), place)


def test_without_slurm_it_says_so(checkout, place, slurm, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SuiteError, match="no srun: type it on a login node"):
        train_on_slurm(longer_runs(checkout, seeds=1, epochs=1), place)
