"""The compiled passes: where they cannot be had there are none, and no file is left."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile

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
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
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
def test_a_compiler_that_does_not_serve_is_none_and_that_is_said(
    script, monkeypatch, tmp_path, capsys
):
    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    compiler = tmp_path / "cc"
    compiler.write_text(f"#!/bin/sh\n{script}\n")
    compiler.chmod(0o755)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("CC", str(compiler))
    assert library.library() is None
    assert list(scratch.iterdir()) == []
    said = capsys.readouterr().err
    assert said.startswith(
        "bfloat16 is left to PyTorch's own operations, whose rounding is another"
    )
    assert said.count("\n") == 1
    assert library.library() is None  # it is said once
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is at hand")
def test_a_compiler_may_be_named_with_its_arguments(monkeypatch):
    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setenv("CC", "cc -g0 '-DA_BLANK=1 + 1'")
    assert library.library() is not None


@pytest.mark.parametrize("named", ["cc 'half", "no-such-compiler -m64"])
def test_a_compiler_that_is_no_command_is_said(named, monkeypatch, capsys):
    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setenv("CC", named)
    assert library.library() is None
    said = capsys.readouterr().err
    assert repr(named) in said
    assert said.count("\n") == 1


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is at hand")
def test_without_a_temporary_folder_the_passes_are_left_out_and_that_is_said(monkeypatch, capsys):
    def none(*_, **__):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", none)
    assert library.library() is None
    said = capsys.readouterr().err
    assert "No usable temporary directory" in said
    assert "TMPDIR=FOLDER" in said
    assert said.count("\n") == 1


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is at hand")
def test_a_temporary_folder_that_nothing_may_be_run_from_is_said(monkeypatch, capsys):
    """As some systems mount /tmp: the loader answers for them here."""

    def forbidden(_name):
        raise OSError("passes.so: failed to map segment from shared object")

    monkeypatch.delenv(library.FUSED_VARIABLE, raising=False)
    monkeypatch.setattr(library.ctypes, "CDLL", forbidden)
    assert library.library() is None
    said = capsys.readouterr().err
    assert "failed to map segment" in said
    assert "TMPDIR=FOLDER" in said


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
