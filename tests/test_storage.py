"""Files that are whole or not there."""

from __future__ import annotations

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.errors import SuiteError
from zerosnet.storage import _pretty, read_json, write_atomically, write_json


def test_written_json_is_read_back(tmp_path):
    path = tmp_path / "deep" / "record.json"
    content = {"schema": 1, "epochs": [1.5, None, 2], "runs": [{"key": "ab"}], "empty": {}}
    write_json(path, content)
    assert read_json(path, 1) == content
    assert '"epochs": [1.5, null, 2]' in path.read_text()
    assert [p.name for p in path.parent.iterdir()] == ["record.json"]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_layout_is_json(value):
    assert json.loads(_pretty(value)) == value


def test_not_a_number_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "record.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_content_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    write_atomically(path, b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SuiteError, match="No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(SuiteError, match=r"cannot write .*results.*record\.json"):
        write_atomically(tmp_path / "results" / "smoke" / "record.json", b"{}")


def test_others_may_read_what_was_written(tmp_path):
    write_atomically(tmp_path / "record.json", b"{}")
    assert stat.S_IMODE((tmp_path / "record.json").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 2}', "has schema 2, but this version reads 1"),
        (b"{}", "has schema None"),
        (b"[1]", "has schema None"),
        (b'{"schema": 1', "is damaged"),
        (b"\xff\xfe\x00", "is damaged"),
        (b"[" * 100_000, "is damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(SuiteError, match=message) as caught:
        read_json(path, 1)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SuiteError, match=r"record\.json is missing"):
        read_json(tmp_path / "record.json", 1)
