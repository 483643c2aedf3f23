"""Disks that are full or read-only: one clear line, and the same command goes on afterwards."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys

import pytest
from killing import run
from small import small_place, train_missing

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import training_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.measuring.measurements import under_noise
from zerosnet.paper.tables import Table
from zerosnet.sweeps.measure import measure_missing

pytestmark = pytest.mark.long

TRAIN = ["train", "table1_first_order", "--profile", "paper"]
NOISE = under_noise(Table("t", ("noise_free_acc_mean_pct",), ()))


@pytest.fixture
def rows(checkout):
    return plan_stage("table1_first_order", load_profile(checkout / "params.yaml"), checkout)


def place_in(checkout, profile):
    return small_place(checkout, profile, f"scratch-{profile}")


def outcomes(rows, place):
    found = [training_record(place.results, place.profile, run) for run in rows[0].runs]
    return [(record["outcome"], record["weights"], record["selected"]) for record in found]


def test_no_room_at_any_write(checkout, rows, monkeypatch, campaign, count):
    """One write in three fails, through a sweep and its measurements; all comes out the same."""
    calm, struck = place_in(checkout, "mini"), place_in(checkout, "paper")
    train_missing(rows, calm)
    wanted = 100 if campaign else 10
    real, draw = os.fsync, random.Random(3)

    def full(descriptor):
        if draw.random() < 1 / 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    said = []
    while len(said) < wanted:
        shutil.rmtree(struck.results / struck.profile, ignore_errors=True)
        shutil.rmtree(struck.scratch, ignore_errors=True)
        while True:
            try:
                train_missing(rows, struck)
                measure_missing(rows, NOISE, struck)
            except SuiteError as error:
                said.append(str(error))
            else:
                break
        assert outcomes(rows, struck) == outcomes(rows, calm)
    assert all(line.count("(No space left on device): make room or") == 1 for line in said)
    assert not list(checkout.rglob("*.partial"))
    count("a write without room on the disk (injected)", len(said), "the epoch under way")


@pytest.fixture
def disk(tmp_path):
    """A file system of its own, 16 MB; ``disk(option)`` mounts it anew."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if not mount("size=16m"):
        pytest.skip("mounting a file system takes a privilege that this user has not")
    yield folder, mount
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_disk_that_is_full_or_read_only(
    checkout, rows, disk, fault, monkeypatch, count, tmp_path
):
    folder, mount = disk
    log = tmp_path / "log"
    assert run([*TRAIN[:-1], "mini"], checkout, log) == 0
    monkeypatch.setenv("ZEROSNET_SCRATCH", str(folder / "scratch"))
    if fault == "full":
        filler = folder / "filler"
        filler.write_bytes(b"\0" * (16_000_000))
    else:
        assert mount("remount", "ro")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "zerosnet", *TRAIN]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    reason = "No space left on device" if fault == "full" else "Read-only file system"
    *_, last = done.stderr.splitlines()
    assert last.startswith("zerosnet: cannot write ")
    assert f"({reason}): make room or make" in last
    if fault == "full":
        filler.unlink()
    else:
        assert mount("remount", "rw")
    assert run(TRAIN, checkout, log) == 0, log.read_text()
    paper = small_place(checkout, "paper", folder / "scratch")
    assert outcomes(rows, paper) == outcomes(rows, place_in(checkout, "mini"))
    count(f"a {fault} disk (a file system of its own)", 1, "the epoch under way")


@pytest.mark.parametrize("where", ["results", ".zerosnet/runs", "reports"])
def test_a_file_in_the_place_of_a_folder(checkout, where, tmp_path):
    place = checkout / where
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way")
    log = tmp_path / "log"
    assert run(["report"] if where == "reports" else TRAIN, checkout, log) == 2
    assert "Traceback" not in log.read_text()
    assert "zerosnet: cannot write" in log.read_text()
    assert place.read_text() == "in the way"
