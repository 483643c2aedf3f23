"""Markdown for code hosts and terminals: tables whose source lines up, and text that stays text.

What comes from files (claims, quotes, labels, names of devices) goes through :func:`plain`,
:func:`code`, :func:`link` or a cell of :func:`table`: it can be no HTML, no link of its own, and no
heading, whatever it holds.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

#: Characters of a block of text that a page has room for.
_COLUMNS = 100
#: "<" where HTML, a comment or an address in angle brackets can begin; "p < 0.01" stays as it is.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
#: "](", where the text of a link or an image meets its target, unless that is a relative path.
_JOINT = re.compile(r"\](?=\((?!(?:\.\./)*\w[\w-]*(?:[./#]\w[\w-]*)*\)))")
#: What makes a heading, a quotation, a list, a fence, a table or the definition of a link's target
#: of a line that begins so.
_BLOCK = re.compile(r"(?=#{1,6}(?:\s|$)|>|\[.*\]:|[-+*](?:\s|$)|-{3}|={3}|\*{3}|_{3}|~{3}|`{3}|\|)")
_NUMBERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
#: Characters across up to which a table is padded; beyond that its source lines cannot line up.
WIDEST = 160
#: A word of letters, hyphens and apostrophes at the start of a text; of one letter, "a" alone.
_WORD = re.compile(r"(?:[A-Za-z][A-Za-z'’-]+|[aA])(?=[\s,;:.]|$)")
#: What is the same as code and as text.
_NAME = re.compile(r"[\w./+-]+")


class Markup(str):
    """Markdown that this suite has made: :func:`table` keeps its links."""

    __slots__ = ()


def plain(text: str) -> str:
    """A text from a file as a paragraph, or a part of one: one line, no HTML, no link."""
    line = _inline(text).lstrip()
    if numbered := _NUMBERED.match(line):
        return f"{numbered[1]}\\{line[numbered.end() :]}"
    return f"\\{line}" if _BLOCK.match(line) else line


def capital(text: str) -> str:
    """A text with a capital, as the start of a sentence; one that begins with a formula stays.

    k and K differ, and log(x) is no word.
    """
    return text[:1].upper() + text[1:] if _WORD.match(text) else text


def _inline(text: str) -> str:
    return _JOINT.sub(r"]\\", _TAG.sub("&lt;", _line(text)))


def _line(text: str) -> str:
    """One line, without what a terminal would take for a command."""
    return " ".join("".join(c if c.isprintable() else "\n" for c in text).splitlines())


def code(text: str) -> str:
    """A name from a file as inline code; as plain text where it is no name.

    A backtick that stands before it in the paragraph would end the code where it begins, and what
    is inside would count.
    """
    return f"`{text}`" if _NAME.fullmatch(text) else _inline(text)


def link(text: str, target: str) -> Markup:
    """A link to a file of the project; the path may hold anything."""
    shown = re.sub(r"([\\\[\]])", r"\\\1", _TAG.sub("&lt;", _line(text)))
    return Markup(f"[{shown}]({quote(target, safe='/#')})")


def fenced(lines: Iterable[str]) -> str:
    """Lines as a block of text, long ones broken, as a code host breaks none in such a block.

    A fence among them does not end it.
    """
    shown = [part for line in lines for part in _broken(_line(line))]
    longest = max((len(run) for line in shown for run in re.findall("`{3,}", line)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([f"{fence}text", *shown, fence])


def _broken(line: str) -> list[str]:
    """A line in parts of at most :data:`_COLUMNS`, later ones indented; long words stay whole."""
    parts = textwrap.wrap(
        line,
        _COLUMNS,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return parts or [""]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A pipe table, padded so that it can be read as it stands unless it is very wide.

    Args:
        header: names of the columns.
        rows: cells; a pipe, a line break, HTML or a link in a cell is made harmless, but for links
            in :class:`Markup`.
        right: numbers of the columns that are aligned to the right.
    """
    cells = [[_safe(cell) for cell in row] for row in (header, *rows)]
    widths = [max(3, *(_width(row[i]) for row in cells)) for i in range(len(header))]
    padded = sum(width + 3 for width in widths) < WIDEST

    def line(row: Sequence[str]) -> str:
        spaces = [" " * (widths[i] - _width(cell)) * padded for i, cell in enumerate(row)]
        shown = [
            space + cell if i in right else cell + space
            for i, (cell, space) in enumerate(zip(row, spaces, strict=True))
        ]
        return f"| {' | '.join(shown)} |"

    rule = "|".join(
        f" {'-' * (width - 1 if padded else 2)}{':' if i in right else '-'} "
        for i, width in enumerate(widths)
    )
    return "\n".join([line(cells[0]), f"|{rule}|", *map(line, cells[1:])])


def _safe(cell: str) -> str:
    text = cell if isinstance(cell, Markup) else _inline(cell)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def ends_text(ends: Sequence[float | None]) -> str:
    """An interval from a result, or that it has no ends."""
    low, high = ends
    if low is None or high is None:
        return "none"
    return f"[{low:+z.2f}, {high:+z.2f}]".replace("-", "−")
