"""Words that no page may have: in the committed pages, which are generated."""

from __future__ import annotations

import re

import pytest
from conftest import PROJECT

#: Those of `smoke` are whoever's ran it last, and in no commit.
PAGES = [
    PROJECT / "README.md",
    *sorted(p for p in (PROJECT / "reports").rglob("*.md") if p.parent.name != "smoke"),
]


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"(?<![\d.])1 points\b", "1 point"),
        (r"\bbecause as\b", "the reason of the other claim is not given again"),
        (r"(?<!almost )\b[Ss]urely\b", "a test at a level makes nothing sure"),
        (r"\bp = 0\.0000\b", "p < 0.0001"),
        (r"(?m)^Ρ", "ρ, which is no word, keeps its case"),
        (r"\[the same, ", "what it is the same as"),
        (r"\bnan\b|\binf\b(?=[\s|\]])|\bNone\b(?! of)", "a number, or that there is none"),
    ],
)
def test_no_page_says(pattern, instead):
    found = [
        f"{page.relative_to(PROJECT)}: {match[0]!r} instead of: {instead}"
        for page in PAGES
        for match in re.finditer(pattern, page.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_p_values_in_tables_have_a_bound():
    tables = 0
    for page in PAGES:
        for block in page.read_text(encoding="utf-8").split("\n\n"):
            rows = [[cell.strip() for cell in line.split("|")] for line in block.splitlines()]
            if "p (better)" not in rows[0]:
                continue
            tables += 1
            columns = [i for i, name in enumerate(rows[0]) if name.startswith("p (")]
            assert "0.0000" not in {row[i] for row in rows[2:] for i in columns}, page.name
    assert tables > 2
