"""Every link of every page leads to a file that is there, and to a heading that it has."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import PROJECT

_PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*", "reports/**/*.md")
    for path in PROJECT.glob(pattern)
    if path.suffix in (".md", ".ipynb") and "smoke" not in path.parts
)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
#: Leads to the code host's own pages, which no checkout has.
_OF_THE_HOST = "../../actions/"


def text_of(path):
    return _FENCED.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors(path):
    """The names that a code host gives to a page's headings."""
    found: list[str] = []
    for heading in _HEADING.findall(text_of(path)):
        plain = re.sub(r"\[(.*?)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        name = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        again = found.count(name)
        found.append(name if not again else f"{name}-{again}")
    return set(found)


def broken(page, target):
    """Why a link of a page leads nowhere, or nothing."""
    name, _, anchor = unquote(target).partition("#")
    if name.startswith(("https://", "http://", _OF_THE_HOST)):
        return ""
    path = Path(page.parent / name).resolve() if name else page
    if not path.exists():
        return f"{target}: no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors(path):
        return f"{target}: no such heading"
    return ""


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    found = [why for target in _LINK.findall(text_of(page)) if (why := broken(page, target))]
    assert found == []


def test_a_link_that_leads_nowhere_is_noticed():
    readme = PROJECT / "README.md"
    assert broken(readme, "docs/protocols.md#verdicts") == ""
    assert "heading" in broken(readme, "docs/protocols.md#verdict")
    assert "file" in broken(readme, "docs/protocol.md")


def test_every_page_of_the_documents_is_reached_from_the_readme():
    reached = {
        (PROJECT / target.partition("#")[0]).resolve()
        for target in _LINK.findall(text_of(PROJECT / "README.md"))
    }
    assert {page for page in _PAGES if page.parent.name == "docs"} <= reached


def test_the_readme_is_short():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- generated")
    own = before + rest.partition("<!-- end of what is generated -->")[2]
    assert len(own.splitlines()) <= 120
