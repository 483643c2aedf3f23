"""Two ``dvc repro`` at once, and one that is killed: the next one ends as an undisturbed one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from zerosnet.experiments.records import load_record

pytestmark = pytest.mark.long

TABLE = "table1_first_order"


@pytest.fixture
def pipeline(checkout, project):
    """The tiny checkout with DVC and the project's own pipeline."""
    for name in ("dvc.yaml", "requirements.lock", "data.dvc", "zerosnet"):
        source, target = project / name, checkout / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    assert dvc("init", "--no-scm", "--quiet", folder=checkout).wait(60) == 0
    return checkout


def dvc(*arguments, folder, **options):
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120
    return subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"},
        start_new_session=True,
        **options,
    )


def repro(*arguments, folder):
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return dvc("repro", *arguments, folder=folder, **output)


def outcomes(folder):
    found = {}
    for path in sorted((folder / "results").glob("*/runs/*/training.json")):
        record = load_record(path)
        found[path.parent.name] = (record["outcome"], record["weights"])
    assert len(found) == 2
    return found


def verdicts(folder):
    return json.loads((folder / "results" / "smoke" / f"{TABLE}.json").read_text())["verdicts"]


def test_two_at_once_and_one_killed(pipeline, count):
    both = [repro(TABLE, folder=pipeline) for _ in range(2)]
    texts = [process.communicate(timeout=300)[0] for process in both]
    statuses = sorted(process.returncode for process in both)
    assert 0 in statuses, texts
    # The second one may come too early; then DVC itself says so, in words.
    for process, text in zip(both, texts, strict=True):
        assert "Traceback" not in text
        assert process.returncode == 0 or "ock" in text, text
    calm, decided = outcomes(pipeline), verdicts(pipeline)
    count("two `dvc repro` at once", 1, "nothing; one of them may say that the other runs")

    # Killed with all that it started, while it trains.
    shutil.rmtree(pipeline / "results")
    shutil.rmtree(pipeline / ".zerosnet")
    killed = repro("--force", "--no-run-cache", TABLE, folder=pipeline)
    deadline = time.monotonic() + 120
    while not list(pipeline.glob(".zerosnet/runs/*/checkpoint-*")):
        assert killed.poll() is None, killed.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    again = repro(TABLE, folder=pipeline)
    text, _ = again.communicate(timeout=300)
    assert again.returncode == 0, text
    assert (outcomes(pipeline), verdicts(pipeline)) == (calm, decided)
    count("`dvc repro` killed with all that it started", 1, "the epoch under way")

    # A record is damaged: the next `dvc repro` notices and does just that run again.
    path = next((pipeline / "results").glob("*/runs/*/training.json"))
    path.write_bytes(path.read_bytes()[:-40])
    mended = repro(TABLE, folder=pipeline)
    text, _ = mended.communicate(timeout=300)
    assert mended.returncode == 0, text
    assert "2 runs, 1 to train" in text
    assert (outcomes(pipeline), verdicts(pipeline)) == (calm, decided)
    count("a record damaged between two `dvc repro`", 1, "that run, which is trained again")
