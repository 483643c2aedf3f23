"""What a code host reads: workflow, issue forms, container; their commands and paths exist."""

from __future__ import annotations

import json
import os
import re
import tomllib

import pytest
import yaml
from conftest import PROJECT

_FORMS = sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*_*.yml"))


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())


@pytest.fixture(scope="module")
def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def make_targets():
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE)) | {".venv/installed"}


def commands_of(text):
    """Targets that a text tells make to build."""
    return set(re.findall(r"\bmake ((?:\.venv/)?[a-z-]+)", text))


def test_actions_are_pinned_by_hash_with_their_release_beside(workflow):
    text = (PROJECT / ".github" / "workflows" / "ci.yml").read_text()
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == 2 * len(workflow["jobs"])
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_the_workflow_may_read_and_has_no_secrets(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    assert "secrets." not in json.dumps(workflow["jobs"])


def test_every_command_of_the_workflow_exists(steps):
    commands = [step["run"] for step in steps if "run" in step]
    assert "make lint" in commands
    for command in commands:
        program, *rest = command.split()
        if program == "make":
            assert set(rest) <= make_targets()
        elif program == ".venv/bin/python":
            assert rest == ["-m", "zerosnet", "report", "--check"]
        else:
            assert os.access(PROJECT / program, os.X_OK)


def test_pushes_and_weeks_have_their_jobs(workflow):
    # YAML reads the key "on" as true.
    assert set(workflow[True]) == {"push", "pull_request", "schedule", "workflow_dispatch"}
    conditions = {name: job["if"] for name, job in workflow["jobs"].items()}
    assert ["push" in conditions[name] for name in ("tests", "smoke", "everything")] == [
        True,
        True,
        False,
    ]
    assert "schedule" in conditions["everything"]
    assert all(job["timeout-minutes"] <= 360 for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", _FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_for_what_it_needs(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    identities = [part["id"] for part in asked]
    assert len(set(identities)) == len(identities) >= 3
    assert all(part["attributes"]["label"] for part in asked)
    assert all(part["validations"]["required"] for part in asked)
    assert commands_of(path.read_text(encoding="utf-8")) <= make_targets()


def test_a_differing_run_comes_with_its_record():
    (form,) = [path for path in _FORMS if path.stem == "other_run"]
    text = form.read_text(encoding="utf-8")
    assert "training.json" in text
    placeholder = re.search(r"placeholder: ([0-9a-f]{16})", text)
    assert placeholder
    assert list((PROJECT / "results").glob(f"*/runs/{placeholder[1]}/training.json"))


def test_the_container_has_a_python_that_the_project_takes_and_knows_the_commands():
    folder = PROJECT / ".devcontainer"
    container = json.loads((folder / "devcontainer.json").read_text())
    dockerfile = (folder / container["build"]["dockerfile"]).read_text()
    required = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"]
    version = re.match(r"FROM python:(\d+\.\d+)-", dockerfile)
    assert version
    assert required == f">={version[1]}"
    assert commands_of(container["postCreateCommand"]) == {".venv/installed", "repro", "test"}
    assert commands_of(container["postCreateCommand"]) <= make_targets()
