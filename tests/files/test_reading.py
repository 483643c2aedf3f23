"""Files that stand in git: read, or refused in one line."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.pinned import pinned_names
from zerosnet.files.reading import content_of
from zerosnet.files.yaml_files import read_yaml
from zerosnet.paper.tables import load_table


def test_a_file_is_read_whole_or_up_to_a_number_of_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff content")
    assert content_of(tmp_path / "file") == b"\xff content"
    assert content_of(tmp_path / "file", 3) == b"\xff c"


@pytest.mark.parametrize("read", [content_of, read_yaml, load_table])
def test_every_reader_says_the_same_of_what_cannot_be_read(tmp_path, read):
    with pytest.raises(SuiteError, match=r"absent is missing: restore it with git"):
        read(tmp_path / "absent")
    with pytest.raises(SuiteError, match=r"cannot be read \(Is a directory\): restore it with git"):
        read(tmp_path)


def test_the_list_of_checksums_too(tmp_path):
    with pytest.raises(SuiteError, match="SHA256SUMS is missing: restore it with git"):
        pinned_names(tmp_path)
