"""Files that the suite itself wrote, damaged in every way: found out, or harmless."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from random import Random

import pytest
import torch
from conftest import PROJECT
from corruption import corruptions
from fuzzing import settled
from small import small_run

from zerosnet.experiments.manifests import manifest_path, remove_stale_manifests, write_manifest
from zerosnet.experiments.records import TRAINING, load_record, record_path, write_record
from zerosnet.judging.runtime_claims import load_timings
from zerosnet.judging.stages import load_result
from zerosnet.reporting.performance import load_performance
from zerosnet.training.checkpoint import (
    load_checkpoint,
    load_weights,
    remove_checkpoints,
    save_checkpoint,
    save_weights,
    weights_path,
)

pytestmark = pytest.mark.long

RESULTS = PROJECT / "results"
MINI = RESULTS / "mini"
#: By format: files in git, and how the suite reads one that stands in the same folder.
FILES = {
    "records of training": ("runs/*/training.json", load_record),
    "records of measurements": ("runs/*/[!t]*.json", load_record),
    "times": ("runtime/*.json", lambda path: load_timings(path.parent)),
    "benchmarks": (
        "../performance/*.json",
        lambda path: load_performance(path.parent),
    ),
    "results": ("*_*order.json", lambda path: load_result(path.parents[1], path.stem, "mini")),
}


def strike(path, others, read, times, seed=0):
    """Damage a file in place again and again; how often it was refused, and how often harmless."""
    content = path.read_bytes()
    before, refused, harmless = read(path), 0, 0
    for what, damaged in islice(corruptions(content, others, Random(seed)), times):
        path.write_bytes(damaged)
        found = settled(lambda: read(path), path.name)
        if found is None:
            refused += 1
        else:
            assert found == before, f"{path.name}, {what}: read as something else"
            harmless += 1
    path.write_bytes(content)
    assert read(path) == before
    return refused, harmless


@pytest.mark.parametrize("kind", FILES)
def test_json(kind, tmp_path, campaign, count):
    pattern, read = FILES[kind]
    whole = sorted(MINI.glob(pattern))
    assert whole, pattern
    times = 200 if campaign else 40
    path = tmp_path / "results" / whole[0].resolve().relative_to(RESULTS)
    path.parent.mkdir(parents=True)
    path.write_bytes(whole[0].read_bytes())
    others = [other.read_bytes() for other in whole[1:4]]
    refused, _ = strike(path, others, read, times)
    assert refused > 0.8 * times  # a blank more or less is harmless
    count(f"damaged: {kind}", times, "nothing read wrongly; some were harmless")


TENSORS = {"a": torch.arange(600.0).reshape(2, 300), "b": torch.tensor([1, 2])}


def test_checkpoints(tmp_path, campaign, count):
    """The newest is damaged: the one before it is taken, as it was."""
    for epoch in (1, 2):
        save_checkpoint(tmp_path, epoch, TENSORS, {"key": "k", "epoch": epoch})
    first, second = sorted(tmp_path.glob("checkpoint-*"))
    content, times = second.read_bytes(), 200 if campaign else 40
    for _, damaged in islice(corruptions(content, [first.read_bytes()], Random(1)), times):
        second.write_bytes(damaged)
        tensors, facts = load_checkpoint(tmp_path, "k")
        assert facts["epoch"] == 1
        assert all(torch.equal(tensors[name], tensor) for name, tensor in TENSORS.items())
    count(
        "damaged: checkpoints", times, "nothing read wrongly; training goes on from the one before"
    )


def test_weights(tmp_path, campaign, count):
    sha256 = save_weights(tmp_path, "last_epoch", TENSORS)
    path = weights_path(tmp_path, "last_epoch", sha256)
    changed = save_weights(tmp_path, "other", {name: t + 1 for name, t in TENSORS.items()})
    other = weights_path(tmp_path, "other", changed)
    times = 200 if campaign else 40
    for _, damaged in islice(
        corruptions(path.read_bytes(), [other.read_bytes()], Random(2)), times
    ):
        path.write_bytes(damaged)
        assert settled(lambda: load_weights(path, sha256), path.name) is None
    count("damaged: weights", times, "nothing read wrongly")


def test_tensors_whose_checksum_was_made_to_fit(tmp_path, campaign, count):
    """Somebody has exchanged the file and its name: it may be wrong, but nothing in it runs."""
    save_checkpoint(tmp_path, 1, TENSORS, {"key": "k", "epoch": 1})
    (whole,) = tmp_path.glob("checkpoint-*")
    content, times = whole.read_bytes(), 200 if campaign else 40
    whole.unlink()
    for _, damaged in islice(corruptions(content, [], Random(3)), times):
        digest = hashlib.sha256(damaged).hexdigest()
        path = tmp_path / f"checkpoint-00002-{digest}.safetensors"
        path.write_bytes(damaged)
        found = load_checkpoint(tmp_path, "k")  # or says so, and training begins anew
        assert found is None or all(isinstance(t, torch.Tensor) for t in found[0].values())
        remove_checkpoints(tmp_path)
    count("exchanged: checkpoints and their checksums", times, "nothing runs; read or refused")


def test_manifests(tmp_path, campaign, count):
    """A damaged manifest, or one of a damaged record, is removed: its stage is done again."""
    runs = [small_run(seed=seed) for seed in (0, 1)]
    for run in runs:
        write_record(
            tmp_path, "mini", TRAINING, {"key": run.key, "configuration": run.configuration}
        )
    manifest = manifest_path(tmp_path, "mini", "train", "table1")
    write_manifest(manifest, runs, [TRAINING])
    whole = manifest.read_bytes()
    record = record_path(tmp_path, "mini", runs[0].key, TRAINING)
    times = 200 if campaign else 40
    for path in (manifest, record):
        content = path.read_bytes()
        for what, damaged in islice(corruptions(content, [], Random(4)), times // 2):
            path.write_bytes(damaged)
            removed = remove_stale_manifests(tmp_path, "mini")
            if path == manifest and not removed:  # a blank more or less
                assert json.loads(damaged) == json.loads(content), what
            else:
                assert removed == [manifest], what
            path.write_bytes(content)
            manifest.write_bytes(whole)
    assert remove_stale_manifests(tmp_path, "mini") == []
    count("damaged: manifests", times, "nothing; their stages are done again")
