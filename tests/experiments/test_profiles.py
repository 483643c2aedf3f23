"""Profiles: the three of params.yaml, and every slip in it answered in one line."""

from __future__ import annotations

import pytest
import yaml

from zerosnet.data.choice import DataChoice
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.timed import RUNTIME_STAGE
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError

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


@pytest.mark.parametrize("name", ["smoke", "mini", "medium", "paper"])
def test_the_projects_profiles_cover_every_experiment(project, name):
    profile = load_profile(project / "params.yaml", name)
    assert set(profile.tables) == {*EXPERIMENTS, RUNTIME_STAGE}


def test_the_profile_in_force_is_smoke(project):
    assert load_profile(project / "params.yaml").name == "smoke"


def test_only_the_paper_profile_keeps_the_papers_depth_and_epochs(project):
    paper = load_profile(project / "params.yaml", "paper")
    assert paper.epochs is None
    tables = {n: c for n, c in paper.tables.items() if n.startswith("table")}
    assert all(not choice.layers and not choice.only for choice in tables.values())
    assert all(choice.epochs is None and not choice.data for choice in tables.values())
    assert all(choice.seeds >= 3 for choice in paper.tables.values())


def test_values_are_read(tmp_path):
    profile = load(tmp_path, GOOD)
    assert profile.data["CIFAR-10"].name == "digits"
    assert profile.tables["table1_first_order"].only == {"alpha": ("1",)}
    assert profile.epochs == 1
    assert profile.optional == ()


def test_a_table_may_have_its_own_images_depths_and_epochs(tmp_path):
    choice = {
        "seeds": 1,
        "only": {"n_layers": [44, "56"]},
        "layers": {44: 20},
        "data": {"CIFAR-100": {"name": "digits", "train": 100}},
        "epochs": 9,
        "images": 50,
    }
    content = changed(tables={"table7_generalization_gap": choice}, optional=["imagenet"])
    profile = load(tmp_path, content)
    found = profile.tables["table7_generalization_gap"]
    assert found.only == {"n_layers": ("44", "56")}
    assert (found.depth(44), found.depth(56)) == (20, 56)
    assert found.data == {"CIFAR-100": DataChoice("digits", train=100)}
    assert (found.epochs, found.images) == (9, 50)
    assert profile.optional == ("imagenet",)


def test_the_largest_numbers_that_are_no_slip_are_read(tmp_path):
    choice = {"seeds": 1_000, "layers": 10_000, "width": 10_000}
    profile = load(tmp_path, changed(epochs=10_000_000, tables={"table1_first_order": choice}))
    found = profile.tables["table1_first_order"]
    assert (profile.epochs, found.seeds, found.layers, found.width) == (10**7, 1000, 10**4, 10**4)


def test_one_depth_for_all_rows(tmp_path):
    content = changed(tables={"table1_first_order": {"seeds": 1, "layers": 20}})
    assert load(tmp_path, content).tables["table1_first_order"].depth(32) == 20


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (GOOD, "huge", "profile 'huge' is not in params.yaml: one of smoke"),
        ({**GOOD, "profile": None}, None, "profile None is not in"),
        ({**GOOD, "profile": ["smoke"]}, None, r"profile \['smoke'\] is not in"),
        (
            {"profiles": {"../up": {}}},
            "../up",
            "profile '../up' is not a name of letters and digits",
        ),
        ({"profiles": {"smoke": 3}}, "smoke", "entries of the form"),
        ({"profiles": {2: GOOD["profiles"]["smoke"]}}, "2", "profile 2 is no text"),
        ("profile: a\nprofile: b", None, "'profile' stands there twice"),
        (changed(protocol=None), None, "protocol is None: a text is expected"),
        (changed(precision=32), None, "precision is 32: a text is expected"),
        (changed(epochs=10**8), None, "epochs is 100000000: .* 10,000,000 at most"),
        (changed(data={"CIFAR-10": {"name": ["digits"]}}), None, "a text is expected"),
        (changed(tables={"t": {"seeds": 10**6}}), None, "seeds is 1000000: .* 1,000 at most"),
        (changed(tables={"t": {"seeds": 1, "layers": {44: 10**6}}}), None, "10,000 at most"),
        (
            {"profil": "smoke", "profiles": GOOD["profiles"]},
            None,
            "no line 'profile: NAME', which says what is in force: one of smoke",
        ),
        ("profile: [", None, "cannot be read"),
        ("", None, "entries of the form"),
        ({"profile": "smoke"}, None, "lists no profiles"),
        (changed(epoch=3), None, "'epoch' is unknown"),
        (changed(epochs=0), None, "epochs is 0"),
        (changed(epochs=True), None, "epochs is True"),
        (changed(epochs="3"), None, "epochs is '3'"),
        (changed(data=[]), None, "data: entries of the form"),
        (changed(data={"CIFAR-10": {}}), None, "'name' is missing"),
        (changed(data={10: {"name": "digits"}}), None, "smoke, data: .* as 10, .* in quotes"),
        ("profile: a\nprofiles: {a: {data: {no: {}}}}", None, "a, data: .* as False, .* in quotes"),
        (changed(tables={1.5: {"seeds": 1}}), None, "smoke, tables: .* as 1.5, .* in quotes"),
        (changed(tables={"t": {"seeds": 1, "data": {10: {}}}}), None, "t, data: .* as 10, "),
        (changed(tables={"t": {"seeds": 1, "only": {10: "1"}}}), None, "t, only: .* as 10, "),
        (changed(data={"CIFAR-10": {"name": "digits", "size": -8}}), None, "size is -8"),
        (changed(tables={"table1_first_order": {"layers": 20}}), None, "'seeds' is missing"),
        (changed(tables={"table1_first_order": {"seed": 1}}), None, "'seed' is unknown"),
        (changed(optional=["cifra10"]), None, "optional: .* 'cifra10' is unknown: did you mean"),
        (changed(optional={"imagenet": True}), None, "a text or a list of texts is expected"),
        (changed(tables={"t": {"seeds": 1, "only": {"k": {}}}}), None, "only k is {}"),
        (changed(tables={"t": {"seeds": 1, "layers": {44: 0}}}), None, "layers 44 is 0"),
        (changed(tables={"t": {"seeds": 1, "layers": {"a": 8}}}), None, "layers is 'a'"),
        (changed(tables={"t": {"seeds": 1, "data": {"M": {}}}}), None, "data M: 'name' is"),
    ],
)
def test_slips_are_named_in_one_line(tmp_path, content, name, message):
    with pytest.raises(SuiteError, match=message) as caught:
        load(tmp_path, content, name)
    assert "\n" not in str(caught.value)


def test_medium_is_all_of_cifar_10_as_published(project):
    medium = load_profile(project / "params.yaml", "medium")
    rows = plan_stage("roots_or_weights", medium, project)
    run = rows[0].runs[0]
    assert (run.data, run.architecture.depth, run.recipe.epochs) == (DataChoice("cifar10"), 20, 20)
    assert run.recipe.decay_epochs == (10, 15)
    assert {len(row.runs) for row in rows} == {3}
    # Two whole designs of two by two.
    assert len(rows) == 8


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SuiteError, match=r"params\.yaml is missing"):
        load_profile(tmp_path / "params.yaml")
