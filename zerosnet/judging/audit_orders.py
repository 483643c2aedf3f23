"""The paper's orders by the paper's own deviations: what its numbers carry without any run of ours.

Every statement here is one that stages with runs decide from our networks, too.  Sentences count
the significant comparisons where a printed deviation divides by n − 1, and name the other count,
"by n", where it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from zerosnet.data.perturb import NOISE_FREE, is_noise
from zerosnet.judging.printed_numbers import (
    FAMILY_LEVEL,
    READINGS,
    Comparisons,
    Reported,
    compare,
    mean_above_exact,
    p_value,
    reported,
)
from zerosnet.paper.claims import Claim
from zerosnet.paper.columns import column_title
from zerosnet.paper.tables import (
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLE_4,
    TABLE_6,
    Paper,
    Row,
    by_depth,
    is_optimum,
    reported_columns,
)
from zerosnet.theory.decision import Decision
from zerosnet.theory.recompute import rounded_half_up

Pairs = Sequence[tuple[Reported, Reported]]


def _stable_against_others(rows: Sequence[Row], column: str) -> Pairs:
    """Every zero-stable row against every other one of its depth."""
    groups = by_depth(rows).values() if "n_layers" in rows[0] else [list(rows)]
    return [
        (reported(one, column), reported(other, column))
        for group in groups
        for one in group
        if one["zero_stable_paper"] == "yes"
        for other in group
        if other["zero_stable_paper"] == "no"
    ]


def _all_above(found: Mapping[str, Comparisons]) -> Decision:
    """Whether all of several families are significantly above, the deviations dividing by n − 1."""
    return Decision(
        all(family.above[0] == family.tested > 0 for family in found.values()),
        "significantly above (Welch, n = 3, two-sided, Holm): "
        + "; ".join(f"{name}: {family.text}" for name, family in found.items()),
        data={"significant": {name: list(family.above) for name, family in found.items()}},
    )


def _without_noise(_claim: Claim, paper: Paper) -> Decision:
    """A03: tables 1, 2 and 3, each a family."""
    named = {"table 1": TABLE_1, "table 2": TABLE_2, "table 3": TABLE_3}
    return _all_above(
        {
            name: compare(_stable_against_others(paper.tables[table].rows, "test"))
            for name, table in named.items()
        }
    )


def _under_noise(_claim: Claim, paper: Paper) -> Decision:
    """A04: table 6, each noise a family."""
    table = paper.tables[TABLE_6]
    return _all_above(
        {
            column_title(noise, full=True): compare(_stable_against_others(table.rows, noise))
            for noise in filter(is_noise, reported_columns(table))
        }
    )


def _loss_to_noise(_claim: Claim, paper: Paper) -> Decision:
    """A09: table 6, what each noise costs the two families, by the printed means."""
    table = paper.tables[TABLE_6]
    lost: dict[str, tuple[Fraction, Fraction]] = {}
    for noise in filter(is_noise, reported_columns(table)):
        drops: dict[str, list[Fraction]] = {"yes": [], "no": []}
        for row in table.rows:
            drop = reported(row, NOISE_FREE).mean - reported(row, noise).mean
            drops[row["zero_stable_paper"]].append(drop)
        stable, other = (sum(found, Fraction(0)) / len(found) for found in drops.values())
        lost[column_title(noise, full=True)] = stable, other
    return Decision(
        all(stable < other for stable, other in lost.values()),
        "points lost, zero-stable and not, on average over the rows: "
        + "; ".join(
            f"{name}: {' and '.join(rounded_half_up(mean, '0.01') for mean in means)}"
            for name, means in lost.items()
        ),
        data={"lost": {name: [round(float(x), 4) for x in means] for name, means in lost.items()}},
    )


def _plain_preresnet(_claim: Claim, paper: Paper) -> Decision:
    """A05: α = 1 against the other zero-stable α of table 1."""
    cells = {
        row["alpha"]: reported(row, "test")
        for row in paper.tables[TABLE_1].rows
        if row["zero_stable_paper"] == "yes"
    }
    plain = cells.pop("1")
    family = compare([(plain, other) for other in cells.values()])
    p_values = {
        alpha: [p_value(plain, other, reading) for reading in READINGS]
        for alpha, other in cells.items()
    }
    highest = all(plain.mean > other.mean for other in cells.values())
    return Decision(
        family.above[0] == family.tested,
        f"α = 1 has {'the highest' if highest else 'not the highest'} printed mean; "
        + "; ".join(
            f"against α = {alpha}: p = {', '.join(f'{p:.2f}' for p in found if p is not None)}"
            for alpha, found in p_values.items()
        )
        + " (Welch, n = 3, two-sided; deviations dividing by n − 1, by n)",
        data={"p": p_values},
    )


def _optimal_coefficients(_claim: Claim, paper: Paper) -> Decision:
    """A06: theorem 3's coefficients against all other rows of table 3, over the depths."""
    everyone: list[tuple[Reported, Reported]] = []
    stable: list[tuple[Reported, Reported]] = []
    for rows in by_depth(paper.tables[TABLE_3].rows).values():
        (best,) = filter(is_optimum, rows)
        for row in rows:
            if row is not best:
                pair = reported(best, "test"), reported(row, "test")
                everyone.append(pair)
                if row["zero_stable_paper"] == "yes":
                    stable.append(pair)
    of_all, of_stable = compare(everyone), compare(stable)
    return Decision(
        2 * of_all.above[0] > of_all.tested,
        f"significantly above {of_all.text} other rows over the depths; of the other zero-stable "
        f"ones alone {of_stable.text} (Welch, n = 3, two-sided, Holm)",
        data={"all": list(of_all.above), "stable": list(of_stable.above)},
    )


def _against_copied_numbers(_claim: Claim, paper: Paper) -> Decision:
    """A07: table 4 on CIFAR-10, where every other number is copied and has no deviation.

    Decided on average over the depths, a comparison for each ZeroSNet and each copied network:
    of a cell by itself three runs show next to nothing.
    """
    from zerosnet.judging.statistics import holm, rounded_p  # a second to import; most need none

    pairs, lines = _zerosnets_against_others(paper, "cifar10")
    each = compare([pair for found in pairs.values() for pair in found], others_are_exact=True)
    higher = _higher(pairs)
    means = [[mean_above_exact(found, reading) for found in pairs.values()] for reading in READINGS]
    adjusted = [holm([p for _, p in found]) for found in means]
    holds = all(
        difference > 0 and p <= FAMILY_LEVEL
        for found, p_values in zip(means, adjusted, strict=True)
        for (difference, _), p in zip(found, p_values, strict=True)
    )
    told = ", ".join(
        f"{name} {difference:+.2f} (p = {p:.1g})"
        for name, (difference, _), p in zip(pairs, means[0], adjusted[0], strict=True)
    )
    return Decision(
        holds,
        f"on average over the depths, in points: {told}; the copied numbers are taken as exact "
        f"(two-sided, Holm). Cell by cell ZeroSNets are above in {higher} of {each.tested} "
        f"comparisons, each by itself significantly in {each.text}",
        tuple(lines),
        {
            "means": {name: round(d, 4) for name, (d, _) in zip(pairs, means[0], strict=True)},
            "p": {name: rounded_p(p) for name, p in zip(pairs, adjusted[0], strict=True)},
            "above": higher,
            "significant": list(each.above),
            "comparisons": each.tested,
        },
    )


def _zerosnets_against_others(
    paper: Paper, column: str
) -> tuple[dict[str, list[tuple[Reported, Reported]]], list[str]]:
    """Each ZeroSNet of table 4 against each other network, depth by depth; and a line for each."""
    pairs: dict[str, list[tuple[Reported, Reported]]] = {}
    lines = []
    for depth, rows in by_depth(paper.tables[TABLE_4].rows).items():
        zerosnets = [row for row in rows if row["model"].startswith("ZeroSNet")]
        for ours in zerosnets:
            for other in (row for row in rows if row not in zerosnets):
                pair = reported(ours, column), reported(other, column)
                pairs.setdefault(f"{ours['model']} over {other['model']}", []).append(pair)
                shown = (
                    f"{float(one.mean):.2f}" + (f" ± {one.sd:.2f}" if one.sd is not None else "")
                    for one in pair
                )
                lines.append(f"{ours['model']}-{depth} and {other['model']}: {', '.join(shown)}")
    return pairs, lines


def _higher(pairs: Mapping[str, Pairs]) -> int:
    return sum(one.mean > other.mean for found in pairs.values() for one, other in found)


def _on_cifar100(_claim: Claim, paper: Paper) -> Decision:
    """A07-cifar100: table 4 on CIFAR-100, by its means over the depths."""
    pairs, lines = _zerosnets_against_others(paper, "cifar100")
    means = {
        name: float(sum(one.mean - other.mean for one, other in found) / len(found))
        for name, found in pairs.items()
    }
    each = compare([pair for found in pairs.values() for pair in found])
    cells = sum(map(len, pairs.values()))
    told = ", ".join(f"{name} {difference:+.2f}" for name, difference in means.items())
    return Decision(
        all(difference > 0 for difference in means.values()),
        f"on average over the depths, in points: {told}. Cell by cell ZeroSNets are above in "
        f"{_higher(pairs)} of {cells} comparisons; of those with both deviations significantly in "
        f"{each.text} (Welch, n = 3, two-sided, Holm)",
        tuple(lines),
        {
            "means": {name: round(difference, 4) for name, difference in means.items()},
            "above": _higher(pairs),
            "significant": list(each.above),
            "tested": each.tested,
        },
    )


def _against_its_own_runs(_claim: Claim, paper: Paper) -> Decision:
    """A08: PreResNet and an LM-ResNet, as the paper ran them itself in tables 1 and 2."""
    (preresnet,) = [r for r in paper.tables[TABLE_1].rows if r["alpha"] == "1"]
    (lm_resnet,) = [r for r in paper.tables[TABLE_2].rows if r["k"] == "0.5"]
    own = {
        "32": ("PreResNet-32 of table 1", preresnet),
        "44": ("LM-ResNet-44 of table 2", lm_resnet),
    }
    pairs, lines = [], []
    for ours in paper.tables[TABLE_4].rows:
        if ours["n_layers"] in own and ours["model"].startswith("ZeroSNet"):
            name, other = own[ours["n_layers"]]
            pair = reported(ours, "cifar10"), reported(other, "test")
            pairs.append(pair)
            same = "; the same two numbers" if pair[0] == pair[1] else ""
            lines.append(
                f"{ours['model']}-{ours['n_layers']} {float(pair[0].mean):.2f} ± {pair[0].sd}, "
                f"{name} {float(pair[1].mean):.2f} ± {pair[1].sd}{same}"
            )
    family = compare(pairs)
    identical = sum(one == other for one, other in pairs)
    return Decision(
        family.above[0] == family.tested,
        f"significantly above in {family.text} comparisons (Welch, n = 3, two-sided, Holm); in "
        f"{identical} mean and deviation are the same to the last digit",
        tuple(lines),
        {"significant": list(family.above), "identical": identical},
    )


DECISIONS: dict[str, Callable[[Claim, Paper], Decision]] = {
    "A03": _without_noise,
    "A04": _under_noise,
    "A05": _plain_preresnet,
    "A06": _optimal_coefficients,
    "A07": _against_copied_numbers,
    "A07-cifar100": _on_cifar100,
    "A08": _against_its_own_runs,
    "A09": _loss_to_noise,
}
