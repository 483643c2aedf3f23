"""Sweeps that are launched, watched and disturbed: what the tests of launchers share."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time

import torch
import yaml
from outcomes import training_records

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.sweeps.train import train_one
from zerosnet.sweeps.workplace import Workplace

STAGE = "table1_first_order"

# A Ray cluster runs what it is sent: here only from those who know this session's word.
os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def longer_runs(checkout, *, seeds, epochs, train=100):
    """Make the runs of table 1 in a tiny checkout last; returns them, seed by seed."""
    path = checkout / "params.yaml"
    params = yaml.safe_load(path.read_text())
    for profile in params["profiles"].values():
        profile["epochs"] = epochs
        profile["data"]["CIFAR-10"] = {"name": "digits", "train": train, "test": 50}
        profile["tables"][STAGE]["seeds"] = seeds
    path.write_text(yaml.safe_dump(params))
    return distinct_runs(plan_stage(STAGE, load_profile(path), checkout))


def train(errors, *arguments, **variables):
    """Start the command that trains the stage; what it says goes to the file ``errors``."""
    with errors.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "zerosnet", "train", STAGE, *arguments],
            stderr=file,
            env={**os.environ, **variables},
        )


def records(checkout, profile="smoke"):
    """Every training record without what may differ between two runs on one machine."""
    return training_records(checkout / "results" / profile)


def train_here(runs, place):
    """Train what is left of runs in this process, on one core as a launched run is."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for run in runs:
            train_one(run, place, lambda _units, _line: None)
    finally:
        torch.set_num_threads(threads)


def alone(runs, place, scratch):
    """The records of the same runs trained by one process on one machine."""
    train_here(runs, Workplace(place.root, place.results, scratch, "mini", place.device))
    return records(place.root, "mini")


def until(condition, within=120.0):
    """The first true value of a condition.

    Raises:
        TimeoutError: it has none.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise TimeoutError(condition)


class Logs:
    """What the workers of a sweep have said, read from the runs' scratch folders."""

    def __init__(self, checkout, runs):
        self._paths = {
            run.key: checkout / ".zerosnet" / "runs" / run.key / "progress.log" for run in runs
        }

    def of(self, key):
        path = self._paths[key]
        return path.read_text() if path.exists() else ""

    def epochs(self, key):
        """The epochs that were trained, in their order."""
        return [int(number) for number in re.findall(r"^1 epoch (\d+)/", self.of(key), re.M)]

    def process(self, key):
        """The worker that has the run, or had it last."""
        return int(re.findall(r"process (\d+)$", self.of(key), re.M)[-1])

    def under_way(self, last):
        """Runs that have a few epochs behind them and some before them."""
        return [key for key in self._paths if 2 <= len(self.epochs(key)) < last - 5]
