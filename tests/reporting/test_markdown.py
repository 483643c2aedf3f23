"""Tables that can be read as they stand, whatever is in the cells."""

from __future__ import annotations

import re

import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.reporting.markdown import capital, code, fenced, link, plain, table


def test_long_lines_of_a_block_are_broken_between_words():
    line = "y_{n+1} = " + "Σ α_i y_{n−i} + " * 12 + "β f(y_n)"
    first, *more = fenced([line, "", "short"]).splitlines()[1:-1]
    *rest, empty, short = more
    assert (empty, short) == ("", "short")
    assert all(part.startswith("    ") for part in rest)
    assert all(len(part) <= 100 for part in (first, *rest))
    assert " ".join(part.strip() for part in (first, *rest)) == line
    word = "ρ" * 120
    assert fenced([word]).splitlines()[1] == word


@pytest.fixture(scope="module")
def rendered():
    """A renderer that lets HTML and every address through, if there is one."""
    parser = pytest.importorskip("markdown_it").MarkdownIt(
        "commonmark", {"html": True, "linkify": False}
    )
    parser.validateLink = lambda _url: True
    return parser.enable("table").render


def test_columns_line_up():
    text = table(("name", "value"), [("α", "1"), ("longer", "22.5")], right=(1,))
    assert text.splitlines() == [
        "| name   | value |",
        "| ------ | ----: |",
        "| α      |     1 |",
        "| longer |  22.5 |",
    ]


def test_cells_cannot_break_out():
    text = table(("a", "b"), [("x | y\nz", "<script>")])
    assert len(text.splitlines()) == 3
    assert "\\|" in text
    assert "<script>" not in text


def test_a_wide_table_is_a_table_too(rendered):
    """Its source lines need not line up: a page scrolls, a list of fields cannot be compared."""
    row = ("a" * 90, "b" * 90)
    text = table(("name", "value"), [row, ("c", link("d", "e.md"))], right=(1,))
    assert text.splitlines() == [
        "| name | value |",
        "| --- | --: |",
        f"| {row[0]} | {row[1]} |",
        "| c | [d](e.md) |",
    ]
    assert rendered(text).count("<tr>") == 3


def test_narrow_columns_have_room_for_the_rule():
    assert table(("a",), [("b",)]).splitlines()[1] == "| --- |"


EVIL = [
    "<script>alert(1)</script>",
    "<script>|[x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "![x](https://host.example/pixel.png)",
    "[x](//host.example)",
    "[x](../a/../../b:c)",
    "[[x]](https://host.example)",
    "[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<https://host.example>",
    "<!-- hidden",
    "<img src=x onerror=alert(1)>",
    "</td></table><h1>big",
    "a\n\n# heading\n\n<b>",
    "# heading",
    "> quoted",
    "- item",
    "1. item",
    "1) item",
    "```",
    "~~~ html",
    "---",
    "===",
    "| a | b |",
    "a\r\n| - | - |",
    "`<b>` and [`x`](javascript:alert(1))",
    "\\[x](javascript:alert(1)) \\<b>",
    "[x\\](javascript:alert(1))",
    "a\u2028# b",
    "\x1b[31mred",
]


@pytest.mark.parametrize("text", EVIL)
def test_a_text_stays_a_text(rendered, text):
    """Where texts from files stand on pages: paragraph, quotation, item, heading, cell."""
    page = "\n\n".join(
        [
            plain(text),
            f"> {plain(text)} ({plain(text)})",
            f"- **REFUTED** C01: {plain(text)}  \n  {plain(text)}",
            f"## {plain(text)}",
            table(("a", text), [(text, "b"), (link(text, f"{text}.md"), code(text))]),
            fenced([text, "```", text]),
        ]
    )
    html = rendered(page)
    found = set(re.findall(r"<(/?\w+)", html))
    ours = {"p", "blockquote", "ul", "li", "strong", "br", "h2", "table", "thead", "tbody", "tr"}
    ours |= {"th", "td", "a", "code", "pre", "em"}
    assert {tag.lstrip("/") for tag in found} <= ours
    assert "<!--" not in html
    assert html.count("<a ") == 1  # the one that is ours
    (target,) = re.findall(r'<a href="([^"]*)"', html)
    assert ":" not in target
    assert not target.startswith("//") or text.startswith("//")
    assert len(re.findall("<pre>", html)) == 1
    assert len(re.findall("<h2>", html)) == 1
    assert len(re.findall("<blockquote>", html)) == 1
    assert (html.count("<li>"), html.count("<tr>")) == (1, 3)


@fuzzed(200)
@given(text=st.text(alphabet="[]()<>!`\\|#>-+*_~=:/. \n\t1ajavscript", max_size=40))
def test_any_text_stays_a_text(rendered, text):
    html = rendered(f"{plain(text)}\n\n" + table(("a", "b"), [(text, "c"), ("d", text)]))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "em",
        "strong",
        "a",
    } | {"img"}
    for target in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert re.fullmatch(r"[\w./#-]*", target)  # a page of the project
    assert html.count("<tr>") == 3


def test_links_to_other_pages_stay(rendered):
    text = (
        "see [deviations](../deviations.md) and [its own page](optimal_methods.md#roots), p < 0.01"
    )
    assert plain(text) == text
    assert rendered(plain(text)).count("<a ") == 2


def test_own_words_are_not_changed():
    for text in ("p = 0.02, [+0.26, +3.74]", "α₀ < 1", "y_{n+1} − Σ α_i", "(ρ−1)² |ρ| `code`"):
        assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("all roots", "All roots"),
        ("a root", "A root"),
        ("zero-stable rows have", "Zero-stable rows have"),
        ("ours, not theirs", "Ours, not theirs"),
        ("k from U(0, 1)", "k from U(0, 1)"),
        ("κ x + h f", "κ x + h f"),
        ("ρ² + (k − 1)ρ − k", "ρ² + (k − 1)ρ − k"),
        ("1 + z", "1 + z"),
        ("g(x)/x falls", "g(x)/x falls"),
        ("log(e^ℓ − 1.9) has 1.36 points more", "log(e^ℓ − 1.9) has 1.36 points more"),
        ("log10(x) falls", "log10(x) falls"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_with_a_formula(text, sentence):
    assert capital(text) == sentence


def test_links_lead_to_files_of_the_project(rendered):
    html = rendered(link("a [b] (c)", "../results/mini/x) [y](javascript:z/one two.json"))
    assert html.count("<a ") == 1
    assert 'href="../results/mini/x%29%20%5By%5D%28javascript%3Az/one%20two.json"' in html


def test_only_names_are_code(rendered):
    assert code("results/mini/table1_first_order.json") == "`results/mini/table1_first_order.json`"
    assert code("a`b") == "a`b"
    assert code("[x](y:z)") == "[x]\\(y:z)"
    # A backtick before it would end the code where it begins.
    assert "<script" not in rendered(f"a ` b {code('<script>')} c")
