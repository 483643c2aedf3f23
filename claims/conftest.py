"""Claims as tests: every statement of ``paper/claims.yaml`` passes, fails or says what is missing.

    for the claim (verdict.HOLDS)          pass
    against it (verdict.FAILS)             expected failure if in paper/errata.yaml, else fail
    INCONCLUSIVE                           expected failure, visible
    no evidence (verdict.NO_EVIDENCE)      skip, naming the command that gets it

What needs no runs is decided anew.  The rest is read from the results on record: of the strongest
profile that has evidence on the claim, or of ``--profile``.  A module says which claims it tests:
those of its ``STAGE`` or ``STAGES``, or the ids in its ``CLAIMS``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.judging.stages import EXACT_STAGES
from zerosnet.judging.strongest import stored_results, verdict_on
from zerosnet.judging.verdict import FAILS, HOLDS, NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.claims import Claim, load_claims
from zerosnet.paper.errata import Erratum, load_errata
from zerosnet.paper.tables import Table, load_table

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "claims" / "paper"
CLAIMS = {claim.id: claim for claim in load_claims(PAPER / "claims.yaml")}
#: Of each property, where nobody asks for more: what ``-m theory`` takes is seconds.
EXAMPLES = 30
#: Of a test's id.
LONGEST = 100
#: What a test reports beside its outcome, for ``-v``.
SAID = "said"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("claims of the paper")
    group.addoption("--profile", help="whose results claims are read from, not the strongest's")
    group.addoption(
        "--max-examples",
        type=int,
        metavar="N",
        help=f"examples that each property of a theorem is tried on ({EXAMPLES} if left out)",
    )


def pytest_configure(config: pytest.Config) -> None:
    examples = config.getoption("--max-examples", None)
    if examples is not None and examples < 1:
        raise pytest.UsageError(f"--max-examples {examples}: at least 1 is expected")
    profile = config.getoption("--profile", None)
    if profile is not None:
        try:
            load_profile(ROOT / "params.yaml", profile)
        except SuiteError as error:
            raise pytest.UsageError(f"--profile {profile}: {error}") from None


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report: pytest.TestReport) -> Any:
    """With ``-v`` a verdict stands beside its claim, and a cell's numbers beside the cell."""
    category, letter, word = yield
    said = dict(getattr(report, "user_properties", ())).get(SAID)
    return category, letter, f"{word} {said}" if said and isinstance(word, str) and word else word


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a claim of the module, one a number that its tables report, one a row of them."""
    module = metafunc.module
    if is_hypothesis_test(metafunc.function):
        # No deadline: machines are busy.
        examples = metafunc.config.getoption("--max-examples", None) or EXAMPLES
        settings(max_examples=examples, deadline=None)(metafunc.function)
    if "claim" in metafunc.fixturenames:
        found = claims_of(module)
        marks = module.STAGES if isinstance(getattr(module, "STAGES", ()), dict) else {}
        cases = [
            pytest.param(
                claim,
                id=words(f"{claim.id}: {claim.headline or claim.statement}"),
                marks=[getattr(pytest.mark, marks[claim.stage])] if marks else (),
            )
            for claim in found
        ]
        metafunc.parametrize("claim", cases)
    if "reported" in metafunc.fixturenames:
        cells = [pair for claim in claims_of(module) for pair in cells_of(claim)]
        ids = [words(f"{claim.id}, {cell.label}") for claim, cell in cells]
        metafunc.parametrize("reported", cells, ids=ids)
    if "row" in metafunc.fixturenames:
        table = table_named(module.TABLE)
        ids = [words(", ".join(filter(None, row.values()))) for row in table.rows]
        metafunc.parametrize("row", table.rows, ids=ids)


def claims_of(module: ModuleType) -> list[Claim]:
    """The claims that a module tests.

    Raises:
        ValueError: it names a claim or a stage that there is not.
    """
    if hasattr(module, "CLAIMS"):
        return [CLAIMS[name] for name in module.CLAIMS]
    stages = getattr(module, "STAGES", None) or (module.STAGE,)
    without = set(stages) - {claim.stage for claim in CLAIMS.values()}
    if without:
        raise ValueError(f"{module.__name__}: no claim of stage {sorted(without)} in claims.yaml")
    return [claim for claim in CLAIMS.values() if claim.stage in stages]


def cells_of(claim: Claim) -> list[tuple[Claim, Any]]:
    """Every number that the paper reports for a claim about a whole table."""
    if claim.test == "as_reported" and claim.kind == "runtime":
        from zerosnet.experiments.timed import RUNTIME_TABLE
        from zerosnet.judging.runtime_claims import ReportedRatio, reported_ratios

        ratios = reported_ratios(table_named(RUNTIME_TABLE))
        return [(claim, ReportedRatio(*pair)) for pair in ratios.items()]
    if claim.kind != "equivalence":
        return []
    from zerosnet.experiments.trained_stages import EXPERIMENTS
    from zerosnet.judging.reported import reported_cells

    name = EXPERIMENTS[claim.stage].table
    return [(claim, cell) for cell in reported_cells(claim, {name: table_named(name)})]


@cache
def table_named(name: str) -> Table:
    return load_table(PAPER / "tables" / f"{name}.csv")


def words(text: str) -> str:
    """A test's id: words, cut where they are many, in letters that this system can write."""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    encoding = sys.getfilesystemencoding()
    return short.encode(encoding, "backslashreplace").decode(encoding)


@pytest.fixture(scope="session")
def stored(request: pytest.FixtureRequest) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Stage → its results on record, by profile, or that of ``--profile`` alone."""
    name = request.config.getoption("--profile", None)
    profile = None if name is None else load_profile(ROOT / "params.yaml", name).name
    return cache(lambda stage: stored_results(stage, ROOT, profile))


@pytest.fixture(scope="session")
def errata() -> tuple[Erratum, ...]:
    """Known failures of the paper."""
    return load_errata(PAPER / "errata.yaml")


@pytest.fixture
def check(
    stored: Callable[[str], dict[str, dict[str, Any]]],
    errata: tuple[Erratum, ...],
    record_property: Callable[[str, object], None],
) -> Callable[[Claim], None]:
    """Judge one claim, loudly."""

    def judged(claim: Claim) -> None:
        verdict, where = verdict_on(claim, stored(claim.stage), ROOT)
        record_property(SAID, str(verdict.outcome))
        settle(claim, verdict, known_failure(claim, where, errata), where)

    return judged


@pytest.fixture
def check_cell(
    stored: Callable[[str], dict[str, dict[str, Any]]],
    errata: tuple[Erratum, ...],
    record_property: Callable[[str, object], None],
) -> Callable[[tuple[Claim, Any]], None]:
    """Judge one number that the paper reports; its table's erratum is its own where it differs."""

    def judged(reported: tuple[Claim, Any]) -> None:
        from zerosnet.judging.reported import verdict_on_cell
        from zerosnet.judging.runtime_claims import verdict_on_ratio

        claim, cell = reported
        results = stored(claim.stage)
        of_table, where = verdict_on(claim, results, ROOT)
        decide = verdict_on_ratio if claim.kind == "runtime" else verdict_on_cell
        verdict, shown = decide(cell, claim, of_table, results.get(where))
        record_property(SAID, f"{verdict.outcome}: {shown}")
        known = known_failure(claim, where, errata)
        fits = known is not None and known.outcome == verdict.outcome
        settle(claim, verdict, known if fits else None, where)

    return judged


def known_failure(claim: Claim, where: str, errata: tuple[Erratum, ...]) -> Erratum | None:
    """What ``errata.yaml`` expects of a claim where it was judged."""
    return next((e for e in errata if (e.claim, e.profile) == (claim.id, where)), None)


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
