"""What an exact decision consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Decision:
    """What was decided, and what it follows from.

    Args:
        holds: whether the statement is true.
        summary: one sentence for people.
        certificate: lines that a reader can check by hand or with any computer algebra.
        data: JSON-able numbers for the report.
    """

    holds: bool
    summary: str
    certificate: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
