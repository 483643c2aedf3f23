"""Evidence made up for tests of the judges."""

from __future__ import annotations

from zerosnet.evidence import RowEvidence, TableEvidence
from zerosnet.registry import Claim

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


def row(label, stable, runs, best=None, reported=None, layers=32, diverged=(), column="test"):
    """One row; runs are accuracies by seed, the best epoch's as good as the last's if not given."""
    values = dict(enumerate(runs))
    return RowEvidence(
        number=0,
        label=label,
        cells={"alpha": label},
        method=label,
        zero_stable=stable,
        layers=layers,
        reported={} if reported is None else {column: (reported, 0.2)},
        measured={
            "last_epoch": {column: values},
            "best_on_test": {column: dict(enumerate(best)) if best else values},
        },
        keys={seed: f"key{seed}" for seed in values},
        diverged=tuple(diverged),
    )


def table(rows, profile="paper", seeds=3, columns=("test",), data_sets=("cifar10",), **setup):
    """A table's evidence."""
    return TableEvidence(
        stage="table1_first_order",
        profile=profile,
        data_sets=data_sets,
        reported_data_sets=("CIFAR-10",),
        seeds_planned=seeds,
        columns=columns,
        rows=tuple(rows),
        setup={**SETUP, "data": {**SETUP["data"], **setup}},
        provenance=PROVENANCE,
    )


def claim(kind, **fields):
    """A claim of a kind, with what that kind needs."""
    given = {
        "order": {"favoured": "zero_stable", "test": "permutation"},
        "best": {"favoured": {"alpha": "a"}, "against": "all"},
        "equivalence": {"margin": 0.75, "reason": "a test"},
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
