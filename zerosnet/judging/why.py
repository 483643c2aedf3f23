"""From a verdict back to what it rests on: test, runs, images, code, machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.files.paths import paper_folder
from zerosnet.judging.strongest import stored_results, verdict_on
from zerosnet.paper.claims import DECIDING, Claim, load_claims
from zerosnet.training.selection import PRIMARY

_STABLE = {True: "zero-stable", False: "not zero-stable", None: "trained coefficients"}
#: What an account of a claim says of it, where the claim has it.
_TOLD = ("test", "reason", "afterwards", "exploratory")


def why(claim_id: str, profile: str | None, root: Path) -> dict[str, Any]:
    """The chain behind the verdict on a claim, as JSON-able data; see :func:`as_text`.

    Args:
        claim_id: its name, in any case.
        profile: whose runs; of the strongest with evidence on the claim, if ``None``.
        root: of the project.

    Raises:
        SuiteError: there is no such claim, or its stage has not been judged.
    """
    claims = {claim.id: claim for claim in load_claims(paper_folder(root) / "claims.yaml")}
    claim_id = known_name(claim_id, claims, f"claim {claim_id!r} is unknown", "reports/claims.md")
    claim = claims[claim_id]
    stored = stored_results(claim.stage, root, profile) if claim.needs_runs else {}
    verdict, where = verdict_on(claim, stored, root)
    if claim.needs_runs and where not in stored:
        place = "any profile that decides claims" if profile is None else f"the profile {profile}"
        raise SuiteError(
            f"{claim.stage} has not been judged in {place}: type `python -m zerosnet run "
            f"{claim.stage} --profile {profile or claim.decided_from or DECIDING[0]}`"
        )
    account: dict[str, Any] = {
        "claim": claim.id,
        "outcome": str(verdict.outcome),
        "profile": where,
        "statement": claim.statement,
        "quote": claim.quote,
        "place": claim.place,
        "kind": claim.kind,
        **{name: getattr(claim, name) for name in _TOLD if getattr(claim, name)},
        "summary": verdict.summary,
    }
    page = Path("reports", where, f"{claim.stage}.md")
    if (root / page).is_file():
        account["page"] = page.as_posix()
    if claim.needs_runs:
        return account | _evidence(claim, stored[where]["evidence"])
    return account | {"certificate": list(verdict.details.get("certificate", []))}


def _evidence(claim: Claim, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What a verdict from runs, or from times, rests on."""
    if "devices" in evidence:
        kept = ("device", "record", "commit", "torch")
        return {"timed_on": [{name: d[name] for name in kept} for d in evidence["devices"]]}
    rows = [row for row in evidence["rows"] if claim.is_about(row["cells"], row["data_set"])]
    found = evidence["provenance"]
    column = next(
        name
        for name in (claim.value, "test", evidence["columns"][0])
        if name in evidence["columns"]
    )
    return {
        "images": list(dict.fromkeys(row["images"] for row in rows)),
        **{name: found[name] for name in ("data_checksums", "commits", "torch", "devices")},
        "hours": found["hours"],
        "column": column,
        "selection": PRIMARY,
        "runs": [_run(row, seed, key, column) for row in rows for seed, key in row["keys"].items()],
    }


def _run(row: Mapping[str, Any], seed: str, key: str, column: str) -> dict[str, Any]:
    return {
        "key": key,
        "row": row["label"],
        "method": row["method"],
        "layers": row["layers"],
        "zero_stable": row["zero_stable"],
        "seed": int(seed),
        "diverged": int(seed) in row["diverged"],
        "value": row["measured"][PRIMARY][column].get(seed),
    }


def as_text(account: Mapping[str, Any]) -> str:
    """The chain for people."""
    test = f", {account['test']}" if "test" in account else ""
    lines = [
        f"{account['claim']}  {account['outcome']}  ({account['profile']})",
        f"  {account['statement']}",
        f"  “{account['quote']}” ({account['place']})",
        f"  decided as: {account['kind']}{test}; {account['summary']}",
    ]
    lines += [
        f"  {words}: {account[name]}"
        for name, words in (
            ("reason", "declared"),
            ("afterwards", "results were known before"),
            ("exploratory", "exploratory"),
        )
        if name in account
    ]
    if "page" in account:
        lines.append(f"  page: {account['page']}")
    lines += account.get("certificate", [])
    lines += [
        f"  timed on {device['device']} (results/{device['record']}, code {device['commit']}, "
        f"torch {device['torch']})"
        for device in account.get("timed_on", [])
    ]
    return "\n".join([*lines, *(_runs_as_text(account) if "runs" in account else [])])


def _runs_as_text(account: Mapping[str, Any]) -> list[str]:
    def listed(name: str) -> str:
        return ", ".join(account[name]) or "–"

    lines = [
        f"  images: {listed('images')}, SHA-256 {listed('data_checksums')}",
        f"  code: {listed('commits')}; torch {listed('torch')}",
        f"  machines: {listed('devices')}; {account['hours']} h",
        f"  runs ({account['column']}, {account['selection']}), records under "
        f"results/{account['profile']}/runs/:",
    ]
    for run in account["runs"]:
        value = "diverged" if run["diverged"] else "–" if run["value"] is None else run["value"]
        # Of rows that are told apart by their coefficients the label is the method.
        name = run["row"] if run["row"] == run["method"] else f"{run['row']}: {run['method']}"
        lines.append(
            f"    {run['key']}  {name}, {run['layers']} layers, "
            f"{_STABLE[run['zero_stable']]}, seed {run['seed']}: {value}"
        )
    return lines
