"""The pipeline's commands: one lock a profile, and what is done anew."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from zerosnet.__main__ import main
from zerosnet.commands import pipeline
from zerosnet.commands.data import note_settings
from zerosnet.commands.pipeline import (
    LOCKED,
    alone,
    kept_folder,
    lock_of_profile,
    profile_in_force,
)
from zerosnet.experiments.manifests import manifest_path
from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.judging.stages import load_result, result_path
from zerosnet.judging.stale import remove_stale_results

TABLE = "table1_first_order"


def test_the_lock_in_git_is_left_alone(checkout):
    lock = checkout / "dvc.lock"
    lock.write_text("in git")
    for said in ("first", "second"):
        with lock_of_profile(checkout, "smoke"):
            assert lock.exists() is (said == "second")
            assert said == "first" or lock.read_text() == "first"
            lock.write_text(said)
        assert lock.read_text() == "in git"
    with lock_of_profile(checkout, LOCKED):
        lock.write_text("new")
    assert lock.read_text() == "new"


def test_so_it_is_where_the_pipeline_fails(checkout):
    lock = checkout / "dvc.lock"
    lock.write_text("in git")

    def fail():
        with lock_of_profile(checkout, "smoke"):
            lock.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert lock.read_text() == "in git"


#: What DVC writes once a stage of `smoke` has run.
HALF = "stages:\n  data_at_hand:\n    cmd: python -m zerosnet data at-hand --profile smoke\n"


def killed(root, profile, lock=None):
    """What a kill leaves of a call: scratch as it is in its midst, and the files it had changed."""
    with lock_of_profile(root, profile), profile_in_force(root, profile):
        if lock is not None:
            (root / "dvc.lock").write_text(lock)
        paths = [root / "params.yaml", root / "dvc.lock", *kept_folder(root).iterdir()]
        left = {path: path.read_bytes() for path in paths if path.is_file()}
    (root / "dvc.lock").unlink(missing_ok=True)
    for path, content in left.items():
        path.write_bytes(content)


@pytest.mark.parametrize("before", ["in git", None])
@pytest.mark.parametrize("left", [HALF, None])
def test_after_a_kill_the_next_call_puts_the_lock_back(checkout, before, left):
    lock = checkout / "dvc.lock"
    if before is not None:
        lock.write_text(before)
    killed(checkout, "smoke", left)
    assert (lock.read_text() if lock.exists() else None) == left
    with alone(checkout):
        assert (lock.read_text() if lock.exists() else None) == before
    assert {path.name for path in kept_folder(checkout).iterdir()} <= {"lock", "of-smoke.lock"}
    with lock_of_profile(checkout, "smoke"):  # it goes on with what the killed call had done
        assert (lock.read_text() if lock.exists() else None) == left


def test_so_it_does_with_one_that_names_no_profile(checkout):
    lock = checkout / "dvc.lock"
    lock.write_text("in git")
    with lock_of_profile(checkout, "smoke"):
        lock.write_text("of exact stages alone")
    killed(checkout, "smoke")
    with alone(checkout):
        assert lock.read_text() == "in git"


@pytest.mark.parametrize(
    "mine", ["newer", HALF.replace("smoke", "mini"), HALF.replace("smoke", "smoke-2")]
)
def test_a_lock_that_was_changed_since_a_kill_stays(checkout, capsys, mine):
    lock = checkout / "dvc.lock"
    lock.write_text("in git")
    killed(checkout, "smoke", HALF)
    lock.write_text(mine)
    for _ in range(2):
        with alone(checkout):
            assert lock.read_text() == mine
    assert capsys.readouterr().err.count("dvc.lock has changed since a call was killed") == 1


def test_a_lock_that_was_deleted_since_a_kill_is_put_back(checkout):
    lock = checkout / "dvc.lock"
    lock.write_text("in git")
    with lock_of_profile(checkout, "smoke"):
        lock.write_text(HALF)
    killed(checkout, "smoke")
    lock.unlink()
    with alone(checkout):
        assert lock.read_text() == "in git"


def test_a_call_that_was_killed_before_it_changed_anything_left_nothing_to_do(checkout, capsys):
    (checkout / "dvc.lock").write_text("in git")
    killed(checkout, "smoke", "in git")
    with alone(checkout):
        assert (checkout / "dvc.lock").read_text() == "in git"
    assert capsys.readouterr().err == ""


def test_checkouts_that_share_scratch_keep_their_locks_apart(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("ZEROSNET_SCRATCH", str(tmp_path / "shared"))
    (checkout / "dvc.lock").write_text("in git")
    killed(checkout, "smoke", HALF)
    other = shutil.copytree(checkout, tmp_path / "other")
    with alone(other), alone(checkout):
        assert (other / "dvc.lock").read_text() == HALF
        assert (checkout / "dvc.lock").read_text() == "in git"


def test_scratch_may_lie_on_another_file_system(checkout, monkeypatch):
    def within_a_folder(path, target):
        if path.parent != Path(target).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        os.replace(path, target)

    for name in ("replace", "rename"):
        monkeypatch.setattr(Path, name, within_a_folder)
    (checkout / "dvc.lock").write_text("in git")
    with lock_of_profile(checkout, "smoke"):
        (checkout / "dvc.lock").write_text("own")
    assert (checkout / "dvc.lock").read_text() == "in git"


def test_a_misspelt_stage_gets_the_nearest_one(project, checkout, monkeypatch, capsys):
    started = []
    monkeypatch.setattr(pipeline, "_dvc", lambda _root, _lock, *args: started.append(args) or 0)
    shutil.copy(project / "dvc.yaml", checkout)
    assert main(["repro", "table2_second_ordr"]) == 2
    assert "dvc.yaml has no stage 'table2_second_ordr': did you mean table2" in (
        capsys.readouterr().err
    )
    assert main(["repro", "Table2_Second_Order", "report", "results/mini/rescue.json"]) == 0
    assert started == [("repro", "table2_second_order", "report", "results/mini/rescue.json")]


@pytest.mark.parametrize("content", ["", "stages: 1", "[1]"])
def test_a_pipeline_without_stages_is_said(checkout, capsys, content):
    (checkout / "dvc.yaml").write_text(content)
    assert main(["repro", TABLE]) == 2
    assert capsys.readouterr().err == ("zerosnet: dvc.yaml lists no stages: restore it with git\n")


def test_two_at_once_would_take_each_others_lock(checkout):
    with (
        alone(checkout),
        pytest.raises(SuiteError, match="is at work in this checkout: wait"),
        alone(checkout),
    ):
        pass


@pytest.mark.skipif(os.name == "nt", reason="a child inherits no lock there")
def test_the_dvc_of_a_killed_call_is_waited_for(checkout, monkeypatch):
    """It writes dvc.lock still."""
    started = []
    fork = subprocess.Popen

    def sleeper(command, **options):
        started.append(fork([sys.executable, "-c", "import time; time.sleep(60)"], **options))
        raise RuntimeError

    monkeypatch.setattr(subprocess, "Popen", sleeper)
    # As the kernel lets a killed process's descriptor go: without unlocking.
    monkeypatch.setattr("filelock.FileLock._release", lambda lock: os.close(descriptor(lock)))

    def descriptor(lock):
        number, lock._context.lock_file_fd = lock._context.lock_file_fd, None
        return number

    with pytest.raises(RuntimeError):
        main(["repro"])
    try:
        with pytest.raises(SuiteError, match="the DVC of one that was killed"), alone(checkout):
            pass
    finally:
        started[0].kill()
        started[0].wait()
    with alone(checkout):
        pass


def test_without_a_lock_in_git_none_is_left(checkout):
    with lock_of_profile(checkout, "smoke"):
        (checkout / "dvc.lock").write_text("own")
    assert not (checkout / "dvc.lock").exists()


def test_a_profile_is_in_force_for_a_while(checkout):
    path = checkout / "params.yaml"
    before = path.read_bytes()

    def fail():
        with profile_in_force(checkout, "paper"):
            assert load_profile(path).name == "paper"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == before


def test_what_is_edited_while_a_profile_is_in_force_stays(checkout):
    path = checkout / "params.yaml"
    before = path.read_text()
    with profile_in_force(checkout, "paper"):
        path.write_text(path.read_text().replace("epochs: 3", "epochs: 4"))
    assert path.read_text() == before.replace("epochs: 3", "epochs: 4")
    with profile_in_force(checkout, "paper"):
        path.write_text(before.replace("profile: smoke", "profile: mini"))
    assert load_profile(path).name == "mini"


@pytest.mark.parametrize(
    "line",
    [
        *("profile: 'smoke'", 'profile: "smoke"', "profile : smoke", "profile:\t smoke   # one"),
        *('"profile":  smoke', "profile: # none", "profile: smoke\r"),
    ],
)
def test_the_line_may_be_written_in_any_way(checkout, line):
    path = checkout / "params.yaml"
    path.write_bytes(path.read_bytes().replace(b"profile: smoke", line.encode()))
    before = path.read_bytes()
    assert line.encode() in before
    with profile_in_force(checkout, "paper"):
        assert load_profile(path).name == "paper"
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["no", "12"])
def test_a_name_that_yaml_would_misread_is_put_in_quotes(checkout, name):
    with profile_in_force(checkout, name):
        assert yaml.safe_load((checkout / "params.yaml").read_text())["profile"] == name


@pytest.mark.parametrize("line", ["profile:\n  smoke", "profile: smo ke", "? profile\n: smoke"])
def test_a_line_that_cannot_be_replaced_is_said(checkout, line):
    """Another profile than was asked for would run."""
    path = checkout / "params.yaml"
    path.write_text(path.read_text().replace("profile: smoke", line))
    before = path.read_bytes()
    with (
        pytest.raises(SuiteError, match=r"on a line of its own.* 'paper' .*write `profile: NAME`"),
        profile_in_force(checkout, "paper"),
    ):
        pass
    assert path.read_bytes() == before


def test_after_a_kill_the_next_call_puts_the_profile_back(checkout, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(
        pipeline, "_dvc", lambda root, *_: seen.append(load_profile(root / "params.yaml").name) or 0
    )
    path = checkout / "params.yaml"
    before = path.read_bytes()
    killed(checkout, "paper")
    path.write_text(path.read_text().replace("epochs: 3", "epochs: 4"))
    assert load_profile(path).name == "paper"
    assert main(["repro"]) == 0
    assert seen == ["smoke"]
    assert path.read_bytes() == before.replace(b"epochs: 3", b"epochs: 4")
    assert "params.yaml names the profile again" in capsys.readouterr().err


def test_a_profile_that_was_chosen_since_a_kill_stays(checkout):
    path = checkout / "params.yaml"
    before = path.read_text()
    killed(checkout, "paper")
    for name in ("mini", "paper"):  # the second is no longer that of the killed call
        chosen = before.replace("profile: smoke", f"profile: {name}")
        path.write_text(chosen)
        with alone(checkout):
            assert path.read_text() == chosen


def test_dvc_runs_under_both(checkout, monkeypatch):
    seen = {}

    def dvc(root, _lock, *arguments):
        seen["profile"] = load_profile(root / "params.yaml").name
        seen["arguments"] = arguments
        (root / "dvc.lock").write_text("its own")
        return 3

    monkeypatch.setattr(pipeline, "_dvc", dvc)
    (checkout / "dvc.lock").write_text("in git")
    assert main(["repro", "--profile", "paper", TABLE]) == 3
    assert seen == {"profile": "paper", "arguments": ("repro", TABLE)}
    assert (checkout / "dvc.lock").read_text() == "in git"


def test_the_lock_in_git_is_of_records_that_have_their_manifests(checkout, monkeypatch):
    monkeypatch.setattr(pipeline, "_dvc", lambda _root, _lock, *arguments: len(arguments))
    assert main(["lock"]) == len(("commit", "--force", "dvc.yaml"))
    for kind, stage in (("train", TABLE), ("measure", "table6_robustness")):
        assert manifest_path(checkout / "results", LOCKED, kind, stage).exists()


def test_the_lock_is_not_noted_while_a_pipeline_is_at_work(checkout, capsys):
    with alone(checkout):
        assert main(["lock"]) == 2
    assert "is at work in this checkout: wait" in capsys.readouterr().err
    assert not (checkout / "results" / LOCKED).exists()


def test_claims_are_read_before_anything_is_trained(checkout, capsys):
    """Hours of training must not end in a slip that was there from the start."""
    path = checkout / "claims/paper/claims.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + "\n- id: M1\n  stage: rescue\n  statement: mine\n", encoding="utf-8")
    assert main(["run", TABLE]) == 2
    assert "(M1): 'quote' is missing" in capsys.readouterr().err
    path.write_text(whole.replace(f"stage: {TABLE}", "stage: rescue"), encoding="utf-8")
    assert main(["run", TABLE]) == 2
    assert f"no claim of claims/paper/claims.yaml has 'stage: {TABLE}'" in capsys.readouterr().err
    assert not (checkout / "results/smoke/runs").exists()


def test_a_stage_is_trained_measured_and_judged(checkout, capsys):
    assert main(["run", "table6_robustness", "--profile", "mini"]) == 0
    result = load_result(checkout / "results", "table6_robustness", "mini")
    assert result["evidence"]["rows"][0]["measured"]["last_epoch"]["gauss_sd0.01"]
    capsys.readouterr()
    assert main(["run", "TABLE6_robustness", "--profile", "mini"]) == 0
    assert "0 to train" in capsys.readouterr().err


def test_without_images_it_judges_what_is_there(checkout, monkeypatch, capsys):
    text = (checkout / "params.yaml").read_text().replace("name: digits,", "name: mnist,")
    (checkout / "params.yaml").write_text(text.replace("name: digits\n", "name: mnist\n"))
    assert main(["train", TABLE, "--profile", "mini"]) == 2
    assert main(["run", TABLE, "--profile", "mini"]) == 0
    assert "mnist is not at hand: its runs are left out" in capsys.readouterr().err
    assert load_result(checkout / "results", TABLE, "mini") is not None


def test_what_can_be_trained_by_now_is_done_anew(checkout):
    profile = load_profile(checkout / "params.yaml", "mini")
    assert main(["judge", TABLE, "--profile", "mini"]) == 0  # before anything is trained
    assert remove_stale_results(checkout, profile) == [TABLE]
    assert load_result(checkout / "results", TABLE, "mini") is None
    assert main(["run", TABLE, "--profile", "mini"]) == 0
    assert remove_stale_results(checkout, profile) == []
    record = next((checkout / "results" / "mini" / "runs").glob("*/training.json"))
    record.unlink()
    assert remove_stale_results(checkout, profile) == [TABLE]


def test_a_result_of_a_stage_that_the_profile_no_longer_has_stays(checkout):
    profile = load_profile(checkout / "params.yaml", "mini")
    assert main(["judge", TABLE, "--profile", "mini"]) == 0
    assert remove_stale_results(checkout, replace(profile, tables={})) == []
    assert load_result(checkout / "results", TABLE, "mini") is not None


def test_a_result_that_cannot_be_removed_is_named(checkout, monkeypatch):
    profile = load_profile(checkout / "params.yaml", "mini")
    path = result_path(checkout / "results", TABLE, "mini")
    path.mkdir(parents=True)
    with pytest.raises(SuiteError, match=rf"cannot remove .*{TABLE}\.json \(.*\): make its folder"):
        remove_stale_results(checkout, profile)

    stat = Path.stat

    def closed(self, **options):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(SuiteError, match=rf"cannot look for .*{TABLE}\.json \(Permission denied\)"):
        remove_stale_results(checkout, profile)


def test_settings_are_noted_alike_on_every_machine(checkout):
    path = checkout / "results" / "mini" / "data_at_hand.json"
    note_settings(checkout, "mini")
    before = json.loads(path.read_text())
    note_settings(checkout, "mini")
    assert json.loads(path.read_text()) == before
    text = (checkout / "params.yaml").read_text()
    (checkout / "params.yaml").write_text(text.replace("epochs: 3", "epochs: 4"))
    note_settings(checkout, "mini")
    assert json.loads(path.read_text()) != before
