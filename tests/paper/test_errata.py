"""Errata: the project's own, and slips."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.paper.claims import load_claims
from zerosnet.paper.errata import load_errata


def test_errata_are_about_claims_that_there_are(project):
    claims = {claim.id for claim in load_claims(paper_folder(project) / "claims.yaml")}
    errata = load_errata(paper_folder(project) / "errata.yaml")
    assert {entry.claim for entry in errata} <= claims
    assert all(entry.reason for entry in errata)


@pytest.mark.parametrize(
    "text",
    [
        "- {claim: C01}",
        "- {claim: C01, outcome: PROVED, profile: theory, reason: none}",
        "- {claim: C01, outcome: REFUTED, profile: smoke, reason: none}",
        "- C01",
    ],
)
def test_slips_are_named(tmp_path, text):
    path = tmp_path / "errata.yaml"
    path.write_text(text)
    with pytest.raises(SuiteError, match=r"errata\.yaml, entry 1"):
        load_errata(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {claim: C01, outcome: [REFUTED], profile: theory, reason: none}", "are texts"),
        ("- {claim: C01, outcome: REFUTED, profile: theory, reason: ''}", "are texts"),
        ("claim: C01", "a list of errata is expected"),
        ("0", "a list of errata is expected"),
        ("- [", "cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    path = tmp_path / "errata.yaml"
    path.write_text(text)
    with pytest.raises(SuiteError, match=message):
        load_errata(path)


def test_a_claim_has_one_entry_for_a_profile(tmp_path):
    """Of two, one would be read and the other would not."""
    path = tmp_path / "errata.yaml"
    entry = "- {claim: C01, outcome: REFUTED, profile: theory, reason: none}\n"
    path.write_text(entry + entry.replace("theory", "mini"))
    assert [erratum.profile for erratum in load_errata(path)] == ["theory", "mini"]
    path.write_text(entry * 2)
    with pytest.raises(SuiteError, match=r"errata\.yaml, entry 2: C01 in theory has an entry"):
        load_errata(path)


def test_there_may_be_none(tmp_path):
    path = tmp_path / "errata.yaml"
    path.write_text("# nothing yet\n")
    assert load_errata(path) == ()
