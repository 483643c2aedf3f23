"""Evidence made up for tests of the judges."""

from __future__ import annotations

from zerosnet.judging.evidence import RowEvidence, TableEvidence
from zerosnet.paper.claims import Claim

SETUP = {
    "data": {"name": "cifar10", "size": None, "train": None, "test": None},
    "recipe": {"epochs": 160, "protocol": "as-paper", "precision": "float32"},
}
PROVENANCE = {
    "commits": ["0123456789ab"],
    "devices": ["cpu (a processor)"],
    "torch": ["2.11.0"],
    "data_checksums": ["c" * 64],
    "first": "2026-01-01T00:00:00+00:00",
    "last": "2026-01-02T00:00:00+00:00",
    "hours": 1.5,
    "hours_by_run": {"k": 1.5},
}

#: Runs differ by seed, and a little by row: no contrast is the same to the digit in every seed.
NOISE = ((-0.3, 0.0, 0.3), (-0.2, 0.1, 0.1), (-0.35, -0.05, 0.4))


def row(
    label,
    stable,
    runs,
    best=None,
    reported=None,
    layers=32,
    diverged=(),
    column="test",
    deviation=0.2,
    data_set="CIFAR-10",
    **fields,
):
    """One row; runs are accuracies by seed, the best epoch's as good as the last's if not given."""
    values = dict(enumerate(runs))
    given = {
        "cells": {"alpha": label},
        "method": label,
        "images": "cifar10",
        "same_data_set": True,
        "same_images": True,
        "optional": False,
        "curve": (10.0, 20.0) if runs else (),
        **fields,
    }
    return RowEvidence(
        number=0,
        label=label,
        data_set=data_set,
        zero_stable=stable,
        layers=layers,
        reported={} if reported is None else {column: (reported, deviation)},
        measured={
            "last_epoch": {column: values},
            "best_on_test": {column: dict(enumerate(best)) if best else values},
        },
        keys={seed: f"key{seed}" for seed in values},
        diverged=tuple(diverged),
        **given,
    )


def table(rows, profile="paper", seeds=3, columns=("test",)):
    """A table's evidence."""
    return TableEvidence(
        stage="table1_first_order",
        profile=profile,
        seeds_planned=seeds,
        columns=columns,
        rows=tuple(rows),
        setups={"CIFAR-10": SETUP},
        provenance=PROVENANCE,
    )


def claim(kind, **fields):
    """A claim of a kind, with what that kind needs."""
    given = {
        "order": {"favoured": "zero_stable"},
        "alike": {"favoured": "zero_stable", "margin": 1.0, "reason": "a test"},
        "as_good": {"favoured": "zero_stable", "margin": 0.5, "reason": "a test"},
        "best": {"favoured": {"alpha": "a"}, "against": "all"},
        "every_run": {},
        "predicts": {"predictor": "zero stability"},
        "equivalence": {"margin": 0.75, "family": "holm", "reason": "a test"},
    }[kind]
    return Claim(
        id="C00",
        stage="table1_first_order",
        statement="A statement.",
        quote="a quote",
        place="a place",
        kind=kind,
        **{"decided_from": "mini", **given, **fields},
    )
