"""Profiles: the three of params.yaml, and every slip in it answered in one line."""

from __future__ import annotations

import pytest
import yaml

from zerosnet.errors import SuiteError
from zerosnet.experiments import EXPERIMENTS
from zerosnet.profiles import load_profile

GOOD = {
    "profile": "smoke",
    "profiles": {
        "smoke": {
            "data": {"CIFAR-10": {"name": "digits"}},
            "protocol": "as-paper",
            "precision": "float32",
            "epochs": 1,
            "tables": {"table1_first_order": {"seeds": 2, "only": {"alpha": 1}}},
        }
    },
}


def load(tmp_path, content, name=None):
    path = tmp_path / "params.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return load_profile(path, name)


def changed(**entries):
    smoke = {**GOOD["profiles"]["smoke"], **entries}
    return {"profile": "smoke", "profiles": {"smoke": smoke}}


@pytest.mark.parametrize("name", ["smoke", "mini", "paper"])
def test_the_projects_profiles_cover_every_experiment(project, name):
    profile = load_profile(project / "params.yaml", name)
    assert set(profile.tables) == set(EXPERIMENTS)
    assert profile.is_smoke == (name == "smoke")


def test_the_profile_in_force_is_smoke(project):
    assert load_profile(project / "params.yaml").name == "smoke"


def test_only_the_paper_profile_keeps_the_papers_depth_and_epochs(project):
    paper = load_profile(project / "params.yaml", "paper")
    assert paper.epochs is None
    tables = {n: c for n, c in paper.tables.items() if n.startswith("table")}
    assert all(choice.layers is None and not choice.only for choice in tables.values())
    assert all(choice.seeds >= 3 for choice in paper.tables.values())


def test_values_are_read(tmp_path):
    profile = load(tmp_path, GOOD)
    assert profile.data["CIFAR-10"].name == "digits"
    assert profile.tables["table1_first_order"].only == {"alpha": "1"}
    assert profile.epochs == 1


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (GOOD, "huge", "profile 'huge' is not in params.yaml: one of smoke"),
        ({**GOOD, "profile": None}, None, "profile None is not in"),
        ("profile: [", None, "cannot be read"),
        ("", None, "entries of the form"),
        ({"profile": "smoke"}, None, "lists no profiles"),
        (changed(epoch=3), None, "'epoch' is unknown"),
        (changed(epochs=0), None, "epochs is 0"),
        (changed(epochs=True), None, "epochs is True"),
        (changed(epochs="3"), None, "epochs is '3'"),
        (changed(data=[]), None, "data: entries of the form"),
        (changed(data={"CIFAR-10": {}}), None, "'name' is missing"),
        (changed(data={"CIFAR-10": {"name": "digits", "size": -8}}), None, "size is -8"),
        (changed(tables={"table1_first_order": {"layers": 20}}), None, "'seeds' is missing"),
        (changed(tables={"table1_first_order": {"seed": 1}}), None, "'seed' is unknown"),
    ],
)
def test_slips_are_named_in_one_line(tmp_path, content, name, message):
    with pytest.raises(SuiteError, match=message) as caught:
        load(tmp_path, content, name)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SuiteError, match=r"params\.yaml is missing"):
        load_profile(tmp_path / "params.yaml")
