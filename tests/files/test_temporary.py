"""Temporary folders: where there is no room for one, it is they that are named."""

from __future__ import annotations

import errno
import os
import tempfile

import pytest
from archives import TREE, write_tar

from zerosnet.data import archives
from zerosnet.data.archives import unpack_tar
from zerosnet.files.errors import SuiteError
from zerosnet.files.temporary import temporary_folder

ADVICE = r"no temporary files can be written \(.*\): make room, or name .*TMPDIR=FOLDER$"


def test_a_folder_is_there_and_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        (folder / "file").write_bytes(b"content")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_no_place_for_one_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(SuiteError, match=ADVICE), temporary_folder():
        pass


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_temporary_folder_does_not_blame_the_archive(tmp_path, monkeypatch, number):
    path = write_tar(tmp_path / "whole.tar", TREE)

    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(archives.shutil, "copyfileobj", full)
    with pytest.raises(SuiteError, match=ADVICE) as caught:
        unpack_tar(path, tmp_path / "out", 1 << 20)
    assert "archive" not in str(caught.value)


def test_a_damaged_archive_is_still_blamed(tmp_path):
    path = tmp_path / "half.tar"
    whole = write_tar(tmp_path / "whole.tar", TREE).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SuiteError, match="is no whole archive"):
        unpack_tar(path, tmp_path / "out", 1 << 20)
