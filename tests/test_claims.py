"""Claims as tests: every one once, loud where it must be, never a success without evidence."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from evidence_at_hand import claim

from zerosnet.files.paths import paper_folder
from zerosnet.judging.verdict import FAILS, HOLDS, NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.claims import load_claims
from zerosnet.paper.errata import Erratum


@pytest.fixture(scope="module")
def conftest():
    from conftest import PROJECT

    spec = importlib.util.spec_from_file_location("claims_conftest", PROJECT / "claims/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def settle(conftest):
    return conftest.settle


def test_every_claim_is_tested_once(project):
    """By what pytest collects: ids of tests of claims begin with the claim's."""
    arguments = ["claims", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    found = re.findall(r"^claims/\S+::\w+\[([\w-]+): ", listed, re.MULTILINE)
    assert sorted(found) == sorted(c.id for c in load_claims(paper_folder(project) / "claims.yaml"))


def test_theory_loads_no_torch(project):
    code = (
        "import sys, pytest\n"
        "arguments = 'claims -m theory -q --max-examples 1 -p no:cacheprovider'.split()\n"
        "failed = pytest.main(arguments)\n"
        "sys.exit(failed or int('torch' in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def test_effort_is_at_least_one_example(conftest):
    options = SimpleNamespace(getoption=lambda _name, _default: 0)
    with pytest.raises(pytest.UsageError, match="--max-examples 0: at least 1"):
        conftest.pytest_configure(options)


def test_a_profile_that_is_not_there_is_one_line(conftest):
    options = SimpleNamespace(
        getoption=lambda name, _default: "nope" if name == "--profile" else None
    )
    with pytest.raises(pytest.UsageError, match="--profile nope: profile 'nope' is not in"):
        conftest.pytest_configure(options)


def test_a_module_that_tests_nothing_is_an_error(conftest):
    with pytest.raises(ValueError, match="no claim of stage \\['table11'\\]"):
        conftest.claims_of(SimpleNamespace(__name__="test_table11", STAGE="table11"))


def test_ids_are_words_that_the_system_can_write(conftest, monkeypatch):
    assert conftest.words("C19: λ in (−∞, −1)") == "C19: λ in (−∞, −1)"
    assert len(conftest.words("word " * 100)) == conftest.LONGEST
    monkeypatch.setattr(conftest.sys, "getfilesystemencoding", lambda: "ascii")
    assert conftest.words("λ") == r"\u03bb"


def what_pytest_says(settle, outcome, known=None):
    erratum = known and Erratum("C00", known, "mini", "a reason")
    try:
        settle(claim("order"), Verdict("C00", outcome, "a summary"), erratum, "mini")
    except pytest.skip.Exception as skipped:
        return "skipped", str(skipped)
    except pytest.xfail.Exception as expected:
        return "xfailed", str(expected)
    except pytest.fail.Exception as failed:
        return "failed", str(failed)
    return "passed", ""


@pytest.mark.parametrize("outcome", Outcome)
def test_without_errata(settle, outcome):
    said, text = what_pytest_says(settle, outcome)
    expected = (
        dict.fromkeys(HOLDS, "passed")
        | dict.fromkeys(FAILS, "failed")
        | dict.fromkeys(NO_EVIDENCE, "skipped")
        | {Outcome.INCONCLUSIVE: "xfailed"}
    )
    assert said == expected[outcome]
    assert said == "passed" or outcome in text


def test_evidence_that_is_missing_names_its_command(settle):
    _, text = what_pytest_says(settle, Outcome.NOT_RUN)
    assert "`profile: mini`" in text
    assert "`dvc repro table1_first_order`" in text


@pytest.mark.parametrize("outcome", sorted(FAILS))
def test_a_known_failure_is_expected(settle, outcome):
    assert what_pytest_says(settle, outcome, known=outcome)[0] == "xfailed"


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        (Outcome.ORDER_HOLDS, Outcome.ORDER_REVERSED),
        (Outcome.PROVED, Outcome.REFUTED),
        (Outcome.DIFFERS, Outcome.REFUTED),
    ],
)
def test_an_erratum_that_no_longer_fits_is_a_failure(settle, outcome, known):
    assert what_pytest_says(settle, outcome, known)[0] == "failed"
