"""Stamps: an unchanged file is hashed once, a changed one again, whatever the stamps say."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import pytest
from archives import one_file_set

from zerosnet.data import stamps as stamping
from zerosnet.data.stamps import Stamps
from zerosnet.files.errors import SuiteError

LONG_AGO = time.time_ns() - 3600 * 10**9


@pytest.fixture
def hashed(monkeypatch):
    """The files that were read for their checksum."""
    read = []
    real = stamping.checksum_of

    def noting(path, raw):
        read.append(path.name)
        return real(path, raw)

    monkeypatch.setattr(stamping, "checksum_of", noting)
    return read


@pytest.fixture
def raw(tmp_path):
    (raw,) = one_file_set(tmp_path).files
    age(tmp_path / "raw.bin", 0)
    return raw


def age(path, seconds):
    os.utime(path, ns=(LONG_AGO, LONG_AGO + seconds * 10**9))


def verify(tmp_path, raw):
    Stamps(tmp_path / "scratch" / "raw.json").verify(tmp_path / "raw.bin", raw)


def test_an_unchanged_file_is_hashed_once(tmp_path, raw, hashed):
    for _ in range(3):
        verify(tmp_path, raw)
    assert hashed == ["raw.bin"]


def test_another_time_or_size_is_hashed_again(tmp_path, raw, hashed):
    path = tmp_path / "raw.bin"
    verify(tmp_path, raw)
    age(path, 5)
    verify(tmp_path, raw)
    assert len(hashed) == 2
    path.write_bytes(path.read_bytes() + b"!")
    age(path, 5)
    for number in (3, 4):  # what is not whole gets no stamp
        with pytest.raises(SuiteError, match="is damaged or another file"):
            verify(tmp_path, raw)
        assert len(hashed) == number


def test_a_file_that_may_still_be_written_gets_no_stamp(tmp_path, raw, hashed):
    os.utime(tmp_path / "raw.bin")
    verify(tmp_path, raw)
    verify(tmp_path, raw)
    assert len(hashed) == 2
    assert not (tmp_path / "scratch").exists()


def test_another_pin_is_checked_again(tmp_path, raw, hashed):
    verify(tmp_path, raw)
    with pytest.raises(SuiteError, match="expected md5 00"):
        verify(tmp_path, replace(raw, checksum="00"))
    verify(tmp_path, replace(raw, checksum="00", repacked=raw.checksum))
    assert len(hashed) == 2  # the second packing's checksum is on the stamp


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-20],
        lambda text: text.replace('"size": 20', '"size": 21'),
        lambda text: text.replace('"mtime_ns": 1', '"mtime_ns": 2'),
        lambda text: text.replace('"checksum": "', '"checksum": "0'),
        lambda text: text.replace("raw.bin", "row.bin"),
        lambda text: text.replace('"schema": 1', '"schema": 2'),
        lambda text: json.dumps({"schema": 1, "files": [1]}),
        lambda text: json.dumps({"schema": 1, "files": {"x": 1}}),
    ],
)
def test_damaged_stamps_only_cost_time(tmp_path, raw, hashed, damage):
    verify(tmp_path, raw)
    path = tmp_path / "scratch" / "raw.json"
    text = path.read_text()
    path.write_text(damage(text))
    assert path.read_text() != text
    verify(tmp_path, raw)
    assert len(hashed) == 2
    verify(tmp_path, raw)
    assert len(hashed) == 2


def test_a_scratch_folder_that_cannot_be_written_only_costs_time(tmp_path, raw, hashed):
    (tmp_path / "scratch").write_text("a file where a folder should be")
    verify(tmp_path, raw)
    verify(tmp_path, raw)
    assert len(hashed) == 2


def test_a_file_that_vanished_is_named(tmp_path, raw):
    (tmp_path / "raw.bin").unlink()
    with pytest.raises(SuiteError, match=r"cannot read .*raw\.bin"):
        verify(tmp_path, raw)
