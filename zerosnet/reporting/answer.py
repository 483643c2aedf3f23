"""What the summary says first: the scale, what holds, and what it follows; from results alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from statistics import fmean
from typing import Any

from zerosnet.judging.contrasts import families
from zerosnet.judging.statistics import LEVEL, Interval
from zerosnet.judging.verdict import NO_EVIDENCE, Outcome, Verdict
from zerosnet.judging.wording import interval_text, points, signed
from zerosnet.paper.claims import Claim
from zerosnet.reporting.main_effect_page import (
    FAMILIES,
    LEVELS,
    OTHER_READING,
    Effect,
    effects,
    level_text,
)
from zerosnet.reporting.markdown import ends_text, plain
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.numbers.two_by_two import gains_of
from zerosnet.reporting.stage_pages import Claims
from zerosnet.reporting.summary import PLACE
from zerosnet.training.selection import PRIMARY

#: The stage that crosses the roots with the relative weight of the blocks, and its claims: both
#: kinds of roots are alike at equal weight, pair by pair and on average; growing branches help,
#: decaying ones harm.
DESIGN = "roots_or_weights"
_TABLE_1 = "table1_first_order"
#: The label of rows that the paper is about, among its rivals.
ZERO_STABLE = "zero-stable"
#: What is said of a verdict that does not outlive the correction over all claims.
_BY_ITSELF = ", but not after the correction over all measured claims"
PAIRS, ALIKE, GAIN, LOSS = CLAIMS = ("G10", "G11", "G12", "G13")
#: The stage that moves one root, and its claims: inside against outside, what is left of that at
#: the edge, how much that grows with the depth, and what the sign of k makes.
MOVED = "threshold"
INSIDE, JUMP, SHARPENING, SIGN = MOVED_CLAIMS = ("G20", "G22", "G23", "G21")

Results = Mapping[str, Mapping[str, Content]]


def answer(results: Results, claims: Claims, singly: Collection[str] = ()) -> str:
    """Three sentences and their context, as a list; nothing where no family has runs.

    Args:
        results: profile → stage → result.
        claims: by id.
        singly: claims whose verdicts do not outlive the correction over all that were measured.
    """
    for profile, stages in reversed(list(results.items())):
        if found := effects(stages, FAMILIES):
            bare = effects(stages, (OTHER_READING,))
            items = {
                "Scale": _scale(profile, stages, [*found, *bare]),
                "What holds": _holds(found, bare) + _rivals(stages[found[-1].stage]),
                "What it follows": _follows(results, claims, singly),
            }
            return "\n".join(f"- **{name}.** {text}" for name, text in items.items())
    return ""


def _scale(profile: str, stages: Mapping[str, Content], found: Sequence[Effect]) -> str:
    """Images, epochs, depths and accuracies of the families' own runs."""
    evidence = [stages[effect.stage]["evidence"] for effect in found]
    rows = [row for one in evidence for row in one["rows"] if row["keys"]]
    setups = [setup for one in evidence for setup in one["setups"].values()]
    data = [setup["data"] for setup in setups]
    means = [fmean(values.values()) for row in rows if (values := row["measured"][PRIMARY]["test"])]
    sizes = _either(f"{d['size']}×{d['size']} pixels" if d["size"] else "full size" for d in data)
    counts = _either(f"{d['train']:,}" if d["train"] else "all" for d in data)
    names = _either(plain(d["name"]) for d in data)
    epochs = _either(str(setup["recipe"]["epochs"]) for setup in setups)
    layers = sorted({row["layers"] for row in rows})
    reached = f"{min(means):.0f} to {max(means):.0f} % on test images"
    text = (
        f"Networks of {_either(map(str, layers))} layers (those of the pairs below), trained for "
        f"{epochs} epochs on {counts} images of {sizes} ({names}), reach {reached} (profile "
        f"`{plain(profile)}`)"
    )
    if profile == "paper":
        return f"{text}: the paper's own protocol."
    return (
        f"{text}: enough to say which networks are more accurate after so many epochs on these "
        "images, too little to say which are after the paper's training, or to confirm an accuracy "
        "that it reports."
    )


def _either(texts: Any) -> str:
    return " or ".join(dict.fromkeys(texts))


def _holds(found: Sequence[Effect], bare: Sequence[Effect]) -> str:
    """The pairs of each family of coefficients, and how far ahead the last family is."""
    said = [f"{effect.condition}: {effect.counted}" for effect in found]
    if bare and found[0].stage == FAMILIES[0].stage:
        said[0] += (
            f" with PreResNet's own projections, {bare[0].counted} with bare ones (the paper does "
            "not say which it has)"
        )
    counted = "; ".join(said)
    last = found[-1]
    text = (
        "Networks are *zero-stable* if their skip connections alone let nothing grow without bound "
        "from block to block. Pairs of such a network and another, same seeds, images and recipe, "
        "in which the zero-stable one is more accurate (each pair by itself, at "
        f"{LEVELS}): {counted}"
    )
    family = last.condition.partition(" (")[0]
    # On average; the interval says whether that is more than chance.
    text += (
        f". In the {family} the difference is {signed(last.interval.estimate)} points "
        f"{level_text(last)} on test images"
    )
    if last.training is not None:
        text += f" and {signed(last.training.estimate)} on training images as met in the last epoch"
        if last.training.estimate >= last.interval.estimate > 0:
            text += ": what is shown at this scale is that they fit their training images faster"
    return f"{text}."


def _rivals(content: Content) -> str:
    """Another label that separates the rows without exception, where zero stability does not."""
    details: list[Mapping[str, Any]] = [verdict["details"] for verdict in content["verdicts"]]
    found: Mapping[str, Any] = next((d["labels"] for d in details if "labels" in d), {})
    perfect = [name for name, label in found.items() if label["gap"] > 0]
    if not perfect or ZERO_STABLE in perfect or ZERO_STABLE not in found:
        return ""
    return (
        " In table 3 zero stability does not separate the rows without exception; "
        f"{' and '.join(plain(name) for name in perfect)} does, a threshold found afterwards in "
        f"these very rows ([table 3]({PLACE}{content['profile']}/{content['stage']}.md))."
    )


def _follows(results: Results, claims: Claims, singly: Collection[str]) -> str:
    """Whether it is the roots, or the relative weight of the blocks; as far as runs decide it."""
    gauge = (
        "A pre-activated network that is not zero-stable is, as a function, a zero-stable one "
        f"whose blocks count less and less ([the gauge]({PLACE}theory/gauge.md), a theorem). So "
        "the size of the roots cannot matter between such partners, but for rounding and the ε of "
        "batch norm. The ratios of the roots are the same in both: no such pair tests them. How "
        "much of the difference goes with the weight of the blocks is open to experiment"
    )
    profile, content = _strongest(results, DESIGN, CLAIMS)
    if content is None:
        return f"{gauge}. No run of such an experiment is on record."
    link = f"experiment that crosses the two]({PLACE}{profile}/{DESIGN}.md)"
    known = _known(content, CLAIMS)
    if known is None:
        planned = len(content["evidence"]["rows"]) * content["evidence"]["seeds_planned"]
        have = sum(len(row["keys"]) for row in content["evidence"]["rows"])
        text = f"{gauge}. That is **not decided yet**: [an {link} has {have} of {planned} runs"
        return f"{text}{_so_far(content['evidence'])}."
    said = _said(known, claims, content, singly)
    verdict = _verdict(known)
    checked = f"[The {link}, with bare projections, checks the one and measures the other: {said}."
    besides = _other_weights(profile, results[profile])
    moved = _moved_root(results, claims, singly)
    return "<br>".join(filter(None, (f"{verdict}.", f"{gauge}.", checked, moved, besides)))


def _moved_root(results: Results, claims: Claims, singly: Collection[str]) -> str:
    """What one root makes that is moved over the edge of the unit disk, where runs decide it."""
    profile, content = _strongest(results, MOVED, MOVED_CLAIMS)
    known = _known(content, MOVED_CLAIMS) if content else None
    if known is None:
        return ""
    inside, jump, sharpening, sign = (
        _told(known[name], claims[name], name in singly) for name in MOVED_CLAIMS
    )
    return (
        f"[Where one of two roots, −k, is moved]({PLACE}{profile}/{MOVED}.md), |k| < 1 instead of "
        f"|k| > 1 makes {inside}; what two lines, one on either side, leave at |k| = 1 is "
        f"{jump}, and {sharpening} more at 62 layers than at 20; the sign of k, of which zero "
        f"stability knows nothing, makes {sign} where |k| > 1."
    )


def _other_weights(profile: str, stages: Mapping[str, Content]) -> str:
    """What table 1 shows of blocks that count more and more, and of others that lose weight."""
    content = stages.get(_TABLE_1)
    rows = content["evidence"]["rows"] if content else []
    values = {Fraction(row["cells"]["alpha"]): row["measured"][PRIMARY]["test"] for row in rows}

    def beyond_equal(alphas: Sequence[Fraction]) -> Interval | None:
        """How much more accurate those are than α = 1, if that is known."""
        found = [values[alpha] for alpha in alphas]
        difference = families(found, [values[Fraction(1)]]) if found and 1 in values else None
        return difference.estimate.interval(LEVEL) if difference else None

    growing = sorted(alpha for alpha in values if 0 < alpha < 1)
    said = []
    if (interval := beyond_equal(growing)) and interval.high < 0:
        said.append(
            f"blocks that count more and more (α = {_numbers(growing)}) make {_both(interval)}"
        )
    losing = {a: i for a in sorted(values) if a > 1 and (i := beyond_equal([a]))}
    if any(interval.low > 0 for interval in losing.values()):
        each = " and ".join(f"{_both(i)} at α = {float(a):g}" for a, i in losing.items())
        said.append(f"blocks that lose weight make {each}")
    if not said:
        return ""
    page = f"[table 1]({PLACE}{profile}/{_TABLE_1}.md)"
    return (
        f"Nor is it all: in {page}, whose scale a norm resets in every stage, "
        f"{' and '.join(said)}, against α = 1."
    )


def _numbers(values: Sequence[Fraction]) -> str:
    return " and ".join(f"{float(value):g}" for value in values)


def _both(interval: Interval) -> str:
    """A difference in points with its interval."""
    return f"{signed(interval.estimate)} points {interval_text(interval, None)} (95 %)"


def _strongest(results: Results, stage: str, claims: Sequence[str]) -> tuple[str, Content | None]:
    """The strongest profile that decides a stage's claims, else the strongest with runs of it."""
    found = [(p, stages[stage]) for p, stages in results.items() if stage in stages]
    found = [(p, c) for p, c in found if any(row["keys"] for row in c["evidence"]["rows"])]
    decided = [pair for pair in found if _known(pair[1], claims) is not None]
    chosen = decided or found
    return chosen[-1] if chosen else ("", None)


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
        return "**With bare projections, mostly how fast the blocks lose weight beside the state**"
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


def _said(
    known: Mapping[str, Verdict], claims: Claims, content: Content, singly: Collection[str]
) -> str:
    """The three differences, each with its verdict, and how many pairs are alike."""

    def told(claim: str) -> str:
        return _told(known[claim], claims[claim], claim in singly)

    each = known[PAIRS].details["each"]
    alike = sum(one["holds"] for one in each.values())
    return (
        f"at equal weight, zero stability makes {told(ALIKE)}. Constant instead of decaying weight "
        f"makes {told(GAIN)} in networks that are not zero-stable and {told(LOSS)} in their "
        "zero-stable partners, the same functions trained once more, on average"
        f"{_range(content['evidence'])}. Of {len(each)} pairs that are one function with other "
        f"roots, {alike} are shown to be alike, each by itself ({PAIRS}: "
        f"{known[PAIRS].outcome})"
    )


def _told(verdict: Verdict, claim: Claim, singly: bool) -> str:
    """A difference with its interval, what was stated of it, and the verdict."""
    details, limit = verdict.details, points(claim.margin or claim.at_least_by)
    bound = f"within ±{limit}" if claim.margin else f"at least {limit}"
    stated = f"stated: {bound}: " if claim.margin or claim.at_least_by else ""
    said = f"{verdict.claim}, {stated}{verdict.outcome}{_BY_ITSELF * singly}"
    if "difference" not in details:
        return f"no difference that could be measured ({said})"
    difference = f"{signed(details['difference'])} points"
    if None in details["interval"]:
        return f"{difference} ({said})"
    level = f"{100 * (1 - details['interval_level']):.3g} %"
    return f"{difference} {ends_text(details['interval'])} ({level}; {said})"


def _range(evidence: Content) -> str:
    """From which set of coefficients to which constant weight gains least and most."""
    gains = [g.estimate for both in gains_of(evidence, PRIMARY).values() for g in both if g]
    least, most = (signed(end(gains)) for end in (min, max)) if gains else ("", "")
    return f" (from {least} to {most} by set of coefficients)" if gains else ""


def _so_far(evidence: Content) -> str:
    """Both main effects over the seeds that every row has: numbers, no test."""
    rows = [(row["cells"], row["measured"][PRIMARY]["test"]) for row in evidence["rows"]]
    shared = set.intersection(*(set(values) for _, values in rows)) if rows else set()
    if not shared:
        return ", no seed of all of its rows"

    def effect(column: str, first: str) -> str:
        sides: dict[bool, list[dict[int, float]]] = {True: [], False: []}
        for cells, values in rows:
            sides[cells[column] == first].append({int(s): values[s] for s in sorted(shared)})
        found = families(sides[True], sides[False])
        mean = (
            found.estimate.value
            if found
            else fmean(fmean(v.values()) for v in sides[True])
            - fmean(fmean(v.values()) for v in sides[False])
        )
        ends = f"{interval_text(found.estimate.interval(LEVEL), None)} (95 %)" if found else ""
        return f"{signed(mean)} {ends}".strip()

    seeds = f"the {len(shared)} seeds" if len(shared) > 1 else "the one seed"
    return (
        f". In {seeds} that all of its rows have, zero-stable minus not is "
        f"{effect('roots', 'zero-stable')} points at equal weight of the blocks, and constant "
        f"minus decaying weight is {effect('branch', 'constant')} points at equal roots; no test "
        "is made of them before the seeds are there"
    )
