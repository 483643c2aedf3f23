"""What long work ends with: the committed evidence in a few lines, and what to type next.

It is read from the first screen (``reports/README.md``), which is generated and checked: so it says
the same, and saying it takes no time.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from zerosnet.files.paths import report_folder

#: What a line of the first screen begins with that qualifies the one above it.
BESIDE = "… beside it: "
#: Heading of the first screen → what is said of the statements under it.
_SAID = {
    "What holds": "hold",
    "What does not hold": "do not",
    "What the runs leave open": "are left open by the runs",
    "What nobody has run": "nobody has run yet",
}


def closing_lines(root: Path, profile: str) -> list[str]:
    """The summary of the evidence in git, where the pages are, and what to type next.

    Args:
        profile: in force.
    """
    page = root / "reports" / "README.md"
    lines = _summary(page.read_text(encoding="utf-8")) if page.is_file() else []
    places = [("the report", page), ("the explorer of methods", root / "reports" / "explorer.html")]
    places.append((f"this run's pages ({profile})", report_folder(root, profile) / "README.md"))
    there = [(what, path) for what, path in places if path.is_file()]
    lines += [f"  {what + ':':28}{path.relative_to(root)}" for what, path in there]
    lines += ["", "Next (after `. .venv/bin/activate`):"]
    lines += [f"  {command:42}{what}" for command, what in _next(profile)]
    return lines


def _summary(page: str) -> list[str]:
    """The first screen's answer, how many main statements hold, and the counts of all verdicts."""
    blocks = [block.strip() for block in page.split("\n\n")]
    said, numbers, answer, counts = [], [], "", ""
    for before, block in pairwise(blocks):
        title = before.removeprefix("## ")
        if before.startswith("# ") and not block.startswith("#"):
            answer = block
        elif before.startswith("## ") and title in _SAID:
            rows = [line for line in block.splitlines() if line.startswith("| ")]
            rows = [line for line in rows if not line.startswith(f"| {BESIDE}")]
            number = max(0, len(rows) - 2)
            numbers.append(number)
            said.append(f"{number} {_SAID[title]}")
    if match := re.search(r"of all: (.+?)\. \[", page):
        counts = match[1].replace("**", "")
    lines = [_as_text(part) for line in answer.splitlines() for part in line.split("<br>")]
    if said:
        listed = ", ".join(said[:-1]) + f" and {said[-1]}"
        lines.append(f"Of {sum(numbers)} main statements {listed}.")
    if counts:
        lines.append(f"Of all statements: {counts}.")
    return [*lines, ""] if lines else []


def _as_text(line: str) -> str:
    """A line of markdown without its marks; links by their words."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line)
    return words.removeprefix("- ").replace("**", "").replace("*", "").replace("`", "")


def _next(profile: str) -> list[tuple[str, str]]:
    """Commands, with what they give."""
    return [
        ("python -m zerosnet why C23", "what a verdict rests on, run by run"),
        ("python -m zerosnet plan --profile mini", "what real images cost here"),
        (
            "dvc repro table3_third_order",
            "the central table; what is on record is not trained again"
            if profile != "smoke"
            else "with `profile: mini` in params.yaml: on real images",
        ),
        ("pytest claims -m theory", "the theorems, decided exactly, in seconds"),
    ]
