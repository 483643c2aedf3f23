"""From a verdict back to what it rests on: test, runs, images, code, machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.files.paths import paper_folder
from zerosnet.judging.exact import without_runs
from zerosnet.judging.stages import load_result
from zerosnet.judging.verdict import Verdict
from zerosnet.paper.claims import Claim, load_claims
from zerosnet.training.selection import PRIMARY

_STABLE = {True: "zero-stable", False: "not zero-stable", None: "trained coefficients"}


def why(claim_id: str, profile: str, root: Path) -> str:
    """The chain behind the verdict on a claim, whose name is taken in any case, for people.

    Raises:
        SuiteError: there is no such claim, or its stage has not been judged in the profile.
    """
    claims = {claim.id: claim for claim in load_claims(paper_folder(root) / "claims.yaml")}
    claim_id = known_name(claim_id, claims, f"claim {claim_id!r} is unknown", "reports/claims.md")
    claim = claims[claim_id]
    if not claim.needs_runs:
        verdict = without_runs(claim, root)
        return "\n".join([*_head(claim, verdict), *verdict.details.get("certificate", [])])
    result = load_result(root / "results", claim.stage, profile)
    if result is None:
        raise SuiteError(
            f"{claim.stage} has not been judged in the profile {profile}: "
            f"set it in params.yaml and run `dvc repro {claim.stage}`"
        )
    entries = {entry["claim"]: entry for entry in result["verdicts"]}
    verdict = Verdict.from_json(entries[claim_id])
    return "\n".join([*_head(claim, verdict), *_runs(claim, result)])


def _head(claim: Claim, verdict: Verdict) -> list[str]:
    test = f", {claim.test}" if claim.test else ""
    return [
        f"{claim.id}  {verdict.outcome}",
        f"  {claim.statement}",
        f"  “{claim.quote}” ({claim.place})",
        f"  decided as: {claim.kind}{test}; {verdict.summary}",
        *([f"  declared: {claim.reason}"] if claim.reason else []),
        *([f"  not declared beforehand: {claim.afterwards}"] if claim.afterwards else []),
        *([f"  exploratory: {claim.exploratory}"] if claim.exploratory else []),
    ]


def _runs(claim: Claim, result: dict[str, Any]) -> list[str]:
    evidence = result["evidence"]
    if "devices" in evidence:
        return [
            f"  timed on {device['device']} (results/{device['record']}, code {device['commit']}, "
            f"torch {device['torch']})"
            for device in evidence["devices"]
        ]
    rows = [row for row in evidence["rows"] if claim.is_about(row["cells"], row["data_set"])]
    found = evidence["provenance"]
    column = next(
        name
        for name in (claim.value, "test", evidence["columns"][0])
        if name in evidence["columns"]
    )
    lines = [
        f"  images: {', '.join(dict.fromkeys(row['images'] for row in rows))}, SHA-256 "
        f"{', '.join(found['data_checksums']) or '–'}",
        f"  code: {', '.join(found['commits']) or '–'}; torch {', '.join(found['torch']) or '–'}",
        f"  machines: {', '.join(found['devices']) or '–'}; {found['hours']} h",
        f"  runs ({column}, {PRIMARY}), records under results/{evidence['profile']}/runs/:",
    ]
    for row in rows:
        values = row["measured"][PRIMARY][column]
        for seed, key in row["keys"].items():
            value = values.get(seed)
            shown = "diverged" if int(seed) in row["diverged"] else "–" if value is None else value
            lines.append(
                f"    {key}  {row['label']}: {row['method']}, {row['layers']} layers, "
                f"{_STABLE[row['zero_stable']]}, seed {seed}: {shown}"
            )
    return lines
