"""The effect of zero stability, family by family, and how other conditions move it; one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.judging.contrasts import families
from zerosnet.judging.looks import level_at
from zerosnet.judging.statistics import LEVEL, Interval
from zerosnet.judging.wording import interval_text, signed
from zerosnet.methods.multistep import labelled
from zerosnet.paper.claims import fits
from zerosnet.reporting.drawing import STABLE, TRAINED, UNSTABLE, svg
from zerosnet.reporting.markdown import code, link, plain, table
from zerosnet.reporting.numbers.cells import Content
from zerosnet.reporting.stage_pages import Files
from zerosnet.training.selection import PRIMARY

_CAPTION = (
    "Each condition with its interval and its seeds; at the right, lines join what shares runs, "
    "seeds or methods with table 3"
)
FIGURE = "main_effect_{profile}.svg"
#: Of intervals: that of stages judged once, and that of stages judged again with more seeds.
LEVELS = (
    f"{100 * (1 - LEVEL):.3g} %, or {100 * (1 - level_at(LEVEL, 2)):.3g} % where runs were "
    "judged twice"
)


@dataclass(frozen=True)
class _Condition:
    """Networks that are compared with each other: zero-stable ones and others.

    Args:
        title: for people.
        stage, rows, selection: where their runs are.
        shares: what it has in common with the conditions above it.
    """

    title: str
    stage: str
    rows: Mapping[str, Any] = field(default_factory=dict)
    selection: str = PRIMARY
    shares: str = ""


#: Families of coefficients that share no method and no run: each is counted once.
FAMILIES = (
    _Condition("first order (table 1)", "table1_first_order"),
    _Condition("second order (table 2)", "table2_second_order"),
    _Condition("third order (table 3)", "table3_third_order"),
)
#: The first order once more, as the paper's table may have been meant, too.
OTHER_READING = _Condition(
    "the first order with bare projections (table 1)", "table1_bare_projections"
)
_FOUR = "has four of its ten methods, picked after it was known"
#: The same effect of the third order under other conditions: one effect, not many.
_SENSITIVITY = (
    _Condition(
        "table 3, the best epoch",
        "table3_third_order",
        {},
        "best_on_test",
        "has table 3's very runs",
    ),
    _Condition(
        "table 3, the released code's recipe",
        "table3_as_code",
        shares="has its ten methods and seeds",
    ),
    _Condition("table 3, in float32", "table3_float32", shares="has its ten methods and seeds"),
    _Condition("four rows, 20 layers", "main_effect", {"condition": "20 layers"}, shares=_FOUR),
    _Condition(
        "four rows, 20 layers, no augmentation",
        "main_effect",
        {"condition": "no augmentation"},
        shares=_FOUR,
    ),
    _Condition(
        "four rows, 20 layers, canonical images",
        "main_effect",
        {"condition": "canonical images"},
        shares=_FOUR,
    ),
    _Condition(
        "four rows, 20 layers, Fashion-MNIST",
        "main_effect",
        {"condition": "Fashion-MNIST"},
        shares=_FOUR,
    ),
)
#: The third family and its sensitivity analysis are about these runs.
_THIRD = FAMILIES[2]


@dataclass(frozen=True)
class Effect:
    """How much more accurate zero-stable networks are than others in one condition.

    Args:
        condition: its title.
        stage: where its runs are.
        shares: what it has in common with table 3.
        images: that were used.
        level: two-sided, of the intervals: less where runs were judged more than once.
        interval: of the difference of the two means over rows, in points.
        by_seed: the same difference of the runs of each seed alone.
        pairs: how many pairs of a zero-stable row and another there are.
        better, worse: in how many of them the zero-stable row's interval is above (below) 0.
        training: the difference on the training images, where it is on record.
    """

    condition: str
    stage: str
    shares: str
    images: str
    level: float
    interval: Interval
    by_seed: tuple[float, ...]
    pairs: int
    better: int
    worse: int
    training: Interval | None

    @property
    def counted(self) -> str:
        """In how many pairs the zero-stable row is more accurate, for people."""
        reverse = f" (less accurate in {self.worse})" if self.worse else ""
        return f"{self.better} of {self.pairs}{reverse}"


def level_text(effect: Effect) -> str:
    """The interval of an effect with its level."""
    return f"{interval_text(effect.interval, None)} ({100 * (1 - effect.level):.3g} %)"


def effects(
    stages: Mapping[str, Content], conditions: Sequence[_Condition] = FAMILIES + _SENSITIVITY
) -> list[Effect]:
    """The effect in every condition whose rows share two runs on record."""
    found = []
    for condition in conditions:
        rows = _rows(stages, condition)
        effect = _effect(rows, condition, stages.get(condition.stage))
        if effect is not None:
            found.append(effect)
    return found


def _rows(stages: Mapping[str, Content], condition: _Condition) -> list[Content]:
    """Rows of known stability that have runs."""
    content = stages.get(condition.stage)
    return [
        row
        for row in (content["evidence"]["rows"] if content else [])
        if fits(row["cells"], condition.rows)
        and row["zero_stable"] is not None
        and row["measured"][condition.selection]["test"]
    ]


def _effect(
    rows: Sequence[Content], condition: _Condition, content: Content | None
) -> Effect | None:
    evidence = content["evidence"] if content else {}
    level = level_at(LEVEL, evidence.get("looks", 1))
    stable, other = ([r for r in rows if r["zero_stable"] is label] for label in (True, False))
    if not stable or not other:
        return None

    def values(row: Content) -> Mapping[int, float]:
        return dict(row["measured"][condition.selection]["test"])

    whole = families([values(row) for row in stable], [values(row) for row in other])
    if whole is None:
        return None
    pairs = [families([values(one)], [values(two)]) for one in stable for two in other]
    intervals = [pair.estimate.interval(level) for pair in pairs if pair is not None]
    fits_ = [
        [row.get("training", {}).get(condition.selection, {}) for row in family]
        for family in (stable, other)
    ]
    complete = all(found for family in fits_ for found in family)
    training = families(*fits_) if complete else None
    return Effect(
        condition.title,
        condition.stage,
        condition.shares,
        ", ".join(dict.fromkeys(row["images"] for row in rows if row["keys"])),
        level,
        whole.estimate.interval(level),
        whole.by_seed,
        len(pairs),
        sum(found.low > 0 for found in intervals),
        sum(found.high < 0 for found in intervals),
        training.estimate.interval(level) if training else None,
    )


def strongest_figure(results: Mapping[str, Mapping[str, Content]]) -> str:
    """The name of the figure of the strongest profile with runs of a family, or nothing."""
    for profile, stages in reversed(list(results.items())):
        if effects(stages, FAMILIES):
            return FIGURE.format(profile=profile)
    return ""


def main_effect_page(results: Mapping[str, Mapping[str, Content]]) -> Files:
    """``reports/main_effect.md`` and its figures.

    Args:
        results: profile → stage → result.
    """
    parts = [
        "# Does the effect survive other conditions?",
        "The difference in test accuracy between zero-stable networks and the others, in points: "
        "contrasts within each seed, every row counts alike, with intervals over the seeds at the "
        f"level at which the stage is judged: {LEVELS}. "
        "A pair is a zero-stable row and another; it counts where its own interval lies on "
        "one side of 0 (no correction: these are counts, not a test).",
    ]
    files: Files = {}
    for profile, stages in results.items():
        once = effects(stages, FAMILIES)
        again = effects(stages, _SENSITIVITY)
        if not once and not again:
            continue
        name = FIGURE.format(profile=profile)
        files[name] = main_effect_figure(once, again, profile)
        parts += [
            f"## Profile {code(profile)}",
            "### Families of coefficients, each counted once",
            _table(once, profile, "pairs", lambda effect: effect.counted),
            _without_f(stages),
            _other_reading(stages, profile),
            f"![{_CAPTION}]({name})",
            "### One effect under other conditions",
            "These conditions depend on each other and on table 3: they share its methods, its "
            "seeds or its very runs. They say how far *one* effect moves, not how often it was "
            f"found.{_of_the_four(stages)}",
            _table(again, profile, "depends on table 3: it", lambda effect: effect.shares),
        ]
    if not files:
        parts.append("No profile has runs of such conditions on record.")
    parts.append("---\n\nGenerated by `make report`; do not edit. [Summary](README.md)")
    text = "\n\n".join(part for part in parts if part) + "\n"
    return files | {"main_effect.md": text.encode()}


def _table(found: Sequence[Effect], profile: str, last: str, tell: Callable[[Effect], str]) -> str:
    return table(
        ("condition", "images", "points", "interval", "in training accuracy", last),
        [
            (
                link(effect.condition, f"{profile}/{effect.stage}.md"),
                effect.images,
                signed(effect.interval.estimate),
                level_text(effect),
                signed(effect.training.estimate) if effect.training else "–",
                tell(effect),
            )
            for effect in found
        ],
        right=(2, 4),
    )


def _without_f(stages: Mapping[str, Content]) -> str:
    """Rows with β = 0 as printed have no f in their blocks; the effect without them."""
    for condition in FAMILIES:
        rows = _rows(stages, condition)
        empty = [row for row in rows if labelled(row["method"]).beta == 0]
        rest = [row for row in rows if row not in empty]
        effect = _effect(rest, condition, stages.get(condition.stage)) if empty else None
        if effect is not None:
            labels = ", ".join(plain(row["label"]) for row in empty)
            return (
                f"In {plain(condition.title)} the row {labels} has β = 0 as printed, so f has no "
                f"influence in its blocks; without it the difference is "
                f"{signed(effect.interval.estimate)} {level_text(effect)}."
            )
    return ""


def _other_reading(stages: Mapping[str, Content], profile: str) -> str:
    """What table 1 gives where no norm resets the scale between stages."""
    for effect in effects(stages, (OTHER_READING,)):
        page = link(effect.condition, f"{profile}/{effect.stage}.md")
        return (
            f"The paper does not say how the networks of table 1 project their states. In {page} "
            f"the difference is {signed(effect.interval.estimate)} {level_text(effect)}; pairs: "
            f"{effect.counted}."
        )
    return ""


def _of_the_four(stages: Mapping[str, Content]) -> str:
    """What the methods picked for other conditions give in table 3 itself."""
    picked = {row["method"] for c in _SENSITIVITY if c.shares == _FOUR for row in _rows(stages, c)}
    rows = _rows(stages, _THIRD)
    content = stages.get(_THIRD.stage)
    some = _effect([row for row in rows if row["method"] in picked], _THIRD, content)
    all_ = _effect(rows, _THIRD, content)
    if some is None or all_ is None or not picked:
        return ""
    return (
        f" In table 3 itself the picked methods give {signed(some.interval.estimate)} points, all "
        f"of its methods {signed(all_.interval.estimate)}."
    )


#: How the lines at the right look that join conditions with the third order.
_JOINTS = ("-", "--", ":", "-.")


def _join_what_shares(panel: Any, found: Sequence[Effect], third: int) -> None:
    """At the right of the panel, a line for each way to share with the condition ``third``.

    Args:
        third: its position.
    """
    beside = panel.get_yaxis_transform()  # x in parts of the panel's width, y in positions
    ways = list(dict.fromkeys(effect.shares for effect in found if effect.shares))
    for number, (way, style) in enumerate(zip(ways, _JOINTS, strict=False)):
        x = 1.02 + 0.03 * number
        members = [i for i, effect in enumerate(found) if effect.shares == way]
        look: dict[str, Any] = {"transform": beside, "color": TRAINED, "clip_on": False}
        panel.plot([x, x], [third, max(members)], style, linewidth=1.2, label=way, **look)
        panel.plot([x] * (1 + len(members)), [third, *members], "<", markersize=4, **look)


def main_effect_figure(once: Sequence[Effect], again: Sequence[Effect], profile: str) -> bytes:
    """The effect with its interval, a line a condition; a small dot for each seed alone.

    Families that count once are above the line, below it what depends on the third: lines at the
    right join with it what shares its runs, seeds or methods.
    """

    def draw() -> object:
        found = [*once, *again]
        figure, panel = plt.subplots(figsize=(7.6, 1.2 + 0.36 * len(found)))
        for position, effect in enumerate(found):
            interval = effect.interval
            panel.plot(
                effect.by_seed,
                [position + 0.22] * len(effect.by_seed),
                "o",
                color=TRAINED,
                markersize=2.5,
                label="each seed alone" if position == 0 else None,
            )
            ends = [[interval.estimate - interval.low], [interval.high - interval.estimate]]
            panel.errorbar(
                interval.estimate,
                position,
                xerr=ends if all(math.isfinite(end[0]) for end in ends) else None,
                fmt="o",
                color=STABLE if position < len(once) else UNSTABLE,
                markersize=5,
                capsize=3,
                label={0: "counted once", len(once): "the third order again"}.get(position),
            )
        if once and again:
            panel.axhline(len(once) - 0.5, color="#888888", linewidth=1)
        panel.axvline(0, color="#888888", linewidth=1, linestyle=":")
        if once:
            _join_what_shares(panel, found, len(once) - 1)
        panel.set_yticks(range(len(found)), [effect.condition for effect in found], fontsize=8)
        panel.invert_yaxis()
        panel.set(
            xlabel="accuracy of zero-stable networks minus that of the others, points",
            title=f"{profile}: intervals over paired seeds",
        )
        figure.legend(loc="outside lower center", ncols=2, fontsize=8)
        return figure

    return svg(draw)
