"""The pipeline's commands: one lock a profile, and what is done anew."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from zerosnet.__main__ import main
from zerosnet.commands import pipeline
from zerosnet.commands.data import note_settings
from zerosnet.commands.pipeline import LOCKED, lock_of_profile, profile_in_force
from zerosnet.experiments.manifests import manifest_path
from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import scratch_folder
from zerosnet.judging.stages import load_result
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


def test_after_a_kill_the_next_call_puts_it_back(checkout):
    lock, kept = checkout / "dvc.lock", scratch_folder() / "locks" / "in-git.lock"
    lock.write_text("in git")
    with lock_of_profile(checkout, "smoke"):
        lock.write_text("half")
        left = kept.read_bytes()  # all that a kill at this moment leaves
    kept.write_bytes(left)
    lock.write_text("half")
    with lock_of_profile(checkout, LOCKED):
        assert lock.read_text() == "in git"
    assert not kept.exists()


def test_a_kill_leaves_no_lock_where_git_has_none(checkout):
    kept = scratch_folder() / "locks" / "in-git.lock"
    with lock_of_profile(checkout, "smoke"):
        left = kept.read_bytes()
    kept.write_bytes(left)
    (checkout / "dvc.lock").write_text("half")
    with lock_of_profile(checkout, LOCKED):
        assert not (checkout / "dvc.lock").exists()


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
    monkeypatch.setattr(pipeline, "_dvc", lambda root, *arguments: started.append(arguments) or 0)
    shutil.copy(project / "dvc.yaml", checkout)
    assert main(["repro", "table2_second_ordr"]) == 2
    assert "dvc.yaml has no stage 'table2_second_ordr': did you mean table2" in (
        capsys.readouterr().err
    )
    assert main(["repro", "Table2_Second_Order", "report", "results/mini/rescue.json"]) == 0
    assert started == [("repro", "table2_second_order", "report", "results/mini/rescue.json")]


def test_two_at_once_would_take_each_others_lock(checkout):
    (checkout / "dvc.lock").write_text("in git")
    with (
        lock_of_profile(checkout, "smoke"),
        pytest.raises(SuiteError, match="is at work in this checkout: wait"),
        lock_of_profile(checkout, "paper"),
    ):
        pass
    assert (checkout / "dvc.lock").read_text() == "in git"


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


def test_dvc_runs_under_both(checkout, monkeypatch):
    seen = {}

    def dvc(root, *arguments):
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
    monkeypatch.setattr(pipeline, "_dvc", lambda _root, *arguments: len(arguments))
    assert main(["lock"]) == len(("commit", "--force", "dvc.yaml"))
    for kind, stage in (("train", TABLE), ("measure", "table6_robustness")):
        assert manifest_path(checkout / "results", LOCKED, kind, stage).exists()


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
