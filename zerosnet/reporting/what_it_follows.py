"""What accuracy follows, the roots or the weight of the blocks: a sentence and a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from zerosnet.judging.contrasts import families
from zerosnet.judging.statistics import LEVEL, Interval
from zerosnet.judging.verdict import NO_EVIDENCE, Outcome, Verdict
from zerosnet.judging.wording import signed
from zerosnet.paper.claims import Claim
from zerosnet.reporting.design_so_far import rows_with_runs, runs_so_far, scale_of
from zerosnet.reporting.markdown import Markup, ends_text, table
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.numbers.predicted import BRANCH_WEIGHT, ZERO_STABILITY, correlation_given
from zerosnet.reporting.numbers.two_by_two import gains_of
from zerosnet.reporting.stage_pages import Claims, outcome_text
from zerosnet.reporting.summary import AFTERWARDS, PLACE, SINGLY
from zerosnet.training.selection import PRIMARY

#: The stage that crosses the roots with the relative weight of the blocks, and its claims: both
#: kinds of roots are alike at equal weight, pair by pair and on average; growing branches help,
#: decaying ones harm.
DESIGN = "roots_or_weights"
PAIRS, ALIKE, GAIN, LOSS = CLAIMS = ("G10", "G11", "G12", "G13")
#: The stage that moves one root, and its claims: inside against outside, what is left of that at
#: the edge, how much that grows with the depth, and what the sign of k makes.
MOVED = "threshold"
INSIDE, JUMP, SHARPENING, SIGN = MOVED_CLAIMS = ("G20", "G22", "G23", "G21")
#: The stage of methods that nobody has picked, and its claims: what their accuracy goes with, with
#: which of two numbers more closely, and what is left of both where all are zero-stable.
DRAWN = "random_methods"
LABEL, WEIGHT, CLOSER, WEIGHT_WITHIN, ROOTS_WITHIN = DRAWN_CLAIMS = (
    "G80",
    "G81",
    "G82",
    "G83",
    "G84",
)
#: Table 1, as a norm resets the scale in every stage, and with bare projections.
_TABLE_1, _BARE_TABLE_1 = "table1_first_order", "table1_bare_projections"
#: What is changed in each comparison that has a line, all else equal; of methods drawn at random
#: nothing is held equal.  The sharpening has none: it does not tell the roots from the weight.
_CHANGED = {
    GAIN: "not zero-stable: weight kept instead of lost",
    LOSS: "… the same functions, with zero-stable roots",
    ALIKE: "one function: zero-stable roots instead of others",
    PAIRS: "… each pair by itself",
    INSIDE: "one root, −k: inside instead of outside the unit disk",
    JUMP: "… the jump left at the edge, |k| = 1",
    SIGN: "… outside: k > 0 instead of k < 0",
    LABEL: "methods drawn at random, and zero stability",
    WEIGHT: "… and the weight of the blocks",
    CLOSER: "… that weight, and small parasitic roots",
    WEIGHT_WITHIN: "… and the weight, zero-stable ones alone",
    ROOTS_WITHIN: "… and small parasitic roots, these alone",
}
#: Of what is shown and no claim is about.
_MEASURED_ONLY = "(measured only)"
_HEADER = ("what is changed", "gain in points, or rank correlation", "stated", "verdict", "from")
_STAGES = ((DESIGN, CLAIMS), (MOVED, MOVED_CLAIMS), (DRAWN, DRAWN_CLAIMS))

Results = Mapping[str, Mapping[str, Content]]


class _Decided(NamedTuple):
    """The results of a stage, and its verdicts by claim."""

    profile: str
    content: Content
    known: Mapping[str, Verdict]


class _OtherWeight(NamedTuple):
    """Rows of table 1 whose blocks count more and more, or less and less, against α = 1."""

    growing: bool
    alphas: Sequence[Fraction]
    interval: Interval


def what_it_follows(results: Results) -> str:
    """Whether it is the roots, or the relative weight of the blocks; as far as runs decide it.

    Args:
        results: profile → stage → result.
    """
    gauge = (
        "Batch norm removes the scale of the states. So a pre-activated network with bare "
        "projections that is not zero-stable is, as a function, a zero-stable one whose blocks "
        f"count ever less ([the gauge]({PLACE}theory/gauge.md), a theorem): between them the "
        "size of the roots cannot matter, but for rounding and ε; their ratios, the same in both, "
        "stay untested"
    )
    question = "How much of the difference goes with the weight of the blocks is open to experiment"
    profile, content = _strongest(results, DESIGN, CLAIMS)
    if content is None:
        return f"{gauge}. {question}. No run of such an experiment is on record."
    design = f"experiment]({PLACE}{profile}/{DESIGN}.md)"
    known = _known(content, CLAIMS)
    if known is None:
        return (
            f"{gauge}. {question}; it is **not decided yet**: [an {design} has "
            f"{runs_so_far(content['evidence'])}."
        )
    equal, gain = (_points(known[claim]) for claim in (ALIKE, GAIN))
    measured = (
        f"[An {design} changes roots or weight alone: roots of one function make {equal}, weight "
        f"kept instead of lost {gain}"
        f"{_range(content['evidence'])}"
    )
    besides = (
        _at_other_scales(results, profile),
        _of_one_root(results),
        _of_drawn(results),
        _not_all(results),
    )
    said = (f"{_verdict(known)}.", f"{gauge}.", f"{measured}.", *besides)
    return "<br>".join(filter(None, said))


def differences(results: Results, claims: Claims, singly: Collection[str] = ()) -> str:
    """A table of the comparisons that runs have decided; nothing where there are none.

    Args:
        results: profile → stage → result.
        claims: by id.
        singly: claims whose verdicts do not outlive the correction over all that were measured.
    """
    rows: list[tuple[str, ...]] = []
    for stage, names in _STAGES:
        if found := _decided(results, stage, names):
            rows += _of_claims(found.profile, stage, found.known, claims, singly)
            if stage == MOVED and (across := _outside_against_inside(found.content)):
                changed = "… k > 0 outside instead of k < 0 inside"
                page = _page(stage, found.profile, stage)
                rows.append((changed, _both(across), "–", _MEASURED_ONLY, page))
    profile, others = _other_weights(results)
    for growing, alphas, interval in others if rows else ():
        kind = "zero-stable" if growing else "not zero-stable"
        listed = " and ".join(f"{float(alpha):g}" for alpha in alphas)
        shown = _both(interval)
        changed = f"table 1: α = {listed} ({kind}) instead of 1"
        page = _page("table 1", profile, _TABLE_1)
        rows.append((changed, shown, "–", _MEASURED_ONLY, page))
    return table(_HEADER, rows) if rows else ""


def _page(text: str, profile: str, stage: str) -> Markup:
    """A link to a stage's page, from wherever the table is shown."""
    return Markup(f"[{text}]({PLACE}{profile}/{stage}.md)")


def _of_claims(
    profile: str,
    stage: str,
    known: Mapping[str, Verdict],
    claims: Claims,
    singly: Collection[str],
) -> Iterator[tuple[str, ...]]:
    """A line for each claim of a stage."""
    for claim, changed in _CHANGED.items():
        if claim not in known:
            continue
        verdict = known[claim]
        if claim == PAIRS:
            each = [one["holds"] for one in verdict.details["each"].values()]
            shown = f"{sum(each)} of {len(each)} shown to be alike"
        else:
            shown = _difference(verdict)
        said = outcome_text(verdict.outcome) + f" {SINGLY}" * (claim in singly)
        said += f" {AFTERWARDS}" * bool(claims[claim].afterwards)
        page = _page(claim, profile, stage)
        yield changed, shown, _stated(claims[claim]), said, page


def _stated(claim: Claim) -> str:
    """What a claim says of its difference."""
    if claim.margin:
        return f"±{claim.margin:g}"
    if claim.rival:
        return "weight closer"
    return f"≥ {claim.at_least_by:g}" if claim.at_least_by else "> 0"


def _other_weights(results: Results, stage: str = _TABLE_1) -> tuple[str, list[_OtherWeight]]:
    """The profile with most of the runs of a reading of table 1, and what it shows, at 95 %.

    Nothing where it or its α = 1 has no runs.
    """
    profile, content = _strongest(results, stage, ())
    rows = content["evidence"]["rows"] if content else []
    values = {Fraction(row["cells"]["alpha"]): row["measured"][PRIMARY]["test"] for row in rows}
    equal = values.get(Fraction(1), {})
    growing = sorted(alpha for alpha in values if 0 < alpha < 1)
    sets = [growing, *([alpha] for alpha in sorted(values) if alpha > 1)]
    found = []
    for alphas in sets:
        both = families([values[alpha] for alpha in alphas], [equal]) if alphas and equal else None
        if both:
            interval = both.estimate.interval(LEVEL)
            found.append(_OtherWeight(alphas is growing, alphas, interval))
    return profile, found


def _at_other_scales(results: Results, told: str) -> str:
    """What the design shows in other profiles than the one that is told of, decided or not yet."""
    said = []
    every = _sets(results[told][DESIGN]["evidence"])
    for profile, stages in results.items():
        evidence = stages[DESIGN]["evidence"] if DESIGN in stages else {"rows": []}
        if profile == told or not rows_with_runs(evidence):
            continue
        known = _known(stages[DESIGN], CLAIMS)
        if known is None:
            found = f"has {runs_so_far(evidence)}"
        else:
            equal, gain = (f"{_points(known[c])} ({known[c].outcome})" for c in (ALIKE, GAIN))
            found = f"shows for the roots {equal}, for weight kept {gain}"
        mine = _sets(evidence) & every
        part = f"{len(mine)} of the {len(every)} sets; " if mine < every else ""
        at_hand = f"[`{profile}`]({PLACE}{profile}/{DESIGN}.md) ({part}{scale_of(evidence)})"
        said.append(f"{at_hand} {found}.")
    return " ".join(said)


def _sets(evidence: Content) -> set[str]:
    """The sets of coefficients that have runs."""
    return {row["cells"]["condition"] for row in evidence["rows"] if row["keys"]}


def _of_one_root(results: Results) -> str:
    """What one root makes that is kept inside the unit disk, once runs have decided it."""
    found = _decided(results, MOVED, MOVED_CLAIMS)
    if found is None:
        return ""
    known = found.known
    inside, sign = (_points(known[claim]) for claim in (INSIDE, SIGN))
    jump = known[JUMP].details.get("difference")
    shown = "" if jump is None else f" ({signed(jump)})"
    at_the_edge = {
        Outcome.DIFFERS: (
            f"on average a jump of a point at its edge is excluded{shown}; the bend that zero "
            "stability predicts was not tested"
        ),
        Outcome.ORDER_REVERSED: f"at the edge it jumps the other way round{shown}",
        Outcome.ORDER_HOLDS: f"at the edge there is a jump{shown}",
    }.get(known[JUMP].outcome, f"whether it jumps at the edge is open{shown}")
    return (
        f"[One root, −k]({PLACE}{found.profile}/{MOVED}.md), inside instead of outside the unit "
        f"disk makes {inside}; {at_the_edge}. The sign of k makes {sign} outside."
    )


def _outside_against_inside(content: Content) -> Interval | None:
    """How much more accurate k > 0 is, not zero-stable, than k < 0, zero-stable; 95 %."""
    runs = {
        kind: [
            row["measured"][PRIMARY]["test"]
            for row in content["evidence"]["rows"]
            if (row["cells"].get("side"), row["cells"].get("sign")) == kind
        ]
        for kind in (("outside", "positive"), ("inside", "negative"))
    }
    if not all(rows and all(rows) for rows in runs.values()):
        return None
    found = families(*runs.values())
    return found.estimate.interval(LEVEL) if found else None


def _of_drawn(results: Results) -> str:
    """What the accuracy of methods goes with that nobody has picked, once runs have decided it."""
    found = _decided(results, DRAWN, DRAWN_CLAIMS)
    details = [found.known[claim].details for claim in (LABEL, WEIGHT)] if found else []
    if found is None or not all(one.get("correlations") for one in details):
        return ""
    stable, weight = (next(iter(one["correlations"].values())) for one in details)
    given = correlation_given(ZERO_STABILITY, BRANCH_WEIGHT, found.content["evidence"], PRIMARY)
    held = "" if given is None else f"; {signed(given)} at equal weight"
    return (
        f"Over {details[0]['rows_compared']} [methods drawn at random]"
        f"({PLACE}{found.profile}/{DRAWN}.md) accuracy has the rank correlation "
        f"{signed(stable['value'])} (at most {stable['most']:.2f}{held}) with zero stability and "
        f"{signed(weight['value'])} with that weight in the first stage."
    )


def _not_all(results: Results) -> str:
    """What of table 1 does not follow suit: α < 1 that costs accuracy, α > 1 that gains some."""
    costs, gains = [], []
    for stage, projections in ((_BARE_TABLE_1, "bare projections"), (_TABLE_1, "PreResNet's")):
        profile, found = _other_weights(results, stage)
        page = f"[{projections}]({PLACE}{profile}/{stage}.md)"
        for growing, alphas, interval in found:
            size = f"{abs(interval.estimate):.2f} with {page}"
            if growing and interval.high < 0:
                costs.append(size)
            elif not growing and interval.low > 0:
                gains.append(f"α = {float(alphas[0]):g}, whose blocks lose weight, gains {size}")
    said = []
    if costs:
        said.append(f"α < 1, whose blocks gain weight, costs points: {', '.join(costs)}")
    said += gains
    return f"It is not all: in table 1 {'; '.join(said)}." if said else ""


def _strongest(results: Results, stage: str, claims: Sequence[str]) -> tuple[str, Content | None]:
    """The profile that says most of a stage: that decides its claims, for most of its rows.

    Of several the strongest, as where verdicts are listed (:mod:`zerosnet.judging.strongest`).
    """
    found = [(p, stages[stage]) for p, stages in results.items() if stage in stages]
    found = [(p, c) for p, c in found if rows_with_runs(c["evidence"])]
    decided = [pair for pair in found if _known(pair[1], claims) is not None]
    most = max((rows_with_runs(c["evidence"]) for _, c in decided or found), default=0)
    chosen = [pair for pair in decided or found if rows_with_runs(pair[1]["evidence"]) == most]
    return chosen[-1] if chosen else ("", None)


def _decided(results: Results, stage: str, claims: Sequence[str]) -> _Decided | None:
    """A stage where runs have decided all of its claims, in the strongest profile that has them."""
    profile, content = _strongest(results, stage, claims)
    known = _known(content, claims) if content else None
    return None if content is None or known is None else _Decided(profile, content, known)


def _known(content: Content, claims: Sequence[str]) -> dict[str, Verdict] | None:
    """The verdicts on some claims of a stage, if runs gave all of them."""
    verdicts = {entry["claim"]: Verdict.from_json(entry) for entry in content["verdicts"]}
    mine = {claim: verdicts[claim] for claim in claims if claim in verdicts}
    complete = len(mine) == len(claims)
    return mine if complete and all(v.outcome not in NO_EVIDENCE for v in mine.values()) else None


def _verdict(known: Mapping[str, Verdict]) -> str:
    """What the three verdicts say together."""
    alike, weights = known[ALIKE].outcome, [known[claim].outcome for claim in (GAIN, LOSS)]
    matter = all(outcome is Outcome.ORDER_HOLDS for outcome in weights)
    if alike is Outcome.EQUIVALENT and matter:
        return (
            "**In the paper's rows, at this scale, mostly the weight of the blocks beside the "
            "state (bare projections, on average). With constant β, as in the paper, roots outside "
            "the unit disk make blocks lose it; where β grows so that they keep it, such roots "
            "make less than a point of difference**"
        )
    if alike is Outcome.EQUIVALENT:
        return (
            "**Not the roots**, which at equal weight of the blocks make no difference; whether it "
            "is that weight is not shown on average over the rows"
        )
    if alike is Outcome.DIFFERS and matter:
        return "**Both the roots and the relative weight of the blocks**"
    if alike is Outcome.DIFFERS:
        return "**The roots**, at equal weight of the blocks; that weight alone does not explain it"
    if matter:
        return (
            "**The relative weight of the blocks**; whether the roots matter besides is not decided"
        )
    return "**Not decided**"


def _points(verdict: Verdict) -> str:
    """A difference as a part of a sentence."""
    found = verdict.details.get("difference")
    return "no difference that could be measured" if found is None else f"{signed(found)} points"


def _difference(verdict: Verdict) -> str:
    """A difference with its interval, in points."""
    details = verdict.details
    if details.get("correlations"):
        return _correlations(list(details["correlations"].values()), details["interval_level"])
    if "difference" not in details:
        return "none that could be measured"
    shown = signed(details["difference"])
    if None in details["interval"]:
        return shown
    level = f"{100 * (1 - details['interval_level']):.3g} %"
    return f"{shown} {ends_text(details['interval'])} ({level})"


def _correlations(found: Sequence[Mapping[str, Any]], level: float) -> str:
    """A rank correlation with its interval, or beside that of the rival."""
    ours, *rivals = (f"{signed(one['value'])}" for one in found)
    if rivals:
        return f"correlations {ours} and {', '.join(rivals)}"
    if None in found[0]["interval"]:
        return f"correlation {ours} (at most ±{found[0]['most']:.2f})"
    return f"correlation {ours} {ends_text(found[0]['interval'])} ({100 * (1 - level):.3g} %)"


def _both(interval: Interval) -> str:
    """A difference in points with its interval, 95 %."""
    return f"{signed(interval.estimate)} {ends_text((interval.low, interval.high))} (95 %)"


def _range(evidence: Content) -> str:
    """The least and the most that constant weight gains in a set, without zero stability."""
    gains = [gain.estimate for _, gain in gains_of(evidence, PRIMARY).values() if gain]
    least, most = (signed(end(gains)) for end in (min, max)) if gains else ("", "")
    return f" ({least} to {most} by set)" if gains else ""
