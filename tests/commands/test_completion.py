"""Completion: the shell is asked what it would offer."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from importlib import import_module

import pytest

from zerosnet.__main__ import command_line, main
from zerosnet.commands.completion import names_known, script


def offered(tmp_path, *typed):
    """What bash offers for the last word of a command line."""
    path = tmp_path / "zerosnet.bash"
    path.write_text(script(command_line("zerosnet"), "bash", names_known()))
    words = " ".join(f"'{word}'" for word in ("zerosnet", *typed))
    asked = f'. "{path}"; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _shtab_zerosnet; '
    found = subprocess.run(
        ["bash", "-c", asked + 'printf "%s\\n" "${COMPREPLY[@]}"'],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return found.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "expected", "unexpected"),
    [
        (["wh"], {"why", "where"}, {"plan"}),
        (["why", "C2"], {"C20", "C23", "C26-cifar10-lm"}, {"C30"}),
        (["train", "table3"], {"table3_third_order", "table3_as_code"}, {"table1_first_order"}),
        (["plan", "C0"], {"C08", "C09"}, set()),
        (["plan", "appendix_p"], {"appendix_pgd"}, {"appendix_fgsm"}),
        (["judge", "gauge", "--profile", "m"], {"mini", "medium"}, {"paper"}),
        (["data", "fetch", "cifar"], {"cifar10", "cifar100"}, {"mnist"}),
    ],
)
def test_bash_offers_what_can_be_typed(project, tmp_path, monkeypatch, typed, expected, unexpected):
    monkeypatch.chdir(project)
    found = set(offered(tmp_path, *typed))
    assert expected <= found
    assert not unexpected & found


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_scripts_name_every_command_and_claim(project, monkeypatch, capsys, shell):
    monkeypatch.chdir(project)
    assert main(["completion", shell]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("C23", "table6_robustness", "medium", "cifar100", "why"))


def test_where_the_script_goes_can_be_copied(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    with pytest.raises(SystemExit):
        main(["completion", "--help"])
    assert " > ~/.local/share/bash-completion/completions/zerosnet\n" in capsys.readouterr().out


def test_the_console_command_is_the_command_line(project, capsys):
    declared = tomllib.loads((project / "pyproject.toml").read_text())
    module, _, name = declared["project"]["scripts"]["zerosnet"].partition(":")
    assert getattr(import_module(module), name) is main
    assert command_line("zerosnet").format_usage().startswith("usage: zerosnet ")
    assert command_line().format_usage().startswith("usage: python -m zerosnet ")


def test_the_package_says_that_it_is_typed(project):
    """PEP 561: the marker lies in the package and is packed with it."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "py.typed" in declared["package-data"]["zerosnet"]
    assert (project / "zerosnet" / "py.typed").exists()
