"""What the summary says first: the scale, what holds, and what it follows; from results alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import Any

from zerosnet.judging.cells import counted
from zerosnet.judging.verdict import NO_EVIDENCE
from zerosnet.judging.wording import signed
from zerosnet.reporting.main_effect_page import (
    FAMILIES,
    LEVELS,
    OTHER_READING,
    Effect,
    effects,
    level_text,
)
from zerosnet.reporting.markdown import plain
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.stage_pages import Claims
from zerosnet.reporting.summary import PLACE
from zerosnet.reporting.what_it_follows import Results, differences, what_it_follows
from zerosnet.training.selection import PRIMARY

#: The label of rows that the paper is about, among its rivals.
ZERO_STABLE = "zero-stable"


def answer(results: Results, claims: Claims, singly: Collection[str] = ()) -> str:
    """Three points as a list, and the table that the third rests on; else nothing.

    There is nothing to say where no family of coefficients has runs.

    Args:
        results: profile → stage → result.
        claims: by id.
        singly: claims whose verdicts do not outlive the correction over all that were measured.
    """
    profile, found = _told_of(results)
    if not found:
        return ""
    stages = results[profile]
    bare = effects(stages, (OTHER_READING,))
    items = {
        "Scale": _scale(profile, stages, [*found, *bare], _checked(results, claims)),
        "What holds": _holds(found, bare) + _rivals(stages[found[-1].stage]),
        "What accuracy follows": what_it_follows(results),
    }
    said = "\n".join(f"- **{name}.** {text}" for name, text in items.items())
    return "\n\n".join(filter(None, (said, differences(results, claims, singly))))


def _told_of(results: Results) -> tuple[str, list[Effect]]:
    """The profile with most pairs of table 3, of several the strongest; and its families' effects.

    Where no profile has any, all families' pairs count.
    """
    by_profile = {profile: effects(stages, FAMILIES) for profile, stages in results.items()}
    by_profile = {profile: found for profile, found in by_profile.items() if found}

    def pairs(profile: str) -> tuple[int, int]:
        every = {effect.stage: effect.pairs for effect in by_profile[profile]}
        third = every.get(FAMILIES[-1].stage, 0)
        return third, 0 if third else sum(every.values())

    # The first of the largest: the strongest stands first.
    profile = max(reversed(by_profile), key=pairs, default="")
    return profile, by_profile.get(profile, [])


def _checked(results: Results, claims: Claims) -> str:
    """How many of the numbers that the paper reports were checked, and what came of it."""
    said = []
    for profile, stages in results.items():
        for stage, content in stages.items():
            for verdict in content["verdicts"]:
                known = claims.get(verdict["claim"])
                if known is None or known.kind != "equivalence":
                    continue
                cells = verdict["details"].get("cell_verdicts", {})
                found = {name: o for name, o in cells.items() if o not in NO_EVIDENCE}
                if found:
                    title = plain(content["title"].partition(":")[0])
                    page = f"[{title}]({PLACE}{profile}/{stage}.md)"
                    said.append(f"{len(found)} of {len(cells)} in {page} ({counted(found)})")
    if not said:
        return "no reported accuracy is confirmed or refuted"
    return f"reported accuracies checked: {', '.join(said)}"


def _scale(
    profile: str, stages: Mapping[str, Content], found: Sequence[Effect], checked: str
) -> str:
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
        f"Networks of {_either(map(str, layers))} layers in tables 1 to 3, trained for {epochs} "
        f"epochs on {counts} images of {sizes} ({names}), reach {reached} (profile "
        f"`{plain(profile)}`)"
    )
    if profile == "paper":
        return f"{text}: the paper's own protocol; {checked}."
    return (
        f"{text}. That says which are better after so many epochs, not after the paper's "
        f"training; {checked}."
    )


def _either(texts: Any) -> str:
    return " or ".join(dict.fromkeys(texts))


def _holds(found: Sequence[Effect], bare: Sequence[Effect]) -> str:
    """The pairs of each family of coefficients, and how far ahead the last family is."""
    said = [f"{effect.condition} {effect.counted}" for effect in found]
    if bare and found[0].stage == FAMILIES[0].stage:
        said[0] += (
            f" with PreResNet's own projections, {bare[0].counted} with bare ones (no norm before "
            "them; the paper names neither)"
        )
    counted = "; ".join(reversed(said))
    last = found[-1]
    text = (
        "A network is *zero-stable* if its skip connections alone let nothing grow without bound."
        "<br>A pair has such a network and another, with the same seeds, "
        f"images and recipe. The zero-stable one is more accurate in: {counted}. Each pair is "
        f"decided by itself at {LEVELS}"
    )
    family = last.condition.partition(" (")[0]
    # On average; the interval says whether that is more than chance.
    text += (
        f".<br>In the {family} the difference is {signed(last.interval.estimate)} points "
        f"{level_text(last)} on test{' images' if last.training is None else ''}"
    )
    if last.training is not None:
        text += f" and {signed(last.training.estimate)} on training images"
        if last.training.estimate >= last.interval.estimate > 0:
            text += ": they fit these faster"
    return f"{text}."


def _rivals(content: Content) -> str:
    """Another label that separates the rows without exception, where zero stability does not."""
    details: list[Mapping[str, Any]] = [verdict["details"] for verdict in content["verdicts"]]
    found: Mapping[str, Any] = next((d["labels"] for d in details if "labels" in d), {})
    perfect = [name for name, label in found.items() if label["gap"] > 0]
    if not perfect or ZERO_STABLE in perfect or ZERO_STABLE not in found:
        return ""
    return (
        f" In [table 3]({PLACE}{content['profile']}/{content['stage']}.md) the label has "
        f"exceptions. {' and '.join(plain(name) for name in perfect)} separates these rows without "
        "one, but was found in them."
    )
