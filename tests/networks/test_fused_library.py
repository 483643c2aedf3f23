"""The compiled passes: where they cannot be had there are none, and no file is left."""

from __future__ import annotations

import re
import shutil

import pytest

from zerosnet.networks.fused import layout, library


@pytest.fixture(autouse=True)
def asked_anew():
    library.library.cache_clear()
    yield
    library.library.cache_clear()


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is at hand")
def test_they_are_compiled_where_there_is_a_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setattr(library.tempfile, "tempdir", str(tmp_path))
    found = library.library()
    assert found is not None
    assert library.library() is found
    assert list(tmp_path.iterdir()) == []


def test_they_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(library.FUSED_VARIABLE, "0")
    assert library.library() is None


def test_without_a_compiler_there_are_none(monkeypatch):
    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setenv("CC", "no-such-compiler")
    assert library.library() is None


@pytest.mark.parametrize(
    "script",
    ["exit 1", 'while [ "$1" != -o ]; do shift; done; echo "no library" > "$2"', "exit 0"],
    ids=["it fails", "what it makes is no library", "it makes nothing"],
)
def test_a_compiler_that_does_not_serve_is_none(script, monkeypatch, tmp_path):
    compiler = tmp_path / "cc"
    compiler.write_text(f"#!/bin/sh\n{script}\n")
    compiler.chmod(0o755)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(library.tempfile, "tempdir", str(scratch))
    assert library.compiled(str(compiler)) is None
    assert list(scratch.iterdir()) == []


def test_short_memory_is_said(monkeypatch):
    class Short:
        def combine(self):
            return 1

    monkeypatch.setattr(library, "library", Short)
    with pytest.raises(MemoryError, match="combine"):
        library.call("combine")


def test_both_languages_agree_on_the_lanes():
    source = library.SOURCE.read_text(encoding="utf-8")
    found = re.search(r"LANES = (\d+)", source)
    assert found is not None
    assert int(found.group(1)) == layout.LANES
