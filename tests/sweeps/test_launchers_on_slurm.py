"""Sweeps as SLURM jobs, with SLURM's commands imitated on this machine."""

from __future__ import annotations

import os
import signal

import pytest
from fake_slurm import install
from launched import Logs, alone, longer_runs, records, train, train_here, until
from processes import is_alive
from small import small_place

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers import on_slurm
from zerosnet.sweeps.launchers.on_slurm import train_on_slurm

pytestmark = pytest.mark.long


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder in which the imitation keeps what it knows."""
    pytest.importorskip("submitit", reason="the extra `cluster` is not installed")
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


class AskedError(Exception):
    """It came as far as to ask SLURM."""


@pytest.fixture
def shares(monkeypatch):
    """``shares(cores, gpus)`` is what a run gets; SLURM is not asked."""

    def executor(*_):
        raise AskedError

    def share(cores, gpus):
        monkeypatch.setenv("ZEROSNET_CPUS_PER_RUN", cores)
        monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", gpus)

    monkeypatch.setattr(on_slurm, "_executor", executor)
    return share


@pytest.fixture
def imagenet(checkout):
    return distinct_runs(
        plan_stage(IMAGENET_STAGE, load_profile(checkout / "params.yaml"), checkout)
    )


@pytest.mark.parametrize(("cores", "gpus"), [("", "8"), ("4", "8"), ("1", "2")])
def test_imagenet_with_fewer_cores_than_gpus_is_refused(imagenet, place, shares, cores, gpus):
    """Its images would be decoded by the processes that train."""
    shares(cores, gpus)
    wanted = rf"gets {cores or 1} cores? and {gpus} GPUs.*ZEROSNET_CPUS_PER_RUN={8 * int(gpus)}$"
    with pytest.raises(SuiteError, match=wanted):
        train_on_slurm(imagenet, place)


@pytest.mark.parametrize(("cores", "gpus"), [("8", "8"), ("64", "8"), ("1", "1"), ("1", "0")])
def test_imagenet_with_a_core_a_gpu_is_not(imagenet, place, shares, cores, gpus):
    shares(cores, gpus)
    with pytest.raises(AskedError):
        train_on_slurm(imagenet, place)


def test_other_runs_need_no_core_a_gpu(checkout, place, shares):
    shares("1", "2")
    with pytest.raises(AskedError):
        train_on_slurm(longer_runs(checkout, seeds=1, epochs=1), place)
