"""Files that are whole or not there."""

from __future__ import annotations

import errno
import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.storage import (
    PARTIAL,
    _pretty,
    add_json,
    read_json,
    read_or_set_aside,
    remove,
    remove_partial_files,
    write_atomically,
    write_json,
)


def test_what_is_to_go_goes_or_is_named(tmp_path):
    path = tmp_path / "result.json"
    path.touch()
    for _ in range(2):  # what is not there need not go
        remove(path)
        assert not path.exists()
    path.mkdir()
    with pytest.raises(SuiteError, match=r"cannot remove .*result\.json \(.*\): make its folder"):
        remove(path)


def test_written_json_is_read_back(tmp_path):
    path = tmp_path / "deep" / "record.json"
    content = {"schema": 1, "epochs": [1.5, None, 2], "runs": [{"key": "ab"}], "empty": {}}
    write_json(path, content)
    assert read_json(path, 1) == content
    assert json.loads(path.read_text())["checksum"]
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


def test_a_file_system_that_refuses_permission_bits_is_written_to(tmp_path, monkeypatch):
    """Mounts of other systems and object stores do; the bits are a wish."""

    def refuse(*_arguments, **_options):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    monkeypatch.setattr(type(tmp_path), "chmod", refuse)
    write_atomically(tmp_path / "record.json", b"{}")
    assert (tmp_path / "record.json").read_bytes() == b"{}"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_that_cannot_synchronize_is_written_to(tmp_path, monkeypatch, error):
    def cannot(_descriptor):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", cannot)
    write_atomically(tmp_path / "record.json", b"{}")
    assert (tmp_path / "record.json").read_bytes() == b"{}"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(SuiteError, match=r"cannot write .*results.*record\.json"):
        write_atomically(tmp_path / "results" / "smoke" / "record.json", b"{}")


def test_others_may_read_what_was_written(tmp_path):
    write_atomically(tmp_path / "record.json", b"{}")
    assert stat.S_IMODE((tmp_path / "record.json").stat().st_mode) == 0o644


def test_a_file_that_is_there_keeps_its_mode_and_a_link_its_target(tmp_path):
    shared, link = tmp_path / "shared.json", tmp_path / "link.json"
    shared.write_bytes(b"old")
    shared.chmod(0o664)
    link.symlink_to(shared)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert shared.read_bytes() == b"new"
    assert stat.S_IMODE(shared.stat().st_mode) == 0o664
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nothing.json")
    write_atomically(dangling, b"new")
    assert (tmp_path / "nothing.json").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 2}', "has schema 2, but this version reads 1"),
        (b'{"schema": 1}', "is damaged: its content is not that of its checksum"),
        (b'{"schema": 1, "checksum": "ab"}', "is damaged"),
        (b'{"schema": 1, "loss": NaN, "checksum": "ab"}', "is damaged"),
        (b'{"schema": 1, "loss": 1e999, "checksum": "ab"}', "is damaged"),
        (b"{}", "is damaged"),
        (b"[1]", "is damaged"),
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


def test_a_file_of_a_newer_version_is_not_called_damaged(tmp_path):
    path = tmp_path / "record.json"
    write_json(path, {"schema": 3, "value": 1})
    with pytest.raises(SuiteError, match="has schema 3, but this version reads 1") as caught:
        read_json(path, 1)
    assert not isinstance(caught.value, DamagedFileError)


@pytest.mark.parametrize("key", [1, True, None, "ä", "\ud800"])
def test_any_key_is_read_back(tmp_path, key):
    path = tmp_path / "record.json"
    write_json(path, {"schema": 1, "by": {key: (1, 2), "z": 0.1}})
    assert list(read_json(path, 1)["by"].values()) == [[1, 2], 0.1]


def test_the_checksum_is_of_the_content_not_of_its_layout(tmp_path):
    path = tmp_path / "record.json"
    write_json(path, {"schema": 1, "values": [1.5, {"a": 2}]})
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert read_json(path, 1)["values"] == [1.5, {"a": 2}]


def test_a_damaged_file_that_can_be_made_anew_is_set_aside(tmp_path, capsys):
    path = tmp_path / "record.json"

    def read():
        return read_or_set_aside(path, lambda found: read_json(found, 1))

    assert read() is None
    write_json(path, {"schema": 1, "value": 1})
    assert read() == {"schema": 1, "value": 1}
    path.write_bytes(path.read_bytes().replace(b"1,", b"7,"))
    content = path.read_bytes()
    assert read() is None
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith("record.json.damaged-")
    assert kept.read_bytes() == content
    # It need not be deleted any more.
    assert f"its checksum; set aside as {kept.name}\n" in capsys.readouterr().err


def test_a_folder_that_cannot_be_looked_into_holds_nothing_and_says_so_when_written(tmp_path):
    """A name too long stands for a folder that is closed, which root can always open."""
    path = tmp_path / ("x" * 300) / "record.json"
    assert read_or_set_aside(path, lambda found: read_json(found, 1)) is None
    with pytest.raises(SuiteError, match=r"cannot write .*record\.json \(File name too long\)"):
        add_json(path, {"schema": 1})


def test_a_file_of_another_version_is_left_where_it_is(tmp_path):
    path = tmp_path / "record.json"
    write_json(path, {"schema": 2})
    with pytest.raises(SuiteError, match="has schema 2"):
        read_or_set_aside(path, lambda found: read_json(found, 1))
    assert path.exists()


def test_nothing_is_lost_when_a_file_is_written_again(tmp_path):
    path = tmp_path / "record.json"
    add_json(path, {"schema": 1, "value": 1})
    first = path.read_bytes()
    add_json(path, {"schema": 1, "value": 2})
    assert read_json(path, 1)["value"] == 2
    (old,) = tmp_path.glob("record.json.replaced-*")
    assert old.read_bytes() == first


def test_what_a_kill_left_stays_where_it_cannot_be_removed(tmp_path):
    folder = tmp_path / f".record.json.abc{PARTIAL}"
    folder.mkdir()
    remove_partial_files(tmp_path)
    assert folder.exists()


def test_what_a_kill_left_is_removed(tmp_path):
    (tmp_path / f".record.json.abc{PARTIAL}").write_text("half")
    (tmp_path / "record.json").write_text("whole")
    remove_partial_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SuiteError, match=r"record\.json is missing"):
        read_json(tmp_path / "record.json", 1)
