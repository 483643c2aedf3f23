"""The reports: generated from the results in force, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerosnet.experiments.profiles import SMOKE, Profile, load_profile
from zerosnet.experiments.rows import all_tables
from zerosnet.experiments.timed import RUNTIME_STAGE, RUNTIME_TITLE
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import exists, is_there, paper_folder, report_folder
from zerosnet.files.storage import remove, sealed_json, write_atomically
from zerosnet.files.yaml_files import read_yaml
from zerosnet.judging.coverage import coverage_of, reads_of_runs, statements
from zerosnet.judging.stages import (
    EXACT_STAGES,
    THEORY,
    load_result,
    result_path,
    say_changes,
    stage_content,
)
from zerosnet.judging.strongest import strongest
from zerosnet.judging.verdict import NO_EVIDENCE, Outcome, Verdict
from zerosnet.paper.changes import Changes, load_changes
from zerosnet.paper.claims import DECIDING, Claim, load_claims
from zerosnet.paper.errata import load_errata
from zerosnet.paper.tables import COEFFICIENTS, load_paper, load_statements, load_tables
from zerosnet.reporting.answer import answer
from zerosnet.reporting.changes_page import changes_page
from zerosnet.reporting.coverage_page import coverage_page
from zerosnet.reporting.deviations import deviations_page, load_deviations
from zerosnet.reporting.explorer_page import explorer_page
from zerosnet.reporting.family_tree_page import family_tree_page
from zerosnet.reporting.flat_runs import as_csv, flat_runs
from zerosnet.reporting.main_effect_page import main_effect_page, strongest_figure
from zerosnet.reporting.markdown import Markup, code, link, plain, table
from zerosnet.reporting.metrics import metrics, metrics_path
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.performance import load_performance, performance_folder
from zerosnet.reporting.performance_page import performance_page
from zerosnet.reporting.predictors_page import predictors_page
from zerosnet.reporting.reliability import load_campaign
from zerosnet.reporting.reliability_page import reliability_page
from zerosnet.reporting.stage_pages import (
    Claims,
    Elsewhere,
    Files,
    outcome_text,
    stage_page,
)
from zerosnet.reporting.summary import (
    SINGLY,
    all_claims,
    counts,
    decided_singly,
    errata_page,
    first_screen,
    with_summary,
)
from zerosnet.theory.family_tree import family_tree

#: Stages that need runs or times, with the titles of their pages.
_MEASURED = {**{s: e.title for s, e in EXPERIMENTS.items()}, RUNTIME_STAGE: RUNTIME_TITLE}
#: Profile (or ``theory``) → stage → result.
Results = dict[str, dict[str, Content]]


def write_reports(root: Path, profile: Profile) -> list[Path]:
    """Write the pages of a profile, those of the theory and the summary; returns their paths.

    Raises:
        SuiteError: a result is damaged, or a folder cannot be written.
    """
    results = {
        name: _stored(root, name) for name in dict.fromkeys((THEORY, *DECIDING, profile.name))
    }
    return _write(root, _files(root, results, (THEORY, profile.name)))


def rejudge(root: Path) -> list[Path]:
    """Judge everything on record anew, then write all results and pages; nothing is trained.

    Raises:
        SuiteError: a record is damaged, or a folder cannot be written.
    """
    results = _judged(root)
    for stages in results.values():
        for content in stages.values():
            say_changes(content, root)
    # In one go: what belongs to nothing is removed once everything else stands.
    files = _files(root, results, tuple(results))
    return _write(root, {**_result_files(root, results), **files})


def check_reports(root: Path) -> list[str]:
    """What in ``results/`` and ``reports/`` is not what the records give, one line each."""
    results = _judged(root)
    expected = {**_result_files(root, results), **_files(root, results, tuple(results))}
    stale = [
        f"{path.relative_to(root)} is not what the records give: run `make report`"
        for path, content in expected.items()
        if not _holds(path, content)
    ]
    return stale + [
        f"{path.relative_to(root)} belongs to no result: delete it"
        for path in _superfluous(root, expected)
    ]


def _judged(root: Path) -> Results:
    """Every stage judged from the records, for the profiles that have any besides ``smoke``.

    The first of them lists every stage.  Of the others a stage without runs is left out, unless
    somebody has had it judged there: a few runs of a larger profile do not bring a page a stage
    that says that there are none.
    """
    smoke = load_profile(root / "params.yaml", SMOKE)  # exact stages do not look at it
    claims = load_claims(paper_folder(root) / "claims.yaml")
    results: Results = {THEORY: {s: stage_content(s, smoke, root, claims) for s in EXACT_STAGES}}
    for name in DECIDING:
        if any((root / "results" / name / "runs").glob("*/*.json")):
            profile = load_profile(root / "params.yaml", name)
            judged = {s: stage_content(s, profile, root, claims) for s in _MEASURED}
            first = len(results) == 1
            results[name] = {
                stage: content
                for stage, content in judged.items()
                if first or _has_runs(content) or exists(result_path(root / "results", stage, name))
            }
    return results


def _has_runs(content: Content) -> bool:
    """Whether a stage has runs, or times, on record."""
    evidence = content["evidence"]
    return bool(evidence.get("devices")) or any(row["keys"] for row in evidence.get("rows", ()))


def _stored(root: Path, name: str) -> dict[str, Content]:
    stages = EXACT_STAGES if name == THEORY else _MEASURED
    found = {stage: load_result(root / "results", stage, name) for stage in stages}
    return {stage: content for stage, content in found.items() if content is not None}


def _result_files(root: Path, results: Results) -> dict[Path, bytes]:
    return {
        result_path(root / "results", stage, name): sealed_json(content)
        for name, stages in results.items()
        for stage, content in stages.items()
    }


def _files(root: Path, results: Results, names: tuple[str, ...]) -> dict[Path, bytes]:
    """Pages and figures of some profiles, and those over all that can give verdicts."""
    paper = paper_folder(root)
    claims = {claim.id: claim for claim in load_claims(paper / "claims.yaml")}
    remarks = _remarks(paper / "remarks.yaml")
    best, source = _strongest(results, claims)
    changes = load_changes(paper / "changed_verdicts.yaml")
    elsewhere = Elsewhere(best, _pages_of(claims, source), changes)
    files: dict[Path, bytes] = {}
    for name in names:
        pages: Files = {}
        for content in results[name].values():
            remark = remarks.get(content["stage"], "")
            pages |= stage_page(content, claims, remark, elsewhere)
        pages["README.md"] = _profile_page(name, results, claims)
        files |= {report_folder(root, name) / page: text for page, text in pages.items()}
        if name != THEORY:
            files[metrics_path(root, name)] = metrics(_verdicts(results[name]))
    return files | _overview(root, results, claims, elsewhere, source, changes)


def _pages_of(claims: Claims, source: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Claim → the profile that gave its verdict, and the path of its page."""
    return {claim: (name, f"{name}/{claims[claim].stage}.md") for claim, name in source.items()}


def _overview(
    root: Path,
    results: Results,
    claims: Claims,
    elsewhere: Elsewhere,
    source: Mapping[str, str],
    changes: Changes,
) -> dict[Path, bytes]:
    """The pages that stand above the profiles', and the project's README."""
    paper = paper_folder(root)
    best, pages = elsewhere.verdicts, elsewhere.pages
    hours = {name: sum(_distinct_hours(results[name])) for name in DECIDING if results.get(name)}
    listed = load_statements(paper)
    everything = tuple(claims.values())
    reads = [content.get("reads", {}) for content in results.get(THEORY, {}).values()]
    # Claims without runs on the pages of a table stand in its results of any profile.
    reads += [c.get("reads", {}) for name in DECIDING for c in results.get(name, {}).values()]
    reads.append(reads_of_runs(everything, load_profile(root / "params.yaml", DECIDING[-1]), root))
    coverage = coverage_of(load_tables(paper / "tables"), reads)
    verdict_giving = {name: results[name] for name in DECIDING if results.get(name)}
    told = answer(verdict_giving, claims, decided_singly(best))
    figure = strongest_figure(verdict_giving)
    texts = {
        "README.md": first_screen(best, claims, pages, hours, told, changes.reasons),
        "claims.md": all_claims(_by_stage(results, best, claims, source), best),
        "performance.md": performance_page(load_performance(performance_folder(root))),
        "reliability.md": reliability_page(load_campaign(root)),
        "errata.md": errata_page(load_errata(paper / "errata.yaml")),
        "changes.md": changes_page(changes, best, claims, pages),
        "predictors.md": predictors_page(load_tables(paper / "tables"), verdict_giving),
        "coverage.md": coverage_page(coverage, statements(listed, everything), listed, best),
    }
    tree = family_tree(load_tables(paper / "tables")[COEFFICIENTS])
    pages_and_figures = {
        **deviations_page(
            load_deviations(paper / "deviations.yaml"), load_paper(paper).recipes, verdict_giving
        ),
        **family_tree_page(tree, best, everything, pages),
        **main_effect_page(verdict_giving),
        **{name: text.encode() for name, text in texts.items()},
    }
    runs = flat_runs(root, verdict_giving)
    pages_and_figures["explorer.html"] = explorer_page(runs, all_tables(root), tree)
    files = {root / "reports" / name: content for name, content in pages_and_figures.items()}
    files[root / "results" / "runs.csv"] = as_csv(runs)
    readme = root / "README.md"
    if readme.exists():
        files[readme] = with_summary(
            readme.read_bytes(), best, claims, pages, told, figure, changes.reasons
        )
    return files


def _remarks(path: Path) -> dict[str, str]:
    """Stage → what stands on its page before the numbers."""
    remarks = read_yaml(path) or {}
    if not isinstance(remarks, dict) or not all(isinstance(r, str) for r in remarks.values()):
        raise SuiteError(f"{path.name}: entries of the form 'stage: text' are expected")
    return remarks


def _strongest(results: Results, claims: Claims) -> tuple[dict[str, Verdict], dict[str, str]]:
    """Claim → its strongest verdict, and → the profile that gave it."""
    by_profile = {name: _verdicts(results.get(name, {})) for name in (THEORY, *DECIDING)}
    best: dict[str, Verdict] = {}
    source: dict[str, str] = {}
    for claim in claims:
        found = {name: of[claim] for name, of in by_profile.items() if claim in of}
        if found:
            source[claim] = strongest(found)
            best[claim] = found[source[claim]]
        else:
            best[claim] = Verdict(claim, Outcome.NOT_RUN, "no run is on record")
    return best, source


def _write(root: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """Write what changed, then remove what is superfluous: interrupted, no page is missing."""
    for path, content in files.items():
        if not _holds(path, content):
            write_atomically(path, content)
    for path in _superfluous(root, files):
        remove(path)
    return [path for path in files if path.suffix == ".md"]


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file is there and has a content."""
    try:
        return exists(path) and path.read_bytes() == content
    except OSError as error:
        raise SuiteError(
            f"cannot read {path} ({error.strerror}): make it readable, or remove it by hand"
        ) from None


def _superfluous(root: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """Files in the folders of pages that no page or figure accounts for; folders stay."""
    reports = root / "reports"
    folders = {reports} | {path.parent for path in files if path.is_relative_to(reports)}
    return sorted(
        path
        for folder in folders
        for path in folder.glob("*")
        if path not in files and path.name != ".gitignore" and is_there(path.is_file)
    )


def _verdicts(stages: Mapping[str, Content]) -> dict[str, Verdict]:
    return {
        entry["claim"]: Verdict.from_json(entry)
        for content in stages.values()
        for entry in content["verdicts"]
    }


def _profile_page(name: str, results: Results, claims: Claims) -> bytes:
    verdicts = _verdicts(results[name]) | _verdicts(results.get(THEORY, {}))
    title, lead = {
        THEORY: (
            "What needs no training",
            "Theorems and counts are decided exactly, each with its certificate. Statements about "
            "printed numbers and released code are held against what is printed or released. Some "
            "need a source that nobody has.",
        ),
        SMOKE: (
            f"Report of the profile `{SMOKE}`",
            "**A smoke run exercises every stage and code path. It says nothing about the paper.**",
        ),
    }.get(
        name,
        (
            f"Report of the profile {code(name)}",
            f"What the runs of the profile {code(name)} say, with what needs no runs.",
        ),
    )
    rows = []
    for stage, heading in {**EXACT_STAGES, **_MEASURED}.items():
        mine = {claim: v for claim, v in verdicts.items() if claims[claim].stage == stage}
        if mine:
            folder = "" if stage in results[name] else f"../{THEORY}/"
            rows.append((link(heading, f"{folder}{stage}.md"), counts(mine)))
    parts = [f"# {title}", lead, counts(verdicts), table(("page", "verdicts"), rows)]
    parts.append("[Summary](../README.md) · [every claim](../claims.md)")
    return ("\n\n".join(parts) + "\n").encode()


def _distinct_hours(stages: Mapping[str, Content]) -> list[float]:
    """Hours by run, every run counted once although two tables may share it."""
    hours: dict[str, float] = {}
    for content in stages.values():
        hours |= content["evidence"].get("provenance", {}).get("hours_by_run", {})
    return list(hours.values())


def _rests_on(evidence: Mapping[str, Any] | None, claim: Claim) -> str:
    """What runs a verdict rests on: seeds, images of the claim's rows; devices, commits."""
    if not evidence or not evidence.get("provenance", {}).get("commits"):
        return ""
    images = dict.fromkeys(
        row["images"]
        for row in evidence["rows"]
        if row["keys"] and claim.is_about(row["cells"], row["data_set"])
    )
    seeds, commits = evidence["seeds_planned"], evidence["provenance"]["commits"]
    return "; ".join(
        (
            f"{seeds} {'seed' if seeds == 1 else 'seeds'} a row",
            ", ".join(images),
            ", ".join(evidence["provenance"]["devices"]),
            f"{'commit' if len(commits) == 1 else 'commits'} {', '.join(commits)}",
        )
    )


def _by_stage(
    results: Results,
    verdicts: Mapping[str, Verdict],
    claims: Claims,
    source: Mapping[str, str],
) -> list[str]:
    """A table a stage: its claims with their verdicts, and what these rest on."""
    parts: list[str] = []
    singly = decided_singly(verdicts)
    titles = {**EXACT_STAGES, **_MEASURED}
    for stage, title in titles.items():
        mine = [claim for claim in claims.values() if claim.stage == stage and claim.id in verdicts]
        if not mine:
            continue
        rows = []
        for claim in mine:
            verdict = verdicts[claim.id]
            name = THEORY if stage in EXACT_STAGES else source.get(claim.id, "")
            rests_on = ""
            if claim.needs_runs and verdict.outcome not in NO_EVIDENCE:
                rests_on = _rests_on(results.get(name, {}).get(stage, {}).get("evidence"), claim)
            page = Markup(
                link(name, f"{name}/{stage}.md") + (f": {plain(rests_on)}" * bool(rests_on))
            )
            rows.append(
                (
                    claim.id,
                    f"{outcome_text(verdict.outcome)} {SINGLY * (claim.id in singly)}".strip(),
                    claim.statement,
                    verdict.summary,
                    page if name else "",
                )
            )
        header = ("claim", "verdict", "statement", "what was found", "from")
        parts += [f"## {title}", table(header, rows)]
    return parts
