"""Killed at any moment: what was done stays, and the end is that of an undisturbed run."""

from __future__ import annotations

import random
import re
import shutil
import signal
from collections import Counter
from itertools import count as count_from

import pytest
import yaml
from killing import Command, run
from outcomes import without_circumstances

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import load_record, record_path
from zerosnet.experiments.rows import plan_stage

pytestmark = pytest.mark.long

TRAIN = ["train", "table3_third_order"]
EPOCH = re.compile(r"\((.*?)\) epoch (\d+)/")


@pytest.fixture
def sweep(checkout, campaign):
    """The runs of table 3 at 8 layers, 10 rows and 2 seeds."""
    params = yaml.safe_load((checkout / "params.yaml").read_text())
    for profile in params["profiles"].values():
        # Long enough that most blows meet one sweep; a machine that is through begins another.
        profile["epochs"] = 60 if campaign else 8
    (checkout / "params.yaml").write_text(yaml.safe_dump(params))
    rows = plan_stage("table3_third_order", load_profile(checkout / "params.yaml"), checkout)
    return distinct_runs(rows)


def records(checkout, profile, runs, name="training"):
    paths = [record_path(checkout / "results", profile, run.key, name) for run in runs]
    return [without_circumstances(load_record(path)) for path in paths]


def blows(seed):
    """Deaths without end: by a signal after a time, or right before some operation on a file."""
    draw = random.Random(seed)
    for number in count_from():
        if number % 2:
            yield {"file_operation": draw.randint(1, 12)}, None
        else:
            sent = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
            yield {}, (draw.uniform(0.0, 2.0), sent)


def strike(arguments, checkout, log, blow):
    """Run a command under a blow; its status."""
    options, later = blow
    command = Command(arguments, checkout, log, **options)
    if later is not None:
        command.send_after(*later)
    return command.status()


def test_a_sweep_killed_again_and_again(checkout, sweep, campaign, count, tmp_path):
    assert len(sweep) == 20
    command = [*TRAIN, "--profile", "paper"]
    assert run([*TRAIN, "--profile", "mini"], checkout, tmp_path / "calm") == 0
    expected = records(checkout, "mini", sweep)
    shutil.rmtree(checkout / ".zerosnet")  # checkpoints and weights are shared by key

    wanted, struck, log = 200 if campaign else 25, Counter(), tmp_path / "log"

    def ended_as_an_undisturbed_one():
        assert records(checkout, "paper", sweep) == expected
        text = log.read_text()
        assert "Traceback" not in text
        # An epoch that was said to be done had its checkpoint, so it was not done again.
        assert max(Counter(EPOCH.findall(text)).values()) == 1
        assert not list(checkout.rglob("checkpoint-*"))
        assert not list((checkout / "results").rglob("*.partial"))

    for blow in blows(seed=6):
        status = strike(command, checkout, log, blow)
        if status == 0:  # through already, on a fast machine: once more from the start
            ended_as_an_undisturbed_one()
            for folder in (checkout / "results" / "paper", checkout / ".zerosnet"):
                shutil.rmtree(folder)
            log.unlink()
            continue
        # Died, or stopped in one line; never an error.
        assert status in (-signal.SIGKILL, 130, -signal.SIGTERM, -signal.SIGINT), log.read_text()
        struck[status] += 1
        if sum(struck.values()) == wanted:
            break
    assert run(command, checkout, log) == 0
    ended_as_an_undisturbed_one()
    assert len(struck) > 1
    count(
        f"a sweep of {len(sweep)} runs killed ({_named(struck)})",
        wanted,
        "the epochs under way; all records equal",
    )


def _named(struck):
    names = {130: "stopped by SIGTERM or Ctrl-C"}
    return ", ".join(
        f"{number} × {names.get(status) or signal.Signals(-status).name}"
        for status, number in sorted(struck.items())
    )


@pytest.fixture
def trained(checkout, tmp_path):
    """A checkout where table 6 is trained in every profile."""
    arguments = ["train", "table6_robustness", "--profile"]
    for profile in ("mini", "paper"):
        assert run([*arguments, profile], checkout, tmp_path / "log") == 0
    return checkout


def test_measuring_killed(trained, campaign, count, tmp_path):
    rows = plan_stage("table6_robustness", load_profile(trained / "params.yaml"), trained)
    arguments = ["measure", "table6_robustness", "--profile"]
    assert run([*arguments, "mini"], trained, tmp_path / "calm") == 0
    tried, log = 0, tmp_path / "log"
    for blow in blows(seed=7):
        if tried == (30 if campaign else 6):
            assert run([*arguments, "paper"], trained, log) == 0
            break
        if strike([*arguments, "paper"], trained, log, blow) == 0:
            shutil.rmtree(trained / "results" / "paper" / "measure")
            for path in (trained / "results" / "paper" / "runs").glob("*/noise.json"):
                path.unlink()  # through already: once more
        else:
            tried += 1
    runs = distinct_runs(rows)
    assert records(trained, "paper", runs, "noise") == records(trained, "mini", runs, "noise")
    assert "Traceback" not in log.read_text()
    count("measuring killed", tried, "the measurement under way; all records equal")


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("what", "arguments", "folder"),
    [
        ("judging", ["judge", "table10_roots"], "results/theory"),
        ("reporting", ["report", "--profile", "paper"], "reports"),
    ],
)
def test_what_is_derived_is_derived_again(
    trained, what, arguments, folder, campaign, count, tmp_path
):
    log, tried = tmp_path / "log", 0
    for before in ("measure", "judge"):
        assert run([before, "table6_robustness", "--profile", "paper"], trained, log) == 0
    assert run(arguments, trained, log) == 0
    expected = contents(trained / folder)
    draw = random.Random(8)
    for _ in range(30 if campaign else 3):
        shutil.rmtree(trained / folder)
        # Writing one file takes four operations.
        last = 4 if what == "judging" else 4 * len(expected)
        command = Command(arguments, trained, log, file_operation=draw.randint(1, last))
        assert command.status() == -signal.SIGKILL
        tried += 1
        for path in contents(trained / folder).keys() & expected.keys():
            assert (trained / folder / path).read_bytes() == expected[path]  # whole or not there
        assert run(arguments, trained, log) == 0
        found = contents(trained / folder)
        assert {path: found[path] for path in expected} == expected
    assert "Traceback" not in log.read_text()
    count(f"{what} killed", tried, "nothing; all files equal")
