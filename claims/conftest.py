"""Claims as tests: every statement of ``paper/claims.yaml`` passes, fails or says what is missing.

    for the claim (verdict.HOLDS)          pass
    against it (verdict.FAILS)             expected failure if in paper/errata.yaml, else fail
    INCONCLUSIVE                           expected failure, visible
    no evidence (verdict.NO_EVIDENCE)      skip, naming the command that gets it

Statements that need no runs are decided anew; the others are read from the results of the profile
in force (``params.yaml``), or of ``--profile``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zerosnet.experiments.profiles import load_profile
from zerosnet.judging.stages import EXACT_STAGES, load_result, without_runs
from zerosnet.judging.verdict import FAILS, HOLDS, NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.claims import Claim, load_claims
from zerosnet.paper.errata import Erratum, load_errata

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "claims" / "paper"
CLAIMS = {claim.id: claim for claim in load_claims(PAPER / "claims.yaml")}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--profile", default=None, help="whose results claims are read from")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a claim of the module's ``STAGE``; those that need no runs are ``theory``, too."""
    if "claim" not in metafunc.fixturenames:
        return
    stage = metafunc.module.STAGE
    found = [
        pytest.param(claim, id=claim.id, marks=() if claim.needs_runs else (pytest.mark.theory,))
        for claim in CLAIMS.values()
        if claim.stage == stage
    ]
    if not found:
        raise ValueError(f"{metafunc.module.__name__}: no claim of stage {stage} in claims.yaml")
    metafunc.parametrize("claim", found)


@pytest.fixture(scope="session")
def profile_name(request: pytest.FixtureRequest) -> str:
    """The profile in force."""
    return load_profile(ROOT / "params.yaml", request.config.getoption("--profile")).name


@pytest.fixture(scope="session")
def errata() -> tuple[Erratum, ...]:
    """Known failures of the paper."""
    return load_errata(PAPER / "errata.yaml")


@pytest.fixture
def check(profile_name: str, errata: tuple[Erratum, ...]) -> Callable[[Claim], None]:
    """Judge one claim, loudly."""

    def judged(claim: Claim) -> None:
        verdict = verdict_on(claim, profile_name)
        where = profile_name if claim.needs_runs else "theory"
        known = [e for e in errata if (e.claim, e.profile) == (claim.id, where)]
        settle(claim, verdict, known[0] if known else None, profile_name)

    return judged


def verdict_on(claim: Claim, profile: str) -> Verdict:
    """Decided here where no runs are needed, else as judged from the runs of a profile."""
    if not claim.needs_runs:
        return without_runs(claim, ROOT)
    result = load_result(ROOT / "results", claim.stage, profile)
    entries = result["verdicts"] if result else []
    for entry in entries:
        if entry["claim"] == claim.id:
            return Verdict.from_json(entry)
    return Verdict(claim.id, Outcome.NOT_RUN, f"no result of {claim.stage} in profile {profile}")


def settle(claim: Claim, verdict: Verdict, known: Erratum | None, profile: str) -> None:
    """Turn a verdict into pytest's outcome."""
    text = f"{verdict.outcome}: {claim.statement} {verdict.summary}"
    if verdict.outcome in NO_EVIDENCE:
        # Neither images that are missing nor a scale that is too small are had by a command.
        without = (Outcome.BLOCKED, Outcome.NOT_TESTABLE_HERE)
        if claim.stage in EXACT_STAGES or verdict.outcome in without:
            pytest.skip(text)
        wanted = profile if claim.decidable_in(profile) else claim.decided_from
        pytest.skip(
            f"{text}; to get evidence set `profile: {wanted}` in params.yaml and run "
            f"`dvc repro {claim.stage}`"
        )
    if known is not None and known.outcome == verdict.outcome:
        pytest.xfail(f"{text} Known: {known.reason}")
    if known is not None and verdict.outcome is not Outcome.INCONCLUSIVE:
        pytest.fail(f"errata.yaml expects {known.outcome}, but the verdict is {text}")
    if verdict.outcome is Outcome.INCONCLUSIVE:
        pytest.xfail(text)
    if verdict.outcome in FAILS:
        pytest.fail(f"{text}. If this stands, enter it in claims/paper/errata.yaml with its reason")
    assert verdict.outcome in HOLDS
