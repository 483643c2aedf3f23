"""Second looks at data that grow: what the file may say, and what it costs."""

from __future__ import annotations

import pytest

from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.yaml_files import read_yaml
from zerosnet.judging.looks import looks_at


def written(checkout, text):
    (checkout / "claims" / "paper" / "looks.yaml").write_text(text)
    return checkout


def test_a_stage_that_is_not_named_was_looked_at_once(checkout):
    root = written(checkout, "mini: {table1_first_order: 2}\n")
    assert looks_at("table1_first_order", "mini", root) == 2
    assert looks_at("table1_first_order", "paper", root) == 1
    assert looks_at("table2_second_order", "mini", root) == 1
    assert looks_at("table1_first_order", "mini", written(checkout, "")) == 1


@pytest.mark.parametrize(
    "text", ["[mini]", "mini: 2", "mini: {a: 0}", "mini: {a: true}", "mini: {a: x}"]
)
def test_what_is_no_number_of_looks_is_refused(checkout, text):
    with pytest.raises(SuiteError, match=r"looks\.yaml: profile → stage → a number of looks"):
        looks_at("a", "mini", written(checkout, text))


def test_remarks_and_looks_name_stages_and_profiles_that_there_are(project, claims):
    """One misspelt would be passed over in silence."""
    stages = {claim.stage for claim in claims.values()}
    paper = paper_folder(project)
    for profile, looks in read_yaml(paper / "looks.yaml").items():
        assert load_profile(project / "params.yaml", profile).name == profile
        assert looks.keys() <= stages
    assert read_yaml(paper / "remarks.yaml").keys() <= stages
