"""What `make bench` measured: on record, read back, and on its page."""

from __future__ import annotations

import json
import re

import pytest
from benchmarked import BENCHMARKS, PROVENANCE

from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json, write_json
from zerosnet.reporting.performance import (
    SCHEMA,
    load_performance,
    performance_folder,
    performance_record,
    record_performance,
)
from zerosnet.reporting.performance_page import performance_page


def bench_file(folder, benchmarks=BENCHMARKS):
    path = folder / "benchmark.json"
    path.write_text(json.dumps({"benchmarks": benchmarks}))
    return path


@pytest.fixture
def on_record(project, tmp_path):
    record = performance_record(bench_file(tmp_path), project, PROVENANCE)
    record_performance(tmp_path / "performance", record)
    return tmp_path / "performance"


def test_a_record_comes_back(on_record):
    (found,) = load_performance(on_record)
    assert found.device == "a chip, 2 threads"
    assert not found.is_gpu
    training = found.by_name["training, ZeroSNet-20, batch 128"]
    assert training.ratio.estimate == pytest.approx(4.0)
    assert (training.seconds, training.other_seconds) == (0.525, 2.1)
    assert "unknown" not in (on_record / "cpu-a-chip-2-threads.json").read_text()


def test_the_tables_but_imagenets_are_hundreds_of_runs(on_record):
    (found,) = load_performance(on_record)
    # Not the neighbouring systems' runs.
    assert 300 < found.sweep_runs < 500
    # The issue of cost: 2.4e18 operations, whichever way attacks and starters are counted.
    assert 1e18 < found.sweep_operations < 1e19


def test_the_page_says_what_was_measured(on_record):
    page = performance_page(load_performance(on_record))
    assert "4.00 [0.00, inf]" in page  # no spread at all says nothing
    assert " 1,905 |" in page  # 1000 images in 0.525 s
    assert "1.10 (suite, batch 128)" in page
    assert "1.25" in page  # two at once against one
    assert "100 (50 %)" in page  # GFLOP/s of the step, of the matrix product's 200
    assert "5 (50 %)" in page
    assert re.search(r"images/s of the convolutions alone +\| +1,000 \|", page)
    assert "scheduling by Ray, 2 workers: 2.1 ms a run, 0.0035% of a run of a minute." in page
    assert "No GPU has been measured" in page


def test_a_page_without_measurements_says_so():
    assert "No GPU has been measured" in performance_page([])


def test_a_gpu_is_named(project, tmp_path):
    environment = {**PROVENANCE["environment"], "device": "NVIDIA H200"}
    provenance = {**PROVENANCE, "environment": environment}
    record = performance_record(bench_file(tmp_path), project, provenance)
    record_performance(tmp_path / "gpu", record)
    page = performance_page(load_performance(tmp_path / "gpu"))
    assert "## NVIDIA H200" in page
    assert "No GPU" not in page


def test_another_bench_on_the_same_device_replaces_the_record(on_record, project, tmp_path):
    again = performance_record(bench_file(tmp_path, BENCHMARKS[:1]), project, PROVENANCE)
    record_performance(on_record, again)
    (found,) = load_performance(on_record)
    assert len(found.by_name) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"benchmarks": [{"extra_info": {}}]}'])
def test_a_damaged_file_is_named(project, tmp_path, content):
    path = tmp_path / "benchmark.json"
    path.write_text(content)
    with pytest.raises(SuiteError, match="is not what `make bench` writes"):
        performance_record(path, project, PROVENANCE)


def test_a_missing_file_is_named(project, tmp_path):
    with pytest.raises(SuiteError, match="does not exist: `make bench` writes it"):
        performance_record(tmp_path / "none.json", project, PROVENANCE)


def test_a_damaged_record_is_named(on_record):
    path = on_record / "cpu-a-chip-2-threads.json"
    content = read_json(path, SCHEMA)
    del content["sweep"]
    write_json(path, content)
    with pytest.raises(SuiteError, match="is damaged: delete it, or run `make bench` again"):
        load_performance(on_record)


def test_the_records_stand_in_results(project):
    assert performance_folder(project) == project / "results" / "performance"
