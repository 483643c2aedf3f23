"""Does the effect of zero stability survive other conditions?  One page, one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt

from zerosnet.judging.statistics import Interval, contrast
from zerosnet.paper.claims import fits
from zerosnet.reporting.drawing import STABLE, TRAINED, svg
from zerosnet.reporting.markdown import code, link, plain, table
from zerosnet.reporting.stage_pages import Content, Files
from zerosnet.training.selection import PRIMARY

FIGURE = "main_effect_{profile}.svg"


@dataclass(frozen=True)
class _Condition:
    """Networks that are compared with each other: zero-stable ones and others."""

    title: str
    stage: str
    rows: Mapping[str, Any] = field(default_factory=dict)
    selection: str = PRIMARY


_CONDITIONS = (
    _Condition("first order (table 1)", "table1_first_order"),
    _Condition("second order (table 2)", "table2_second_order"),
    _Condition("third order (table 3)", "table3_third_order"),
    _Condition("table 3, the best epoch", "table3_third_order", selection="best_on_test"),
    _Condition("table 3, the released code's recipe", "table3_as_code"),
    _Condition("table 3, in float32", "table3_float32"),
    _Condition("four rows, 20 layers", "main_effect", {"condition": "20 layers"}),
    _Condition("the same, no augmentation", "main_effect", {"condition": "no augmentation"}),
    _Condition("the same, canonical images", "main_effect", {"condition": "canonical images"}),
    _Condition("the same, Fashion-MNIST", "main_effect", {"condition": "Fashion-MNIST"}),
)


@dataclass(frozen=True)
class Effect:
    """How much more accurate zero-stable networks are than others in one condition.

    Args:
        condition: its title.
        stage: where its runs are.
        images: that were used.
        interval: of the difference of the two means over rows, in points.
        by_seed: the same difference of the runs of each seed alone.
    """

    condition: str
    stage: str
    images: str
    interval: Interval
    by_seed: tuple[float, ...]


def effects(stages: Mapping[str, Content]) -> list[Effect]:
    """The effect in every condition that has two runs a row on record."""
    found = []
    for condition in _CONDITIONS:
        if condition.stage not in stages:
            continue
        rows = [
            row
            for row in stages[condition.stage]["evidence"]["rows"]
            if fits(row["cells"], condition.rows) and row["zero_stable"] is not None
        ]
        families = [
            [
                row["measured"][condition.selection]["test"]
                for row in rows
                if row["zero_stable"] is stable
                if row["measured"][condition.selection]["test"]
            ]
            for stable in (True, False)
        ]
        if not all(families) or max(len(row) for family in families for row in family) < 2:
            continue
        first, second = ([list(row.values()) for row in family] for family in families)
        seeds = set.intersection(*(set(row) for family in families for row in family))
        found.append(
            Effect(
                condition.title,
                condition.stage,
                ", ".join(dict.fromkeys(row["images"] for row in rows if row["keys"])),
                contrast(first, second).interval,
                tuple(
                    fmean(row[seed] for row in families[0])
                    - fmean(row[seed] for row in families[1])
                    for seed in sorted(seeds)
                ),
            )
        )
    return found


def main_effect_in_short(results: Mapping[str, Mapping[str, Content]]) -> tuple[str, str]:
    """A sentence and the figure's name, of the strongest profile that has such runs; or nothing."""
    for profile, stages in reversed(list(results.items())):
        if found := effects(stages):
            estimates = [effect.interval.estimate for effect in found]
            return (
                f"In {_surely(found)} of {len(found)} conditions tried, zero-stable networks are "
                "surely more accurate than the others with the same seeds, images and recipe; the "
                f"difference is {_points(min(estimates))} to {_points(max(estimates))} points.",
                FIGURE.format(profile=profile),
            )
    return "", ""


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _surely(found: Sequence[Effect]) -> int:
    return sum(effect.interval.low > 0 for effect in found)


def main_effect_page(results: Mapping[str, Mapping[str, Content]]) -> Files:
    """``reports/main_effect.md`` and its figures.

    Args:
        results: profile → stage → result.
    """
    parts = [
        "# Does the effect survive other conditions?",
        "The difference in test accuracy between zero-stable networks and the others, in points, "
        "with its 90 % interval (seeds as the sample; every row counts alike), condition by "
        "condition.",
    ]
    files: Files = {}
    for profile, stages in results.items():
        found = effects(stages)
        if not found:
            continue
        name = FIGURE.format(profile=profile)
        files[name] = main_effect_figure(found, profile)
        least = min(found, key=lambda effect: effect.interval.estimate)
        parts += [
            f"## Profile {code(profile)}",
            f"In {_surely(found)} of {len(found)} conditions the zero-stable networks are surely "
            f"more accurate. The effect is smallest in: {plain(least.condition)} "
            f"({_points(least.interval.estimate)} points).",
            f"![The effect of zero stability, condition by condition]({name})",
            table(
                ("condition", "images", "points", "90 % interval", "each seed alone"),
                [
                    (
                        link(effect.condition, f"{profile}/{effect.stage}.md"),
                        effect.images,
                        f"{effect.interval.estimate:+.2f}",
                        f"[{effect.interval.low:+.2f}, {effect.interval.high:+.2f}]",
                        ", ".join(f"{value:+.2f}" for value in effect.by_seed),
                    )
                    for effect in found
                ],
                right=(2,),
            ),
        ]
    if not files:
        parts.append("No profile has runs of such conditions on record.")
    parts.append("---\n\nGenerated by `make report`; do not edit. [Summary](README.md)")
    return files | {"main_effect.md": ("\n\n".join(parts) + "\n").encode()}


def main_effect_figure(found: Sequence[Effect], profile: str) -> bytes:
    """The effect with its interval, a line a condition; a small dot for each seed alone."""

    def draw() -> object:
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
            panel.errorbar(
                interval.estimate,
                position,
                xerr=[[interval.estimate - interval.low], [interval.high - interval.estimate]],
                fmt="o",
                color=STABLE,
                markersize=5,
                capsize=3,
                label="all seeds, 90 % interval" if position == 0 else None,
            )
        panel.axvline(0, color="#888888", linewidth=1, linestyle=":")
        panel.set_yticks(range(len(found)), [effect.condition for effect in found])
        panel.invert_yaxis()
        panel.set(
            xlabel="accuracy of zero-stable networks minus that of the others, points",
            title=profile,
        )
        figure.legend(loc="outside lower center", ncols=2)
        return figure

    return svg(draw)
