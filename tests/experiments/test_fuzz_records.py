"""Records, checkpoints, weights, times and benchmarks with any slip in them."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
import torch
from benchmarked import BENCHMARKS, PROVENANCE
from conftest import PROJECT
from fuzzing import damaged, fuzzed, mutated, settled, values
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.experiments.records import load_record
from zerosnet.files.storage import read_json, sealed_json, write_json
from zerosnet.judging.runtime_claims import load_timings
from zerosnet.judging.statistics import ratio_of
from zerosnet.reporting.performance import Performance, load_performance, performance_record
from zerosnet.reporting.performance_page import performance_page
from zerosnet.training.checkpoint import (
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
    weights_path,
)

RESULTS = PROJECT / "results"
RECORD = min((RESULTS / "mini" / "runs").glob("*/training.json"))
OTHERS = [path.read_bytes() for path in sorted(RECORD.parent.parent.glob("*/training.json"))[1:4]]
TIMES = json.loads(min((RESULTS / "mini" / "runtime").glob("*.json")).read_text())
PERFORMANCE = json.loads(min((RESULTS / "performance").glob("*.json")).read_text())
CELLS = dict(list(TIMES["seconds"].items())[:2])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def json_files(tree, others=()):
    """A file of JSON with slips in what it says, or with damage to its bytes.

    Where somebody has edited it on purpose, its checksum is right.
    """
    tree = {name: value for name, value in tree.items() if name != "checksum"}
    content = sealed_json(tree)
    deep = st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"null", b"[]"])
    return st.one_of(
        mutated(tree).map(lambda t: json.dumps(t).encode("utf-8", "replace")),
        mutated(tree).map(sealed),
        damaged(content, others),
        values.map(lambda t: json.dumps(t).encode("utf-8", "replace")),
        deep,
    )


def sealed(tree):
    """What the suite itself would have written, as far as it could have."""
    try:
        return sealed_json(tree)
    except (ValueError, TypeError, AttributeError):  # no object, or no JSON
        return json.dumps(tree).encode("utf-8", "replace")


def written(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


@fuzzed(150)
@given(content=json_files(json.loads(RECORD.read_text()), OTHERS))
def test_records(place, content):
    path = written(place / RECORD.parent.name, "training.json", content)
    record = settled(lambda: load_record(path), "training.json")
    if record is not None:
        assert record["key"] == RECORD.parent.name
        assert record["configuration"] == json.loads(RECORD.read_text())["configuration"]


@fuzzed(150)
@given(content=json_files({"schema": 1, "a": {"b": [1, 2.5, "x", None]}}))
def test_json(place, content):
    path = written(place, "any.json", content)
    found = settled(lambda: read_json(path, 1), "any.json")
    assert found is None or found["schema"] == 1


TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2])}


@fuzzed(100)
@given(data=st.data())
def test_checkpoints(place, data):
    """The one before is taken where the newest is damaged; and none where both are."""
    folder = place / "checkpoints"
    for epoch in (1, 2):
        save_checkpoint(folder, epoch, TENSORS, {"key": "k", "epoch": epoch})
    older, newer = sorted(folder.glob("checkpoint-*.safetensors"))
    whole = {path: path.read_bytes() for path in (older, newer)}
    for path in data.draw(st.sampled_from([(newer,), (older, newer)])):
        path.write_bytes(data.draw(damaged(whole[path], list(whole.values()))))
    found = settled(lambda: load_checkpoint(folder, "k"), "checkpoint")
    same = [path for path in whole if path.exists() and path.read_bytes() == whole[path]]
    for aside in folder.glob("*.damaged-*"):
        aside.unlink()
    if same:
        assert found is not None
        assert found[1]["epoch"] == (2 if newer in same else 1)
        assert all(torch.equal(found[0][name], tensor) for name, tensor in TENSORS.items())
    else:
        assert found is None


@fuzzed(100)
@given(data=st.data())
def test_weights(place, data):
    digest = save_weights(place, "weights", TENSORS)
    path = weights_path(place, "weights", digest)
    content = path.read_bytes()
    path.write_bytes(data.draw(damaged(content)))
    found = settled(lambda: load_weights(path, digest), path.name)
    assert (found is not None) == (path.read_bytes() == content)


@fuzzed(100)
@given(data=st.data())
def test_weights_that_somebody_else_wrote(place, data):
    """The checksum holds, and the content is none of this suite's."""
    path = weights_path(place, "weights", save_weights(place, "weights", TENSORS))
    content = data.draw(damaged(path.read_bytes()))
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    found = settled(lambda: load_weights(path, digest), "")
    assert found is None or all(isinstance(tensor, torch.Tensor) for tensor in found.values())


@fuzzed(150)
@given(content=json_files({**TIMES, "seconds": CELLS}))
def test_times(place, content):
    folder = place / "mini" / "runtime"
    written(folder, "one.json", content)
    for timing in settled(lambda: load_timings(folder), "one.json") or ():
        assert isinstance(timing.device, str)
        for ratio in map(ratio_of, timing.logarithms.values()):
            assert 0 <= ratio.low <= ratio.estimate <= ratio.high
            assert math.isfinite(ratio.estimate)


@fuzzed(150)
@given(content=json_files(PERFORMANCE))
def test_performance(place, content):
    """What is read can be put on its page."""
    folder = place / "performance"
    written(folder, "one.json", content)
    found = settled(lambda: load_performance(folder), "one.json")
    if found is not None:
        assert all(isinstance(one, Performance) for one in found)
        for one in found[0].by_name.values():
            assert 0 < one.seconds < math.inf
            assert all(0 <= n < math.inf for n in (one.images, one.operations, one.bytes))
        assert performance_page(found).startswith("# Performance")


@pytest.fixture(scope="module")
def quick(request):
    """The work of the paper's tables is counted from other files; it is not what is drawn here."""
    patch = pytest.MonkeyPatch()
    patch.setattr("zerosnet.reporting.performance._without_imagenet", lambda _root: (420, 4e18))
    yield
    patch.undo()


@fuzzed(150)
@given(content=json_files({"benchmarks": BENCHMARKS}))
def test_what_the_benchmarks_wrote(place, quick, content):
    """What is put on record can be read back."""
    path = written(place, "benchmark.json", content)
    record = settled(lambda: performance_record(path, PROJECT, PROVENANCE), "benchmark.json")
    if record is not None:
        write_json(place / "written" / "one.json", record)
        assert performance_page(load_performance(place / "written"))
