"""A stage's result: its claims judged, with the evidence, as one JSON file.

``results/theory/`` holds what needs no runs, ``results/<profile>/`` what was judged from runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.timed import RUNTIME_STAGE, RUNTIME_TABLE, RUNTIME_TITLE, runtime_folder
from zerosnet.files.errors import DamagedFileError, SuiteError
from zerosnet.files.names import in_any_case, unknown_name
from zerosnet.files.paths import exists, paper_folder
from zerosnet.files.progress import say
from zerosnet.files.storage import as_read, read_json, write_json
from zerosnet.judging.coverage import Notebook, Reads
from zerosnet.judging.exact import without_runs
from zerosnet.judging.looks import looks_at
from zerosnet.judging.verdict import Verdict
from zerosnet.paper.claims import Claim, check_names, load_claims
from zerosnet.paper.tables import Table, load_paper

if TYPE_CHECKING:
    from zerosnet.experiments.trained_stages import Experiment

SCHEMA = 2
#: Stands in paths where other stages have their profile.
THEORY = "theory"

#: Stages that need no runs, with the titles of their pages.
EXACT_STAGES = {
    "paper_audit": "The paper by its own numbers",
    "section2_discretizations": "Section 2: networks as discretizations, and zero stability",
    "section3_second_order": "Section 3: the LM-architecture as a second-order discretization",
    "section4_zerosnet": "Section 4: what ZeroSNet is",
    "theorem1_consistency": "Theorem 1: consistency",
    "theorem2_stability_region": "Theorem 2: the region of zero stability",
    "theorem3_optimal_coefficients": "Theorem 3: the optimal coefficients",
    "optimal_methods": "Beyond theorem 3: the smallest parasitic roots for any number of steps",
    "gauge": "The gauge: one network, other roots",
    "discretizations": "The neighbouring systems as discretizations",
    "activation_storage": "What a training step stores, for RevNet and PreResNet",
    "optimization_theory": "Activated gradients and deformed losses: what their formulas imply",
    "section5_protocol": "Section 5.6: what is said of the experiments, and what is known of them",
    "table8_parameters": "Table 8: numbers of parameters",
    "table10_roots": "Table 10: coefficients and the moduli of their roots",
}


def result_path(results: Path, stage: str, profile: str) -> Path:
    """Where a stage's result stands."""
    return results / (THEORY if stage in EXACT_STAGES else profile) / f"{stage}.json"


def judge_stage(stage: str, profile: Profile, root: Path) -> Path:
    """Judge a stage, its name in any case, and write its result; returns where.

    What has another verdict than the result that stood there is said.
    """
    claims = load_claims(paper_folder(root) / "claims.yaml")
    stage = stage_named(stage, claims)
    path = result_path(root / "results", stage, profile.name)
    content = stage_content(stage, profile, root, claims)
    say_changes(content, root)
    write_json(path, content)
    return path


def say_changes(content: Mapping[str, Any], root: Path) -> None:
    """Say which claims of a stage get another verdict than its stored result has."""
    before: dict[str, Any] = {}
    with suppress(SuiteError):  # what is damaged is about to be written anew
        before = load_result(root / "results", content["stage"], content["profile"]) or {}
    outcomes = {entry["claim"]: entry["outcome"] for entry in before.get("verdicts", ())}
    for entry in content["verdicts"]:
        old = outcomes.get(entry["claim"], entry["outcome"])
        if old != entry["outcome"]:
            where = f"{content['stage']}, {content['profile']}"
            say(f"{entry['claim']} ({where}): {old} → {entry['outcome']}")


def load_result(results: Path, stage: str, profile: str) -> dict[str, Any] | None:
    """A stage's result, or ``None`` where it has not been judged.

    Raises:
        SuiteError: it is damaged, of another schema, or another stage's.
    """
    path = result_path(results, stage, profile)
    if not exists(path):
        return None
    content = read_json(path, SCHEMA)
    if (content["stage"], content["profile"]) != (stage, path.parent.name):
        raise DamagedFileError(
            f"{path} is the result of {content['stage']} in {content['profile']}, not what its "
            "place says: delete it and run again"
        )
    return content


def stage_content(
    stage: str, profile: Profile, root: Path, every: Sequence[Claim] = ()
) -> dict[str, Any]:
    """A stage's result from the records at hand; nothing is trained and nothing written.

    Args:
        every: all claims, where they have been read already.

    Raises:
        SuiteError: the stage is unknown, or a record is damaged.
    """
    claims = claims_of(stage, root, every)
    notebook = Notebook()
    paper = notebook.noting(load_paper(paper_folder(root)))

    def decided(claim: Claim) -> Verdict:
        with notebook.reading_for(claim.id):
            return without_runs(claim, root, paper)

    if stage in EXACT_STAGES:
        verdicts = [decided(claim) for claim in claims]
        return _content(stage, THEORY, EXACT_STAGES[stage], verdicts, None, notebook.reads())
    if stage == RUNTIME_STAGE:
        return _runtime_content(claims, profile, root)
    # What needs runs needs torch; theory does not wait for it.
    from zerosnet.experiments.rows import all_tables, plan_stage, table_of
    from zerosnet.experiments.trained_stages import experiment_named
    from zerosnet.judging.evidence import gather
    from zerosnet.judging.judge import judge
    from zerosnet.judging.reported import reported_cells

    tables = all_tables(root)
    experiment = experiment_named(stage)
    table = table_of(experiment, tables)
    _check_names(claims, table)
    evidence = gather(
        experiment,
        table,
        plan_stage(stage, profile, root),
        profile,
        root / "results",
    )
    evidence = replace(evidence, looks=looks_at(stage, profile.name, root))

    def judged(claim: Claim) -> Verdict:
        if not claim.needs_runs:
            return decided(claim)
        numbers = len(reported_cells(claim, tables)) if claim.kind == "equivalence" else 0
        return judge(claim, evidence, numbers)

    verdicts = [judged(claim) for claim in claims]
    return _content(
        stage, profile.name, experiment.title, verdicts, asdict(evidence), notebook.reads()
    )


def claims_in_order(stage: str, root: Path) -> None:
    """Whether the claims of a stage that trains can be judged, once there are runs.

    Raises:
        SuiteError: they have a slip, or name what the stage's table has not.
    """
    from zerosnet.experiments.rows import all_tables, table_of
    from zerosnet.experiments.trained_stages import experiment_named

    _check_names(claims_of(stage, root), table_of(experiment_named(stage), all_tables(root)))


def _check_names(claims: Sequence[Claim], table: Table) -> None:
    for claim in claims:
        if claim.needs_runs:
            check_names(claim, table)


def _runtime_content(claims: Sequence[Claim], profile: Profile, root: Path) -> dict[str, Any]:
    from zerosnet.judging import runtime_claims

    table = load_paper(paper_folder(root)).tables[RUNTIME_TABLE]
    timings = runtime_claims.load_timings(runtime_folder(root / "results", profile.name))
    verdicts = [
        runtime_claims.judge_runtime(claim, timings, table, profile.name) for claim in claims
    ]
    evidence = runtime_claims.runtime_evidence(timings, table, profile.name)
    return _content(RUNTIME_STAGE, profile.name, RUNTIME_TITLE, verdicts, evidence, {})


def _content(
    stage: str,
    profile: str,
    title: str,
    verdicts: list[Verdict],
    evidence: dict[str, Any] | None,
    reads: Reads,
) -> dict[str, Any]:
    content = {
        "schema": SCHEMA,
        "stage": stage,
        "profile": profile,
        "title": title,
        "verdicts": [verdict.to_json() for verdict in verdicts],
        "evidence": evidence,
        # Of the claims decided without runs; what the others read is the same in every profile.
        "reads": reads,
    }
    # So that pages made from it and from the file are the same.
    return as_read(content)


def trained_stage(name: str) -> Experiment:
    """The experiment that a person means, in any case.

    Raises:
        SuiteError: no stage has that name, or the one that has it trains nothing.
    """
    from zerosnet.experiments.trained_stages import experiment_named

    try:
        return experiment_named(name)
    except SuiteError:
        other = in_any_case(name, [*EXACT_STAGES, RUNTIME_STAGE])
        if other is None:
            raise
        if other == RUNTIME_STAGE:
            raise SuiteError(
                f"{other} trains nothing, it times networks: type `python -m zerosnet run {other}`"
            ) from None
        raise SuiteError(f"{other!r} trains nothing: type `dvc repro {other}`") from None


def claims_of(stage: str, root: Path, every: Sequence[Claim] = ()) -> tuple[Claim, ...]:
    """The claims that a stage decides.

    Args:
        every: all claims, where they have been read already.

    Raises:
        SuiteError: no claim belongs to a stage of that name.
    """
    every = every or load_claims(paper_folder(root) / "claims.yaml")
    named = stage_named(stage, every)
    return tuple(claim for claim in every if claim.stage == named)


def stage_named(name: str, claims: Sequence[Claim]) -> str:
    """The stage of some claim that a person means, in any case.

    Raises:
        SuiteError: no claim belongs to a stage of that name.
    """
    stages = list(dict.fromkeys(claim.stage for claim in claims))
    found = in_any_case(name, stages)
    if found is not None:
        return found
    from zerosnet.experiments.trained_stages import EXPERIMENTS

    if trained := in_any_case(name, EXPERIMENTS):
        raise SuiteError(
            f"no claim of claims/paper/claims.yaml has 'stage: {trained}': enter what it is to "
            "decide (CONTRIBUTING.md, A claim)"
        )
    raise unknown_name(name, stages, f"stage {name!r} is unknown")
