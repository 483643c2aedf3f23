"""A profile in a few numbers, for ``dvc metrics diff``: claims by verdict, main contrasts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from zerosnet.judging.verdict import Verdict


def metrics_path(root: Path, profile: str) -> Path:
    """Where the numbers of a profile stand."""
    return root / "results" / "metrics" / f"{profile}.json"


def metrics(verdicts: Mapping[str, Verdict]) -> bytes:
    """The numbers as JSON, without a checksum: DVC reads every entry as a metric.

    Args:
        verdicts: of the profile's claims.

    Returns:
        ``claims``: verdict → how many claims have it; ``points``: claim of the paper → by how many
        points the rows that it favours are more accurate, where it contrasts two sides.
    """
    counts = Counter(str(verdict.outcome) for verdict in verdicts.values())
    points = {
        claim: verdict.details["difference"]
        for claim, verdict in verdicts.items()
        if claim.startswith("C") and isinstance(verdict.details.get("difference"), float)
    }
    content = {"claims": dict(sorted(counts.items())), "points": points}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
