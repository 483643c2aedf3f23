"""Clocks that jump: no result, no choice of a checkpoint and no lock depends on one."""

from __future__ import annotations

import os
import time

import pytest
import torch
from small import small_place, train_missing

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import training_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.training import loop as training

pytestmark = pytest.mark.long

YEAR = 365 * 24 * 3600.0


@pytest.mark.parametrize("jump", [-30 * YEAR, -3600.0, 3600.0, 30 * YEAR])
def test_training_while_the_clock_jumps(checkout, monkeypatch, count, jump):
    """Half of the sweep before the jump, half after it, files dated by the wrong clock."""
    rows = plan_stage("table1_first_order", load_profile(checkout / "params.yaml"), checkout)

    def place(profile):
        return small_place(checkout, profile, f"scratch-{profile}")

    train_missing(rows, place("mini"))
    real_time, real_save = time.time, training.save
    shift = [0.0]

    def dated(scratch, *arguments):
        real_save(scratch, *arguments)
        for path in scratch.glob("checkpoint-*"):
            os.utime(path, (real_time() + shift[0],) * 2)
        if not shift[0]:
            shift[0] = jump
            raise KeyboardInterrupt  # stopped after the first epoch; the clock jumps meanwhile

    monkeypatch.setattr(training, "save", dated)
    monkeypatch.setattr(time, "time", lambda: real_time() + shift[0])
    with pytest.raises(KeyboardInterrupt):
        train_missing(rows, place("paper"))
    assert train_missing(rows, place("paper")) == 2
    for run in rows[0].runs:
        calm, struck = (
            training_record(checkout / "results", name, run) for name in ("mini", "paper")
        )
        assert struck["weights"] == calm["weights"]
        assert struck["wall_seconds"] < 60
    count("the clock jumps by an hour or by thirty years", 1, "nothing; all records equal")


def test_the_newest_checkpoint_is_that_of_the_latest_epoch_not_of_the_latest_date(tmp_path):
    from zerosnet.training.checkpoint import load_checkpoint, save_checkpoint

    for epoch in (1, 2):
        save_checkpoint(tmp_path, epoch, {"w": torch.zeros(1)}, {"key": "k", "epoch": epoch})
    (second,) = tmp_path.glob("checkpoint-00002-*")
    os.utime(second, (0, 0))
    assert load_checkpoint(tmp_path, "k")[1]["epoch"] == 2
