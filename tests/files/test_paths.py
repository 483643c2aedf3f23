"""Where things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerosnet.files import paths
from zerosnet.files.errors import SuiteError


def test_the_checkout_is_found_from_any_folder_in_it(checkout, monkeypatch):
    monkeypatch.chdir(checkout / "claims" / "paper")
    assert paths.project_root() == checkout


def test_outside_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SuiteError, match="change to the folder you cloned"):
        paths.project_root()


def test_a_current_folder_that_has_been_removed_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SuiteError, match="the current folder has been removed: change to"):
        paths.project_root()


def test_where_nobody_can_look_nothing_is_there(tmp_path):
    assert paths.is_there(tmp_path.is_dir)
    assert not paths.is_there((tmp_path / "absent").exists)
    assert not paths.is_there((tmp_path / ("x" * 1000)).exists)
    assert not paths.is_there((tmp_path / "a\0b").exists)


def test_what_is_closed_is_not_taken_for_absent(tmp_path, monkeypatch):
    assert paths.exists(tmp_path)
    for absent in ("absent", "x" * 1000, "a\0b"):
        assert not paths.exists(tmp_path / absent)
    (tmp_path / "file").touch()
    assert not paths.exists(tmp_path / "file" / "in it")

    def closed(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(SuiteError, match=r"cannot look for .*json \(Permission denied\): make"):
        paths.exists(tmp_path / "record.json")


def test_folders_can_be_named(checkout, monkeypatch, tmp_path):
    assert paths.scratch_folder() == checkout / ".zerosnet"
    assert paths.data_folders() == (checkout / "data",)
    monkeypatch.setenv("ZEROSNET_SCRATCH", str(tmp_path / "scratch"))
    monkeypatch.setenv("ZEROSNET_DATA", str(tmp_path / "images"))
    assert paths.scratch_folder() == tmp_path / "scratch"
    assert paths.data_folders() == (tmp_path / "images", checkout / "data")


@pytest.mark.parametrize("variable", ["ZEROSNET_SCRATCH", "ZEROSNET_DATA"])
def test_the_home_of_a_user_who_is_not_known_is_one_line(checkout, monkeypatch, variable):
    monkeypatch.setenv(variable, "~no-such-user/folder")
    with pytest.raises(SuiteError, match=f"{variable} is '~no-such-user/folder': this machine"):
        (paths.scratch_folder, paths.data_folders)[variable == "ZEROSNET_DATA"]()
