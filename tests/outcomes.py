"""Records as they are compared: without what differs between two runs of the same configuration."""

from __future__ import annotations

from zerosnet.experiments.records import load_record


def without_circumstances(record):
    """A record without durations and dates."""
    kept = {k: v for k, v in record.items() if k not in ("wall_seconds", "finished")}
    if "history" in kept:
        kept["history"] = {k: v for k, v in kept["history"].items() if k != "seconds"}
    return kept


def training_records(results):
    """Every record of training below a folder, by its run's key, as it is compared."""
    paths = sorted(results.rglob("training.json"))
    return {path.parent.name: without_circumstances(load_record(path)) for path in paths}
