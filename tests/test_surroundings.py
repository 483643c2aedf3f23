"""Surroundings that are no fault of the suite: its tests say so and go on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

#: A test of every kind that the suite has, and a helper that asserts as tests/fuzzing.py does.
TESTS = """
import pytest
from hypothesis import given, strategies as st

@given(st.integers())
def test_all(value):
    assert value == value

def test_a_fault_is_a_fault():
    with pytest.raises(AssertionError):
        assert not True
"""


def run(project, tmp_path, *options, text=TESTS, **variables):
    path = tmp_path / "test_theirs.py"
    path.write_text(text)
    command = [sys.executable, *options, "-m", "pytest", "-c", str(project / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), "-p", "no:xdist", str(path)]
    # No folder can be made below a file, by nobody: as in a checkout that is read-only.
    command += ["-o", "cache_dir=/dev/null/cache"]
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": "/dev/null/examples", **variables}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("-O",)], ids=["read-only", "read-only, python -O"])
def test_a_checkout_that_cannot_be_written_passes(project, tmp_path, options):
    status, said = run(project, tmp_path, *options)
    assert status == 0, said
    assert "2 passed" in said
    assert "PytestCacheWarning" in said


@pytest.mark.parametrize(
    ("warning", "passes"),
    [
        ("'CUDA initialization: The NVIDIA driver on your system is too old'", True),
        ("'an array of another shape is broadcast'", False),
        ("'it is going away', DeprecationWarning", False),
    ],
)
def test_a_warning_of_the_machine_is_no_fault_and_one_of_the_code_is(
    project, tmp_path, warning, passes
):
    text = f"import warnings\n\ndef test_it():\n    warnings.warn({warning})\n"
    status, said = run(project, tmp_path, text=text)
    assert (status == 0) is passes, said


def test_a_checkout_has_the_same_bytes_where_git_would_end_lines_otherwise(project, tmp_path):
    if not (project / ".git").exists():
        pytest.skip("no git repository: nothing to check out")
    attributes = (project / ".gitattributes").read_text()
    content = b"one\ntwo\n"

    def git(*arguments):
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    theirs, here = tmp_path / "theirs", tmp_path / "here"
    git("init", "--quiet", str(here))
    for name in ("claims.yaml", "Makefile", "run.json", "page.svg", ".ci/run"):
        path = here / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (here / ".gitattributes").write_text(attributes)
    git("-C", str(here), "add", ".")
    git("-C", str(here), "commit", "--quiet", "--message", "x")
    git("clone", "--quiet", "-c", "core.autocrlf=true", str(here), str(theirs))
    found = {
        path.name: path.read_bytes()
        for path in theirs.rglob("*")
        if path.name in ("claims.yaml", "Makefile", "run.json", "page.svg", "run")
    }
    assert set(found.values()) == {content}
    assert len(found) == 5


@pytest.mark.skipif(shutil.which("make") is None, reason="no make is at hand")
def test_a_source_archive_needs_no_git(project, tmp_path):
    if not (project / ".git").exists():
        pytest.skip("no git repository: nothing to export")
    folder, archive = tmp_path / "unpacked", tmp_path / "archive.zip"
    folder.mkdir()
    # The files that are changed here stand in for the last commit's.
    subprocess.run(["git", "-C", project, "archive", "-o", archive, "HEAD"], check=True)
    shutil.unpack_archive(archive, folder)
    shutil.copy(project / "Makefile", folder)

    def status():
        command = [sys.executable, "-m", "dvc", "status", "theorem1_consistency"]
        environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    code, said = status()
    assert code != 0
    assert "is not a git repository" in said
    binaries = os.path.dirname(sys.executable)  # noqa: PTH120
    subprocess.run(["make", "scm", f"BIN={binaries}"], cwd=folder, check=True)
    code, said = status()
    assert code == 0, said
