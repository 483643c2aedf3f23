"""What people do to a command's output: pipe it to ``head``, send it to a full disk, close it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zerosnet.__main__ import main
from zerosnet.commands.output import ReaderGoneError, checked_output
from zerosnet.files.progress import say

FULL = Path("/dev/full")
METHOD = ["method", "1", "--beta", "1"]
#: What is printed, and whether Python keeps it until the end.
COMMANDS = [(METHOD, ""), (METHOD, "1"), (["--help"], "")]
needs_full = pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")


def zerosnet(*arguments, unbuffered="", **streams):
    return subprocess.run(
        [sys.executable, "-m", "zerosnet", *arguments],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        text=True,
        check=False,
        **streams,
    )


@pytest.mark.parametrize(("arguments", "unbuffered"), COMMANDS)
def test_a_reader_that_has_seen_enough_ends_a_command_quietly(arguments, unbuffered, checkout):
    read, write = os.pipe()
    os.close(read)
    done = zerosnet(*arguments, unbuffered=unbuffered, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@needs_full
@pytest.mark.parametrize(("arguments", "unbuffered"), COMMANDS)
def test_output_to_a_full_disk_is_one_line(arguments, unbuffered, checkout):
    with FULL.open("w") as full:
        done = zerosnet(*arguments, unbuffered=unbuffered, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == "zerosnet: cannot write to standard output (No space left on device)\n"


@needs_full
def test_progress_that_cannot_be_written_stops_no_work(checkout):
    arguments = ["train", "table1_first_order"]
    with FULL.open("w") as full:
        done = zerosnet(*arguments, stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 0
    assert len(list((checkout / "results").rglob("training.json"))) == 2


def test_output_may_be_closed(checkout, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with checked_output():
        assert main(METHOD) == 0
    monkeypatch.setattr(sys, "stderr", None)
    say("to nobody")


def test_an_error_of_the_work_is_not_one_of_the_output(checkout):
    with pytest.raises(FileNotFoundError), checked_output():
        Path("absent").read_bytes()


def test_a_reader_that_goes_in_the_middle_is_noticed(capfd):
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)

        def printing():
            with checked_output():
                sys.stdout.write("one")
                os.close(read)
                sys.stdout.flush()

        with pytest.raises(ReaderGoneError):
            printing()


def test_a_failure_counts_though_the_reader_has_gone(checkout):
    """By the status of a check that failed, and by the line and the status of bad input."""
    read, write = os.pipe()
    os.close(read)
    done = zerosnet("data", "verify", "digits", "cifar100", stdout=write, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith("zerosnet: ")
    program = """
import sys
from zerosnet import __main__
from zerosnet.commands import data
from zerosnet.files.errors import SuiteError

def refused(_arguments):
    print("a path")
    raise SuiteError("no such thing")

data._list = refused
sys.exit(__main__.main(["data", "list"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (2, "zerosnet: no such thing\n")
