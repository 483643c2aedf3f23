"""Reports: generated from the records, the same bytes, and stale ones are found."""

from __future__ import annotations

import errno
import functools
import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
import torch
import yaml
from conftest import PROJECT, enter, tiny_checkout
from small import train_missing

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.errors import SuiteError
from zerosnet.judging.stages import EXACT_STAGES, THEORY, judge_stage, load_result, stage_content
from zerosnet.paper.claims import load_claims
from zerosnet.reporting import report
from zerosnet.reporting.report import check_reports, rejudge, write_reports
from zerosnet.reporting.stage_pages import stage_page
from zerosnet.sweeps.workplace import Workplace

# One process, which decides and draws once for all.
pytestmark = pytest.mark.xdist_group("report")


@pytest.fixture(scope="module")
def exact_content():
    """Results of stages that need no runs: the project's own, which its claims decide anew."""
    return functools.cache(lambda stage: load_result(PROJECT / "results", stage, THEORY))


@pytest.fixture(scope="module")
def drawn():
    """Pages and figures of stages by all that they are made of: none is drawn twice."""
    known = {}

    def page_of(content, claims, remark, elsewhere):
        key = json.dumps([content, remark]) + repr((claims, elsewhere))
        if key not in known:
            known[key] = stage_page(content, claims, remark, elsewhere)
        return known[key]

    return page_of


@pytest.fixture(scope="module")
def judged_once(exact_content, drawn, tmp_path_factory):
    """A checkout with the runs of table 1 on record as `mini` and as `smoke`, all judged."""
    checkout = tiny_checkout(tmp_path_factory.mktemp("judged") / "checkout")
    with pytest.MonkeyPatch.context() as monkeypatch:
        enter(checkout, monkeypatch)
        remember_exact(monkeypatch, exact_content, drawn)
        for name in ("mini", "smoke"):
            profile = load_profile(checkout / "params.yaml", name)
            place = Workplace(
                checkout, checkout / "results", checkout / "scratch", name, torch.device("cpu")
            )
            train_missing(plan_stage("table1_first_order", profile, checkout), place)
        smoke = load_profile(checkout / "params.yaml", "smoke")
        judge_stage("table1_first_order", smoke, checkout)
        rejudge(checkout)
    return checkout


@pytest.fixture
def judged(judged_once, exact_content, drawn, tmp_path, monkeypatch):
    """A copy of it for each test, the current folder."""
    checkout = tmp_path / "checkout"
    shutil.copytree(judged_once, checkout)
    enter(checkout, monkeypatch)
    remember_exact(monkeypatch, exact_content, drawn)
    return checkout


def remember_exact(monkeypatch, exact_content, drawn):
    """Have reports take what needs no runs, and what is drawn, from the fixtures above."""

    def content_of(stage, profile, root, claims=None):
        if stage in EXACT_STAGES:
            return exact_content(stage)
        return stage_content(stage, profile, root, claims or ())

    monkeypatch.setattr(report, "stage_content", content_of)
    monkeypatch.setattr(report, "stage_page", drawn)


def pages(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in (root / "reports").rglob("*")
        if path.is_file()
    }


def test_rejudging_changes_nothing_when_nothing_changed(judged):
    before = pages(judged)
    assert check_reports(judged) == []
    rejudge(judged)
    assert pages(judged) == before


def test_pages_are_the_same_from_records_and_from_results(judged):
    """`report --rejudge` judges in memory, `report` reads the files that judging wrote."""
    before = pages(judged)
    for path in (judged / "reports").rglob("*.*"):
        path.unlink()
    for name in ("smoke", "mini"):
        write_reports(judged, load_profile(judged / "params.yaml", name))
    after = pages(judged)
    assert {path: content for path, content in after.items() if path in before} == before


def test_a_few_runs_of_a_stronger_profile_bring_no_page_for_stages_without_any(judged):
    params = yaml.safe_load((judged / "params.yaml").read_text())
    params["profiles"]["medium"] = params["profiles"]["mini"]
    (judged / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copytree(judged / "results/mini/runs", judged / "results/medium/runs")
    rejudge(judged)
    weaker, stronger = (
        {path.name for path in (judged / "reports" / name).glob("*.md")}
        for name in ("mini", "medium")
    )
    assert {"README.md", "table1_first_order.md"} <= stronger
    assert "table2_second_order.md" in weaker - stronger
    assert not (judged / "results/medium/table2_second_order.json").exists()
    # Who has it judged there is shown what comes of it.
    judge_stage("table2_second_order", load_profile(judged / "params.yaml", "medium"), judged)
    rejudge(judged)
    assert (judged / "reports/medium/table2_second_order.md").exists()
    assert check_reports(judged) == []


def test_stale_or_edited_reports_are_found(judged):
    """Each by a line of its own."""
    (judged / "reports/README.md").write_text("All is well.\n")
    (judged / "reports/mini/table1_first_order.md").unlink()
    (judged / "reports/mini/extra.md").write_text("An opinion.\n")
    (judged / "reports/opinion.md").write_text("Another one.\n")
    (judged / "results/mini/table1_first_order.json").unlink()
    (judged / "reports/theory/table10_roots.svg").write_bytes(b"<svg/>")
    again = "is not what the records give: run `make report`"
    assert sorted(check_reports(judged)) == [
        f"reports/README.md {again}",
        "reports/mini/extra.md belongs to no result: delete it",
        f"reports/mini/table1_first_order.md {again}",
        "reports/opinion.md belongs to no result: delete it",
        f"reports/theory/table10_roots.svg {again}",
        f"results/mini/table1_first_order.json {again}",
    ]
    rejudge(judged)
    assert check_reports(judged) == []


def test_a_folder_beside_the_pages_stays(judged):
    """An editor's or a notebook's, say."""
    kept = judged / "reports/mini/.ipynb_checkpoints/README.md"
    kept.parent.mkdir()
    kept.write_text("Mine.\n")
    assert check_reports(judged) == []
    rejudge(judged)
    assert kept.read_text() == "Mine.\n"


def test_what_cannot_be_read_or_removed_is_named(judged, monkeypatch):
    page, extra = judged / "reports/mini/README.md", judged / "reports/mini/extra.md"
    extra.write_text("An opinion.\n")

    def refuse(_path, missing_ok=False):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(SuiteError, match=r"cannot remove .*extra\.md \(Permission denied\): "):
            rejudge(judged)
    page.unlink()
    page.mkdir()
    for write in (rejudge, check_reports):
        with pytest.raises(SuiteError, match=r"cannot read .*mini/README\.md \(Is a directory\): "):
            write(judged)


def test_an_interruption_loses_no_page(judged, monkeypatch):
    """Whatever was written before and whatever was not, every page is there: old or new."""
    before = pages(judged)
    result = judged / "results/mini/table1_first_order.json"
    result.write_bytes(b"{}")
    (judged / "reports/README.md").write_text("Stale.\n")
    write, written = report.write_atomically, []

    def interrupted(path, content):
        if written:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content)

    monkeypatch.setattr(report, "write_atomically", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rejudge(judged)
    assert written == [result]
    assert set(pages(judged)) == set(before)
    monkeypatch.setattr(report, "write_atomically", write)
    rejudge(judged)
    assert pages(judged) == before


def test_the_readme_shows_the_summary_and_may_not_be_edited_there(judged):
    readme = judged / "README.md"
    begin, end = "<!-- generated by `make report` -->", "<!-- end of what is generated -->"
    readme.write_text(f"# A title\n\n{begin}\n{end}\n\nEnd.\n")
    (line,) = check_reports(judged)
    assert line.startswith("README.md is not what the records give")
    rejudge(judged)
    assert check_reports(judged) == []
    shown = readme.read_text()
    for target in re.findall(r"\]\((reports/[^)]+)\)", shown):
        assert (judged / target).exists()
    assert "| [theory](reports/theory/theorem2_stability_region.md)" in shown
    readme.write_text(shown.replace("End.", "The end."))
    assert check_reports(judged) == []
    readme.write_text(shown.replace("**PROVED**", "**OBVIOUS**", 1))
    assert len(check_reports(judged)) == 1


def test_smoke_leaves_the_summary_alone(judged):
    before = pages(judged)
    write_reports(judged, load_profile(judged / "params.yaml", "smoke"))
    after = pages(judged)
    assert {path for path in after if path not in before} == {
        path for path in after if path.parts[1] == "smoke"
    }
    assert all(after[path] == content for path, content in before.items())
    smoke = (judged / "reports/smoke/README.md").read_text()
    assert "says nothing about the paper" in smoke
    assert "ORDER-HOLDS" not in smoke


def test_links_lead_somewhere(judged):
    write_reports(judged, load_profile(judged / "params.yaml", "smoke"))
    links = 0
    for page in (judged / "reports").rglob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            links += 1
    assert links > 20


def test_every_claim_is_in_the_list_and_the_main_ones_on_the_first_screen(judged):
    listed = (judged / "reports/claims.md").read_text()
    screen = (judged / "reports/README.md").read_text()
    for claim in load_claims(judged / "claims/paper/claims.yaml"):
        (line,) = [text for text in listed.splitlines() if text.startswith(f"| {claim.id} ")]
        assert claim.statement in unescape(line).replace("\\|", "|")
        assert not claim.headline or f"| {claim.headline} " in screen
    assert "measured on digits, stated of CIFAR-10: not the same images" in listed
    assert "`mini`: 0.0 hours" in screen


def test_a_verdict_names_the_images_of_its_own_rows(project):
    """The project's own, in git: one stage, three kinds of images."""
    listed = (project / "reports/claims.md").read_text()
    for claim, images in (("X95", "cifar10-jpeg"), ("X97", "fashion-mnist"), ("X98", "cifar10")):
        (line,) = re.findall(rf"^\| {claim} .*$", listed, re.MULTILINE)
        assert f" seeds a row; {images}; cpu" in line


def test_the_summary_is_one_screen(project):
    """The project's own, in git: legible at 100 columns, links aside, and short."""
    page = (project / "reports/README.md").read_text()
    lines = page.splitlines()
    assert len(lines) <= 80
    points = "\n".join(line for line in lines if line.startswith("- **"))
    assert len(re.sub(r"\]\([^)]*\)", "]", points).split()) <= 475
    rows = [re.sub(r"\]\([^)]*\)| +(?= )|-+", "", line) for line in lines if line[:1] == "|"]
    assert max(map(len, rows)) <= 120
    held, failed, nobody = (
        next(i for i, line in enumerate(lines) if line == f"## {title}")
        for title in ("What holds", "What does not hold", "What nobody has run")
    )
    assert held < failed < nobody


def test_a_number_leads_back_to_its_run_in_three_steps(judged):
    """Summary → page of the stage → record of the run."""
    screen = judged / "reports/README.md"
    page = next(
        (screen.parent / target).resolve()
        for target in re.findall(r"\]\(([^)]+)\)", screen.read_text())
        if target.startswith("mini/table1")
    )
    records = [
        (page.parent / target).resolve()
        for target in re.findall(r"\]\(([^)]+training\.json)\)", page.read_text())
    ]
    assert len(records) == 2
    assert all(json.loads(record.read_text())["commit"] for record in records)


def test_coverage_and_deviations_have_their_pages(judged):
    coverage = (judged / "reports/coverage.md").read_text()
    assert "52 of 52 statements of the paper and its neighbours" in coverage
    deviations = (judged / "reports/deviations.md").read_text()
    assert "weight decay: 0.0001 → 0.0005" in deviations
    assert "No profile has runs of both kinds on record" in deviations
    assert "No GPU has been measured" in (judged / "reports/performance.md").read_text()
    errata = (judged / "reports/errata.md").read_text()
    assert "| C38 " in errata


def test_a_page_carries_its_provenance(judged):
    page = (judged / "reports/mini/table1_first_order.md").read_text()
    for part in ("digits for CIFAR-10", "8 layers", "2 seeds a row", "cpu (", "commits", "SHA-256"):
        assert part in page
    assert "compare the order of the rows, not their values" in page
