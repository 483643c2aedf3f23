"""What programs and shells ask the command line for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zerosnet
from zerosnet.__main__ import main
from zerosnet.data.catalogue import CATALOGUE


def printed(capsys, *arguments):
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


def test_the_data_sets(checkout, capsys):
    found = printed(capsys, "data", "list", "--json")
    assert [each["name"] for each in found["data_sets"]] == [*CATALOGUE]
    here = {each["name"]: each["here"] for each in found["data_sets"]}
    assert here["digits"]
    assert not here["cifar10"]


def test_a_plan(checkout, capsys):
    found = printed(capsys, "plan", "table1_first_order", "--profile", "smoke", "--json")
    (stage,) = found["stages"]
    assert stage["stage"] == "table1_first_order"
    assert len(stage["missing"]) == stage["runs"] == found["missing"] == 2
    assert found["seconds"] >= 0
    assert found["rates"]["float32"]["operations_a_second"] > 0


def test_a_plan_is_a_dry_run(checkout, capsys):
    printed(capsys, "plan", "table1_first_order", "--profile", "smoke", "--json")
    assert not (checkout / "results").exists()


def test_why(checkout, capsys):
    found = printed(capsys, "why", "c05", "--json")
    assert (found["claim"], found["profile"]) == ("C05", "theory")
    assert found["certificate"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_a_program_of_the_shell(shell, capsys):
    assert main(["completion", shell]) == 0
    program = capsys.readouterr().out
    assert "zerosnet" in program
    for command in ("train", "why", "plan", "--profile"):
        assert command in program
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=program, text=True, check=True)


def test_an_unknown_shell_is_refused(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["completion", "fish"])
    assert refused.value.code == 2


def test_the_package_is_typed_and_has_a_command():
    assert (Path(zerosnet.__file__).parent / "py.typed").is_file()
    command = Path(sys.executable).parent / "zerosnet"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"zerosnet {zerosnet.__version__}\n"
