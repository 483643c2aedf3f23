"""Schemas for editors: those of the declared types, right about the project's own files."""

from __future__ import annotations

import json

import jsonschema
import pytest
from sample_claims import CLAIMS

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.schemas import schema_folder, schemas
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.yaml_files import read_yaml
from zerosnet.paper.claims import load_claims

PLACES = {
    "params.json": ".",
    **dict.fromkeys(("claims.json", "errata.json", "looks.json", "remarks.json"), "claims/paper"),
}


def as_json(content):
    """As an editor sees it: names are texts."""
    return json.loads(json.dumps(content))


def complaints(name, content):
    """What an editor would underline, by the file's schema."""
    validator = jsonschema.Draft202012Validator(json.loads(schemas()[name]))
    return [error.message for error in validator.iter_errors(as_json(content))]


def test_those_in_git_are_those_of_the_types(project):
    """Otherwise: `zerosnet schemas`."""
    for name, content in schemas().items():
        assert (schema_folder(project) / name).read_bytes() == content


@pytest.mark.parametrize(("name", "place"), PLACES.items())
def test_the_project_s_files_name_them_and_are_right_by_them(project, name, place):
    path = project / place / f"{name.removesuffix('.json')}.yaml"
    assert not complaints(name, read_yaml(path))
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    told = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / told).resolve() == schema_folder(project) / name


@pytest.mark.parametrize(
    "slip",
    [{"kind": "guess"}, {"margin": "1"}, {"margins": 1}, {"quote": ["a"]}, {"decided_from": "big"}],
)
def test_a_slip_in_a_claim_is_underlined_and_refused(tmp_path, slip):
    assert not complaints("claims.json", CLAIMS)
    entries = [{**CLAIMS[0], **slip}]
    assert complaints("claims.json", entries)
    path = tmp_path / "claims.yaml"
    path.write_text(json.dumps(entries))
    with pytest.raises(SuiteError):
        load_claims(path)


@pytest.mark.parametrize(
    "slip",
    [{"epoch": 3}, {"epochs": 0}, {"protocol": None}, {"tables": {"t": {"seeds": "3"}}}],
)
def test_a_slip_in_a_profile_is_underlined_and_refused(project, tmp_path, slip):
    content = as_json(read_yaml(project / "params.yaml"))
    content["profiles"]["smoke"].update(slip)
    assert complaints("params.json", content)
    path = tmp_path / "params.yaml"
    path.write_text(json.dumps(content))
    with pytest.raises(SuiteError):
        load_profile(path, "smoke")


def test_every_claim_of_the_file_has_only_declared_names(project):
    declared = json.loads(schemas()["claims.json"])["items"]["properties"]
    for entry in read_yaml(paper_folder(project) / "claims.yaml"):
        assert entry.keys() <= declared.keys()
