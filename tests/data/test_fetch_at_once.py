"""Two who fetch one file: the second waits, and neither takes the other's part."""

from __future__ import annotations

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from archives import one_file_set

from zerosnet.data import fetch as fetching
from zerosnet.data.fetch import fetch
from zerosnet.files import one_at_a_time as locking
from zerosnet.files.errors import SuiteError

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def source(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


@pytest.fixture
def wanted(source):
    return one_file_set(source, CONTENT)


def both(wanted, folder, source, monkeypatch, capsys, first_error=None):
    """Fetch twice; the first is in the midst of it until the second waits.

    Returns:
        their futures; how often the file was copied.
    """
    begun, go_on = threading.Event(), threading.Event()
    copies = []
    copy = fetching._copy

    def slow(raw, source, part):
        copies.append(part)
        part.write_bytes(b"half")
        begun.set()
        assert go_on.wait(30)
        if first_error is not None and len(copies) == 1:
            raise first_error
        copy(raw, source, part)

    monkeypatch.setattr(fetching, "_copy", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(fetch, wanted, folder, source=source)
        assert begun.wait(30)
        second = pool.submit(fetch, wanted, folder, source=source)
        said = ""
        for _ in range(300):
            said += capsys.readouterr().err
            if "is waited for" in said or len(copies) > 1:
                break
            threading.Event().wait(0.1)
        go_on.set()
    assert "another process fetches raw.bin and is waited for; if it is no more, delete" in said
    return first, second, len(copies)


def test_the_second_waits_and_finds_the_file_whole(tmp_path, wanted, source, monkeypatch, capsys):
    first, second, copies = both(wanted, tmp_path / "data", source, monkeypatch, capsys)
    assert first.result() == second.result() == [tmp_path / "data" / "raw.bin"]
    assert copies == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["raw.bin"]


def test_where_the_first_fails_the_second_fetches_it(tmp_path, wanted, source, monkeypatch, capsys):
    error = SuiteError("it broke")
    first, second, copies = both(wanted, tmp_path / "data", source, monkeypatch, capsys, error)
    assert first.exception() is error
    assert second.result()[0].read_bytes() == CONTENT
    assert copies == 2


def test_a_lock_that_a_kill_has_left_does_not_hold_up(tmp_path, wanted, source):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw.bin.part.lock").touch()
    (path,) = fetch(wanted, tmp_path / "data", source=source)
    assert [each.name for each in path.parent.iterdir()] == ["raw.bin"]


def test_what_is_here_and_whole_needs_no_folder_that_can_be_written(
    tmp_path, wanted, source, monkeypatch
):
    (path,) = fetch(wanted, tmp_path / "data", source=source)

    def refused(*_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    monkeypatch.setattr(locking, "FileLock", refused)
    assert fetch(wanted, tmp_path / "data") == [path]
