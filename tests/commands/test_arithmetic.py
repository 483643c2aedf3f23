"""``python -m zerosnet arithmetic``: a table of what was found, and a word on what was not."""

from __future__ import annotations

import torch

from zerosnet.__main__ import main
from zerosnet.sweeps import arithmetic
from zerosnet.training.arithmetic.check import Checked, Examined
from zerosnet.training.arithmetic.watch import Finding


def test_what_a_stage_would_compute_is_checked(checkout, capsys):
    assert main(["arithmetic", "TABLE1_first_order"]) == 0
    title, *lines, last = capsys.readouterr().out.splitlines()
    assert title.split() == ["operation", "precision", "layout", "error", "found"]
    assert all(line.endswith("right") for line in lines)
    assert any(line.startswith("convolution_backward 100×16×8×8, ") for line in lines)
    assert last.startswith(f"{len(lines)} operations of 2 runs; torch {torch.__version__}, oneDNN ")
    assert not (checkout / "results").exists()


def test_what_is_wrong_is_named(checkout, capsys, monkeypatch):
    good = Finding("relu_ 1×1", "float32", 0.0, True)
    bad = Finding("mean 1×1", "float32", 0.5, True)
    examined = (
        Examined("channels_last", (good, bad)),
        Examined("contiguous", (good,), "SIGABRT ends the process at mean 1×1"),
    )
    monkeypatch.setattr(arithmetic, "check", lambda subjects: [Checked(examined, "torch 0.0")] * 2)
    assert main(["arithmetic", "table1_first_order"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines[1:5]] == [
        "relu_ 1×1 float32 channels_last 0.0e+00 right",
        "mean 1×1 float32 channels_last 5.0e-01 is off by 0.5 of its result",
        "relu_ 1×1 float32 contiguous 0.0e+00 right",
        "SIGABRT ends the process at mean 1×1 contiguous ends its process",
    ]
    assert "torch 0.0 is wrong in channels_last (mean 1×1 is off by 0.5 of its result)" in lines[-1]
