"""Cores: those that a process is given, by affinity, by a container, by the user's word."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zerosnet.files import cgroups
from zerosnet.files import cores as module
from zerosnet.files.cores import cores, threads_each
from zerosnet.sweeps.in_processes import processes_for


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of 64 cores; ``machine(line, files)`` puts the process into control groups."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(module, "_by_affinity", lambda: 64)
    monkeypatch.setattr(cgroups, "_CGROUPS", tmp_path)
    monkeypatch.setattr(cgroups, "_OWN", tmp_path / "own")

    def grouped(line, files):
        (tmp_path / "own").write_text(line)
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    return grouped


@pytest.mark.parametrize(
    ("line", "files", "expected"),
    [
        ("", {}, 64),
        ("0::/\n", {}, 64),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "400000 100000\n"}, 4),
        ("0::/a\n", {"a/cpu.max": "800000 100000\n", "cpu.max": "400000 100000\n"}, 4),
        ("0::/../host/path\n", {"cpu.max": "300000 100000\n"}, 3),
        (
            "4:cpu,cpuacct:/job\n3:memory:/job\n",
            {
                "cpu,cpuacct/job/cpu.cfs_quota_us": "600000\n",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            },
            6,
        ),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 64),
        ("nonsense\n", {"cpu.max": "\n"}, 64),
        ("0::/\n", {"cpu.max": "9 0\n"}, 64),
    ],
)
def test_a_container_has_the_cores_of_its_quota(machine, line, files, expected):
    machine(line, files)
    assert cores() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no processes")
def test_a_process_that_is_bound_to_one_core_has_one():
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from zerosnet.files.cores import cores; print(cores())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr


def test_threads_are_shared_out_unless_the_user_says_how_many(machine, monkeypatch):
    machine("0::/\n", {"cpu.max": "800000 100000\n"})
    assert [threads_each(jobs) for jobs in (1, 2, 3, 100)] == [8, 4, 2, 1]
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert [threads_each(jobs) for jobs in (1, 100)] == [5, 5]
    for nonsense in ("", "0", "many", "4,2"):
        monkeypatch.setenv("OMP_NUM_THREADS", nonsense)
        assert threads_each(2) == 4


def test_imagenet_starts_no_more_processes_than_it_has_cores(machine, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    machine("0::/\n", {"cpu.max": "300000 100000\n"})
    assert processes_for(8) == 2
