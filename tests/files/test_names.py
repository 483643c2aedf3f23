"""Names that people type: any case does, and a slip is answered with the near ones."""

from __future__ import annotations

import pytest

from zerosnet.__main__ import main
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import in_any_case, known_name, near_names
from zerosnet.files.paths import paper_folder
from zerosnet.judging.stages import judge_stage, trained_stage
from zerosnet.judging.why import why
from zerosnet.paper.claims import load_claims

STAGES = ("table1_first_order", "table6_robustness", "table10_roots")


def test_what_a_name_begins_with_comes_before_what_looks_like_it():
    assert near_names("Table6", STAGES) == ["table6_robustness"]
    assert near_names("table1", STAGES)[:2] == ["table1_first_order", "table10_roots"]
    assert near_names("tabel6-robustnes", STAGES) == ["table6_robustness"]
    assert near_names("sandwich", STAGES) == []
    assert near_names("", STAGES) == []
    assert near_names("x" * 10**6, STAGES) == []


@pytest.mark.parametrize("typed", ["table6_robustness", "TABLE6_Robustness", " table6_robustness "])
def test_any_case_does(typed):
    assert known_name(typed, STAGES, "?") == "table6_robustness"
    assert in_any_case("robustness", STAGES) is None


def test_where_nothing_is_near_all_are_named_unless_they_are_too_many():
    with pytest.raises(SuiteError, match=r"^stage 'x' is unknown: one of table1_first_order, "):
        known_name("x", STAGES, "stage 'x' is unknown", "the list")
    many = [f"claim {number}" for number in range(131)]
    with pytest.raises(SuiteError, match=r"^claim 'x' is unknown: the list lists all 131$"):
        known_name("x", many, "claim 'x' is unknown", "the list")


def test_stages_claims_profiles_and_data_sets_are_found_in_any_case(checkout, capsys):
    assert trained_stage("Table6_Robustness").stage == "table6_robustness"
    assert load_profile(checkout / "params.yaml", "MINI").name == "mini"
    claims = load_claims(paper_folder(checkout) / "claims.yaml")
    claim = next(claim for claim in claims if not claim.needs_runs and claim.id.isascii())
    assert why(claim.id.lower(), "mini", checkout) == why(claim.id, "mini", checkout)
    path = judge_stage("Theorem1_Consistency", load_profile(checkout / "params.yaml"), checkout)
    assert path.name == "theorem1_consistency.json"
    assert main(["data", "verify", "DIGITS"]) == 0
    assert main(["method", "--name", "ZeroSNet-OPT"]) == 0
    assert "digits: whole" in capsys.readouterr().out


def test_a_data_set_in_params_is_named_as_it_is_known(checkout):
    """A run's key holds the name: two spellings would be two runs."""
    from zerosnet.data.catalogue import data_set

    assert all(data_set(name).name == name for name in CATALOGUE)
    with pytest.raises(SuiteError, match="data set 'CIFAR10' is unknown: did you mean cifar10"):
        data_set("CIFAR10")
