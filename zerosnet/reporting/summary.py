"""The first screen: what holds, what does not, what nobody knows; and the list of all claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from zerosnet.judging.statistics import LEVEL, holm
from zerosnet.judging.verdict import FAILS, HOLDS, Outcome, Verdict
from zerosnet.paper.errata import Erratum
from zerosnet.reporting.closing import BESIDE
from zerosnet.reporting.markdown import code, link, table
from zerosnet.reporting.stage_pages import Claims, outcome_text

#: In an answer: where the pages are, seen from the page that shows it.
PLACE = "{reports}"
#: What qualifies a verdict: mark → what the line under the tables says of it.
SINGLY, AFTERWARDS = "¹", "²"
_MARKS = {
    SINGLY: "decided at its own level; does not survive the correction over all measured claims",
    AFTERWARDS: "asked, or its test changed, once runs were known; its page says which and why",
}


#: What stands on the first screen, in this order.
_GROUPS = (
    ("What holds", HOLDS),
    ("What does not hold", FAILS),
    (
        "What the runs leave open",
        frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_TESTABLE_HERE, Outcome.INSUFFICIENT_SEEDS}),
    ),
    ("What nobody has run", frozenset({Outcome.NOT_RUN, Outcome.BLOCKED, Outcome.SMOKE})),
)


def first_screen(
    verdicts: Mapping[str, Verdict],
    claims: Claims,
    pages: Mapping[str, tuple[str, str]],
    hours: Mapping[str, float],
    answer: str = "",
    changed: Collection[str] = (),
) -> str:
    """``reports/README.md``.

    Args:
        verdicts: claim → its strongest verdict.
        claims: by id.
        pages: claim → (profile, path of its page).
        hours: profile → hours of computing on record.
        answer: to the question in the title: what stands above the tables of verdicts.
        changed: claims whose verdicts have changed since an earlier state of the project.
    """
    parts = ["# Does zero stability predict performance?"]
    parts += [answer.replace(PLACE, "")] if answer else []
    groups, legend, told = _screen(verdicts, claims, pages, "##", changed, answer)
    parts += groups
    spent = "; ".join(f"{code(name)}: {time:.1f} hours" for name, time in hours.items())
    parts += [
        f"{legend}Here are {told} of {len(claims)} claims; of all: {counts(verdicts)}. "
        f"{survivors(verdicts)} [Every claim](claims.md) · "
        "[other conditions](main_effect.md) · "
        "[what else goes with accuracy](predictors.md) · "
        "[what has changed](changes.md) · "
        "[family tree](family_tree.md) · "
        "[errata](errata.md) · [deviations](deviations.md) · [coverage](coverage.md) · "
        "[performance](performance.md) · [reliability](reliability.md) · "
        "[explorer](explorer.html) (download and open it) · "
        "[the paper by its own numbers](theory/paper_audit.md). "
        "`theory` needs no runs: it is decided exactly, or from what is printed; `mini` and "
        f"`medium` never speak of a reported accuracy. Computing behind these pages, training and "
        f"measuring: {spent or 'none'}.",
        _footer(),
    ]
    return "\n\n".join(parts) + "\n"


def _screen(
    verdicts: Mapping[str, Verdict],
    claims: Claims,
    pages: Mapping[str, tuple[str, str]],
    heading: str,
    changed: Collection[str],
    answer: str,
) -> tuple[list[str], str, int]:
    """The claims that have a headline, group by group.

    Returns:
        Headings and tables, the number of claims where none of a group has a headline; what the
        marks beside verdicts mean; how many claims are told.
    """
    parts = []
    singly = decided_singly(verdicts)

    def line(claim: str, text: str) -> tuple[str, str, str]:
        found = {
            SINGLY: claim in singly,
            AFTERWARDS: bool(claims[claim].afterwards)
            or (claim in changed and claims[claim].needs_runs),
        }
        marks = [mark for mark, holds in found.items() if holds]
        used.update(marks)
        said.add(claim)
        outcome = outcome_text(verdicts[claim].outcome)
        return text, " ".join([outcome, *marks]), _link(claim, pages)

    used = {mark for mark in _MARKS if mark in answer}
    said: set[str] = set()
    for title, outcomes in _GROUPS:
        mine = [claim for claim in claims.values() if verdicts[claim.id].outcome in outcomes]
        # What stands beside another headline already is not said once more.
        told = [claim for claim in mine if claim.headline and claim.id not in said]
        rows = []
        for claim in told:
            text = f"{claim.headline} (exploratory)" if claim.exploratory else claim.headline
            rows.append(line(claim.id, text))
            # What has a verdict of the same kind takes nothing from the headline.
            if claim.beside in claims and verdicts[claim.beside].outcome not in outcomes:
                other = claims[claim.beside]
                text = f"{BESIDE}{other.headline or other.statement.removesuffix('.')}"
                rows.append(line(other.id, text))
        parts.append(f"{heading} {title}")
        header = ("statement", "verdict", "from")
        parts.append(table(header, rows) if rows else f"{len(mine)} claims.")
    legend = " · ".join(f"{mark} {text}" for mark, text in _MARKS.items() if mark in used)
    average = (
        "Statements about several networks are decided on average over them. `DIFFERS` from “≥ 1” "
        "says that it is less. A correlation with a label, such as zero stability, cannot exceed "
        "the bound that is given. "
    )
    return parts, f"{legend}.<br>{average}" if legend else average, len(said)


def survivors(verdicts: Mapping[str, Verdict]) -> str:
    """How many decided claims outlive a correction over all that were measured."""
    measured = _measured(verdicts)
    decided = [c for c in measured if verdicts[c].outcome in HOLDS | FAILS]
    if not measured:
        return ""
    surviving = len(decided) - len(decided_singly(verdicts))
    return (
        f"Of {len(decided)} claims that runs decided by a test, each at its own level, {surviving} "
        f"survive Holm's correction over all {len(measured)} measured claims at {100 * LEVEL:g} %."
    )


def _measured(verdicts: Mapping[str, Verdict]) -> dict[str, float]:
    """Claim → its p-value, of all that runs were tested for.

    What is tested at less than 5 %, as a second look is, has its p-value raised by as much: else
    the correction would take the looks for free.
    """
    found = {claim: verdict.details for claim, verdict in verdicts.items()}
    return {
        claim: min(1.0, details["p_value"] * (LEVEL / min(LEVEL, details.get("level", LEVEL))))
        for claim, details in found.items()
        if details.get("p_value") is not None
    }


def decided_singly(verdicts: Mapping[str, Verdict]) -> set[str]:
    """The claims that a test decided and that do not outlive the correction over all."""
    measured = _measured(verdicts)
    if not measured:
        return set()
    adjusted = dict(zip(measured, holm(list(measured.values())), strict=True))
    decided = HOLDS | FAILS
    return {c for c, p in adjusted.items() if verdicts[c].outcome in decided and p > LEVEL}


#: What the project's README shows of the summary stands between these lines.
_BEGIN, _END = "<!-- generated by `make report` -->", "<!-- end of what is generated -->"


def with_summary(
    readme: bytes,
    verdicts: Mapping[str, Verdict],
    claims: Claims,
    pages: Mapping[str, tuple[str, str]],
    answer: str,
    figure: str,
    changed: Collection[str] = (),
) -> bytes:
    """The project's README with the tables of the first screen, where it has a place for them.

    Args:
        readme: as it stands.
        verdicts, claims, pages, answer, changed: see :func:`first_screen`.
        figure: name of a figure of ``reports/``, or nothing.
    """
    text = readme.decode()
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        return readme
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    from_root = {claim: (name, f"reports/{page}") for claim, (name, page) in pages.items()}
    picture = (
        f"[![Zero-stable networks against the others](reports/{figure})](reports/main_effect.md)"
    )
    told = answer.replace(PLACE, "reports/")
    groups, legend, said = _screen(verdicts, claims, from_root, "###", changed, answer)
    parts = [told, picture if figure else "", *groups]
    parts.append(
        f"{legend}Here are {said} of {len(claims)} claims. {survivors(verdicts)} "
        "[Every claim](reports/claims.md)"
    )
    block = "\n\n".join([_BEGIN, *filter(None, parts), _END])
    return f"{before}{block}{after}".encode()


def _link(claim: str, pages: Mapping[str, tuple[str, str]]) -> str:
    """The page of a claim, by the name of the profile that decides it."""
    if claim not in pages:
        return claim
    profile, page = pages[claim]
    return link(profile, page)


def all_claims(parts: Sequence[str], verdicts: Mapping[str, Verdict]) -> str:
    """``reports/claims.md``: every claim with its verdict, stage by stage."""
    lead = (
        "Statements that are decided exactly come with a certificate; those about accuracy with "
        "the runs that were made. A verdict from `mini` is about the order of networks at reduced "
        "scale, never about a reported number."
    )
    counted = f"{counts(verdicts)}. {survivors(verdicts)}"
    if decided_singly(verdicts):
        counted += f" {SINGLY} {_MARKS[SINGLY]}."
    return "\n\n".join(["# Every claim", lead, counted, *parts, _footer()]) + "\n"


def errata_page(errata: Sequence[Erratum]) -> str:
    """``reports/errata.md``: what does not hold, with the shortest convincing reason."""
    rows = [(entry.claim, str(entry.outcome), entry.profile, entry.reason) for entry in errata]
    lead = "Statements that do not hold, as entered in `claims/paper/errata.yaml`."
    listed = table(("claim", "verdict", "profile", "reason"), rows)
    return "\n\n".join(["# Errata", lead, listed, _footer()]) + "\n"


def counts(verdicts: Mapping[str, Verdict]) -> str:
    """How many verdicts of each kind there are."""
    found = Counter(verdict.outcome for verdict in verdicts.values())
    return " · ".join(f"{outcome_text(o)} {found[o]}" for o in Outcome if found[o])


def _footer() -> str:
    return "---\n\nGenerated by `make report` from the records in `results/`; do not edit."
