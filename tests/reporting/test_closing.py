"""What long work ends with."""

from __future__ import annotations

import shutil

from zerosnet.reporting.closing import closing_lines


def test_it_says_what_the_first_screen_says(project):
    lines = closing_lines(project, "mini")
    page = (project / "reports/README.md").read_text(encoding="utf-8")
    first = page.split("\n\n")[1].splitlines()
    assert len(first) == 3
    first = [part for line in first for part in line.split("<br>")]
    assert "<br>" not in "".join(lines)
    for line, of_page in zip(lines, first, strict=False):
        assert set(line.split()) & set(of_page.split())
        assert line.endswith(".")
        assert "](" not in line
    listed = page.partition("## What holds")[2].partition("##")[0].splitlines()
    held = sum("](" in line and "… beside it: " not in line for line in listed)
    assert f" main statements {held} hold, " in lines[len(first)]
    assert "PROVED " in lines[len(first) + 1]
    assert "**" not in "".join(lines)
    text = "\n".join(lines)
    assert "reports/README.md" in text
    assert "dvc repro table3_third_order" in text
    assert "python -m zerosnet why C23" in text


def test_only_pages_that_are_there_are_named(project, tmp_path):
    (tmp_path / "reports").mkdir()
    text = "\n".join(closing_lines(tmp_path, "smoke"))
    assert "reports/" not in text
    assert "Next" in text
    shutil.copy(project / "reports/README.md", tmp_path / "reports")
    text = "\n".join(closing_lines(tmp_path, "smoke"))
    assert "reports/README.md" in text
    assert "explorer" not in text
    (tmp_path / "reports/explorer.html").write_text("")
    assert "reports/explorer.html" in "\n".join(closing_lines(tmp_path, "smoke"))


def test_a_page_of_another_form_is_no_error(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/README.md").write_text("# Something else\n")
    assert "reports/README.md" in "\n".join(closing_lines(tmp_path, "smoke"))
