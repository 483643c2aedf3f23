"""Launchers and shares, as options and variables say."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers.choice import (
    CPUS_VARIABLE,
    GPUS_VARIABLE,
    LAUNCHER_VARIABLE,
    SLURM_VARIABLE,
    Share,
    cores_from_environment,
    gpus_from_environment,
    launcher_from,
    may_get_gpus,
    slurm_parameters,
)


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    names = (LAUNCHER_VARIABLE, CPUS_VARIABLE, GPUS_VARIABLE, SLURM_VARIABLE, "RAY_ADDRESS")
    for name in names:
        monkeypatch.delenv(name, raising=False)


def test_one_machine_is_the_default_and_the_option_counts_more(monkeypatch):
    assert launcher_from(None) == "local"
    monkeypatch.setenv(LAUNCHER_VARIABLE, "ray")
    assert launcher_from(None) == "ray"
    assert launcher_from("slurm") == "slurm"


def test_an_unknown_launcher_is_named(monkeypatch):
    assert launcher_from("Ray") == "ray"
    with pytest.raises(SuiteError, match="--launcher is 'rey', which is no launcher: did you mean"):
        launcher_from("rey")
    monkeypatch.setenv(LAUNCHER_VARIABLE, "pbs")
    with pytest.raises(SuiteError, match="ZEROSNET_LAUNCHER is 'pbs'"):
        launcher_from(None)


def test_what_a_run_gets(monkeypatch):
    assert (cores_from_environment(), gpus_from_environment()) == (1, None)
    monkeypatch.setenv(CPUS_VARIABLE, "4")
    assert cores_from_environment() == 4
    for text, number in (("0", 0), ("0.25", 0.25), ("1", 1), ("8", 8)):
        monkeypatch.setenv(GPUS_VARIABLE, text)
        assert gpus_from_environment() == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "four"])
def test_a_bad_number_of_cores_is_named(monkeypatch, text):
    monkeypatch.setenv(CPUS_VARIABLE, text)
    with pytest.raises(SuiteError, match=f"{CPUS_VARIABLE} is '{text}'"):
        cores_from_environment()


@pytest.mark.parametrize("text", ["1.5", "-1", "half", "1e3", "nan", "inf", ".", "0.5.1"])
def test_a_bad_share_of_gpus_is_named(monkeypatch, text):
    monkeypatch.setenv(GPUS_VARIABLE, text)
    with pytest.raises(SuiteError, match=f"{GPUS_VARIABLE} is '{text}'"):
        gpus_from_environment()


def test_shares_for_people():
    assert str(Share(1, 0)) == "1 core"
    assert str(Share(4, 0.25)) == "4 cores and 0.25 GPU"
    assert str(Share(16, 8)) == "16 cores and 8 GPUs"


def test_what_slurm_is_told(monkeypatch):
    assert slurm_parameters() == {}
    monkeypatch.setenv(SLURM_VARIABLE, "partition=gpu, time=240,account=a-1")
    assert slurm_parameters() == {"partition": "gpu", "time": 240, "account": "a-1"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("partition", "'partition' is not name=value"),
        ("partition=", "'partition=' is not name=value"),
        ("=gpu", "'=gpu' is not name=value"),
        ("time=1,time=2", "says time twice"),
        ("cpus_per_task=4", "say cpus_per_task by ZEROSNET_CPUS_PER_RUN"),
        ("gpus_per_node=1", "say gpus_per_node by ZEROSNET_GPUS_PER_RUN"),
        ("array_parallelism=3", "say array_parallelism by --jobs"),
    ],
)
def test_what_slurm_cannot_be_told_is_named(monkeypatch, text, complaint):
    monkeypatch.setenv(SLURM_VARIABLE, text)
    with pytest.raises(SuiteError, match=complaint):
        slurm_parameters()


def test_who_may_get_the_gpus_of_other_machines(monkeypatch):
    def found():
        return {name for name in ("local", "ray", "slurm") if may_get_gpus(name)}

    assert found() == set()  # Ray uses this machine alone, SLURM will ask for a number
    monkeypatch.setenv("RAY_ADDRESS", "local")
    assert found() == set()
    monkeypatch.setenv("RAY_ADDRESS", "first:6379")
    assert found() == {"ray"}  # it gives a run one, if there are any
    monkeypatch.setenv(GPUS_VARIABLE, "0")
    assert found() == set()
    monkeypatch.setenv(GPUS_VARIABLE, "1")
    assert found() == {"ray", "slurm"}
    monkeypatch.delenv("RAY_ADDRESS")
    assert found() == {"slurm"}
    monkeypatch.setenv(GPUS_VARIABLE, "some")
    with pytest.raises(SuiteError, match="ZEROSNET_GPUS_PER_RUN is 'some'"):
        may_get_gpus("ray")
