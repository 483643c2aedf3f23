"""Table 9: ratios of times."""

from __future__ import annotations

from collections.abc import Sequence

from zerosnet.reporting import figures
from zerosnet.reporting.markdown import link, table
from zerosnet.reporting.numbers.cells import Content, Numbers, Picture


def runtime(evidence: Content) -> Numbers:
    """The paper's ratios beside ours, a column a device."""
    rows = []
    for cell, reported in evidence["reported"].items():
        ratios = [device["ratios"].get(cell) for device in evidence["devices"]]
        ours = [_ratio_text(found) if found else "–" for found in ratios]
        rows.append([cell, f"{reported:.3f}", *ours])
    header = ["", "paper", *(device["device"] for device in evidence["devices"])]
    blocks = [
        "The time of ZeroSNet-20 over that of PreResNet-20, with its 90 % interval: each by "
        "itself. That ratios are met is decided by 90 % intervals, the other claims by 95 %. What "
        "speaks against a claim is corrected over the ratios of a device (Holm).",
        table(header, rows, right=range(1, len(header))),
    ]
    if evidence["devices"]:
        records = [
            (
                d["device"],
                link(d["record"], f"../../results/{d['record']}"),
                d["commit"],
                d["torch"],
            )
            for d in evidence["devices"]
        ]
        blocks.append(table(("device", "record", "commit", "torch"), records))
    picture = figures.runtime_ratios(evidence)
    return [
        Picture("ratios", "ZeroSNet-20’s time over PreResNet-20’s, the paper’s and ours", picture)
    ], blocks


def _ratio_text(found: Sequence[float | None]) -> str:
    """A ratio with its interval; one repeat has none."""
    ratio, low, high = found
    return f"{ratio:.3f} " + ("[no ends]" if high is None else f"[{low:.3f}, {high:.3f}]")
