"""What pytest makes of a verdict: loud where it must be, never a success without evidence."""

from __future__ import annotations

import importlib.util

import pytest
from evidence_at_hand import claim

from zerosnet.judging.verdict import FAILS, HOLDS, NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.errata import Erratum


@pytest.fixture(scope="module")
def settle():
    from conftest import PROJECT

    spec = importlib.util.spec_from_file_location("claims_conftest", PROJECT / "claims/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.settle


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
