"""Figures and tables on the pages of stages that need no runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from zerosnet.judging import audit
from zerosnet.judging.verdict import Verdict
from zerosnet.methods.families import (
    EULER,
    LEAPFROG,
    LM_CONSISTENT,
    PRERESNET,
    ZEROSNET,
    ZEROSNET_OPT,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.reporting import theory_figures as figures
from zerosnet.reporting.markdown import table
from zerosnet.theory import curves, gauge, optimal

#: Blocks of the longest growth curve: those of a network of 56 layers.
BLOCKS = 27
_GROWING = (
    PRERESNET,
    LEAPFROG,
    ZEROSNET_OPT,
    ZEROSNET.at(4),
    ZEROSNET.at("-1/2"),
    EULER.at("3/2"),
    LinearMultistep((1, 1, 1), 1),
)
#: Of linear f for which growth is shown, too.
SLOPES = (Fraction(-1, 4), Fraction(1, 4))


def _table_10(verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    rows = verdicts[0].details["rows"]
    members = next(v.details["rows"] for v in verdicts if v.claim == "C48")
    lambdas = {row["method"]: row["lambda"] for row in members}
    shown = [
        (
            row["method"],
            ", ".join(row["printed"]),
            ", ".join(f"{modulus:.4f}" for modulus in row["moduli"]),
            row["printed_label"],
            row["label"],
            str(row["order"]) if row["consistent"] else "none",
            lambdas[row["method"]] or "none",
        )
        for row in rows
    ]
    header = (
        "coefficients",
        "moduli, printed",
        "moduli, certified",
        "label",
        "found",
        "order",
        "λ",
    )
    return figures.roots_in_the_disk(rows), [table(header, shown)]


def _table_8(verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    rows = verdicts[0].details["rows"]
    shown = [
        (
            row["model"],
            str(row["depth"]),
            row["printed"],
            f"{row['used']['10']:,}",
            f"{row['used']['100']:,}",
            "yes" if row["obtained_with"] else "no",
        )
        for row in rows
    ]
    header = (
        "model",
        "layers",
        "paper, M",
        "used, 10",
        "used, 100",
        "obtained",
    )
    dead = verdicts[0].details["dead_in_released_code"]
    fits = verdicts[0].details["whole_column_fits_with"]
    columns = "; ".join(
        f"{model}: {' or '.join(readings) or 'none'}" for model, readings in fits.items()
    )
    return None, [
        table(header, shown, right=range(1, 5)),
        "Parameters that are used, at 10 and at 100 classes; whether the printed count is one of "
        f"those that were tried (above). Readings that give a whole column: {columns}. Dead "
        "parameters, which released code instantiates and never uses: "
        + ", ".join(f"{count:,} ({model})" for model, count in sorted(dead.items()))
        + "; those of PreResNet and LM-ResNet are of LM-ResNet's code (by default 100 classes).",
    ]


def _growth(_verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    rows = curves.growth_of(_GROWING, BLOCKS)
    slopes = [curves.growth_of(_GROWING, 9, slope) for slope in SLOPES]
    shown = [
        (
            row["method"],
            "yes" if row["zero_stable"] else "no",
            *(f"{row['responses'][n - 1]:.4g}" for n in (3, 9, 27)),
            *(f"{linear[number]['responses'][-1]:.4g}" for linear in slopes),
        )
        for number, row in enumerate(rows)
    ]
    note = (
        "How much a perturbation of the initial states can grow through n blocks where f = 0: the "
        "constant c of equation (6), computed exactly. A stage of the 56-layer networks has 9 "
        "blocks, the whole network 27, with a projection of every state between the stages. The "
        "last columns are for linear f(y) = sy: what zero stability says for small f, s decides "
        "once f is not small. Steps of the method are counted; d − 1 starters precede them."
    )
    header = (
        "coefficients",
        "zero-stable",
        "after 3",
        "after 9",
        "after 27",
        *(f"after 9, s = {slope}" for slope in SLOPES),
    )
    return figures.growth_curves(rows), [note, table(header, shown, right=range(2, len(header)))]


def _moduli_along_lambda(_verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    low, high = -6, 4
    optimum = ZEROSNET.parameter_of(ZEROSNET_OPT)
    figure = figures.moduli_along(
        curves.moduli_of_zerosnet(low, high),
        [(low, -1.0), (1 / 3, high)],
        float(optimum) if optimum is not None else 0.0,
    )
    return figure, []


def _paper_audit(verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    data = next(verdict.details for verdict in verdicts if verdict.claim == "A02")
    header, cells = audit.predictors_table(data)
    return None, [
        "What goes with accuracy in table 3: Spearman's rank correlations. The growth through a "
        "stage is the largest response of the coefficients to a perturbation through the interior "
        "blocks of one stage, f = 0.",
        table(header, cells, right=range(2, len(header))),
    ]


def _optimal_methods(verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    second, third = (verdict.details["rows"] for verdict in verdicts)
    grids = [curves.stability_grid(PRERESNET, "Euler (PreResNet)")]
    others = [LEAPFROG, LM_CONSISTENT.at("1/2"), ZEROSNET.at("1/2"), ZEROSNET.at(10)]
    grids += [
        curves.stability_grid(
            optimal.order_2_optimum(row["steps"]), f"order 2, {row['steps']} steps"
        )
        for row in second[1:]
    ]
    grids += [curves.stability_grid(method, method.label) for method in others]
    grids.append(
        curves.stability_grid(LinearMultistep(("1", "3/10", "-2/5"), 1), "(1, 3/10, -2/5; 1)")
    )
    first = [(str(r["steps"]), r["radius"], r["method"]) for r in second]
    rest = [
        (
            str(row["steps"]),
            str(row["order"]),
            f"{row['radius']:.4f}",
            "yes" if row["zero_stable"] else "no",
            ", ".join(f"{alpha:.4f}" for alpha in row["alphas"]),
            f"{row['beta']:.4f}",
            proof,
        )
        for row, proof in (
            *((row, "the only one" if row["steps"] == 3 else "closed form") for row in third),
            *(
                (row, "the only one" if row["unique"] else "search")
                for row in optimal.higher_orders()
            ),
        )
    ]
    return figures.stability_regions(grids), [
        "Order 2: the method whose largest parasitic modulus is smallest, for each number of "
        "steps. The region of absolute stability (shaded in the figure: where y′ = λy decays, with "
        "z = hλ) has a smaller area than that of Euler's method, and grows a little with the "
        "steps.",
        table(("steps", "radius", "coefficients (α₀, …; β)"), first, right=(0,)),
        "Order 3 and more: a method with small parasitic roots, and whether it is zero-stable. Its "
        "order and its stability are exact. That no other has smaller roots is certain where the "
        "order leaves a single method, and at order 3 by a closed form: with u_j = 1/(1 − r_j) for "
        "the parasitic roots r_j, order 3 fixes Σ u_j and Σ u_j². In |r| ≤ R < 1 each Re u_j is at "
        "least 1/(1 + R), and of numbers with such a bound and a given sum the squares are largest "
        "where all but one are at the bound. So d − 2 roots are −R = −e/(1 − e), with "
        "k(k + 1)e² − ke − 1/3 = 0 and k = d − 2, as long as the last root lies in the disk, too: "
        "up to six steps. A search proves nothing of the kind, so its rows are no part of a "
        "verdict.",
        table(
            ("steps", "order", "radius", "zero-stable", "α", "β", "smallest by"),
            rest,
            right=(0, 1, 2),
        ),
    ]


def _gauge(verdicts: Sequence[Verdict]) -> tuple[bytes | None, list[str]]:
    found = next(verdict.details for verdict in verdicts if "beside" in verdict.details)
    rows = gauge.shown_gauges()
    shown = [
        (str(n), *(f"{row[key][n - 1]:.3g}" for key in ("states", "weights") for row in rows))
        for n in (1, 3, 9, 15, 27)
    ]
    header = (
        "block",
        *(f"state, {row['method']}" for row in rows),
        *(f"f beside the state, {row['method']}" for row in rows),
    )
    return figures.one_network_in_two_gauges(rows), [
        "**Terms.** A network of the *method* (α₀, …, α_{d−1}; β) makes its states by y_{n+1} = "
        "α₀ y_n + … + α_{d−1} y_{n−d+1} + β f(y_n), where f is the block. Its first d − 1 blocks "
        "are *starters*, y_n + f(y_n): there are too few states before them. n counts from 0. The "
        "*roots* are those of ρ^d − α₀ρ^{d−1} − … − α_{d−1}: with f switched off, a change of a "
        "state grows or shrinks as their powers. The network is *zero-stable* if no root lies "
        "outside the unit circle and those on it are simple. Where the method is consistent, one "
        "root is 1; the others are *parasitic*.",
        "**In words.** Batch norm subtracts the mean of what it reads and divides by its standard "
        "deviation. Twice the states of all images give the same result. In a pre-activated "
        "network every block begins with a batch norm, and so does the classifier. Where a stage "
        "begins, ZeroSNet projects its states by linear maps, which hand a factor on (PreResNet "
        "does not: see *where it fails*). So nobody inside the network can tell how large all "
        "states are together. A factor common to all of them is lost; their sizes relative to "
        "each other count.",
        "Divide the state before block n by cⁿ. To keep the sum that makes the next state, divide "
        "the weight of the state i blocks back by c^{i+1}, and the weight of the block’s own "
        "branch by c^{n+1}. No number that a block computes has changed: the logits are the same, "
        "and so are the gradients of all parameters, the trained weights, the accuracy and the "
        "response to noise. But the coefficients are others, and their roots are divided by c. "
        "The network that the paper calls unstable has become one that it calls zero-stable, with "
        "branches whose weights decay from block to block. The network so rewritten is the *gauge "
        "partner* of the first for c, and each choice of c is a *gauge*.",
        "So the root condition by itself is no property of the function. What no gauge changes is "
        "the ratio of a root to the factor by which the branch’s weight changes from block to "
        "block. In the paper’s networks this factor is 1. There zero stability does say something "
        "of the function: where the f are of comparable size, the states do not outgrow the "
        "branches by a factor a block, but at most in proportion to the number of blocks. The "
        "other way round it is a rule with exceptions: the states outgrow the branches by a factor "
        "a block if they have a part along a root outside the circle, which they lack where all f "
        "are alike and the method is consistent; a multiple root on the circle makes them grow "
        "like a power of n. Two networks with other roots and *constant* branches differ, among "
        "other things, in how much each block counts beside those before it. "
        "The right panel of the figure shows how much each block counts in the first row of table "
        "10: in both of its gauges the ninth block counts a hundred times less than the first.",
        table(header, shown, right=range(5)),
        "**Theorems 2 and 3** choose λ by roots. They hold as they are proved, for the "
        "coefficients. With the same β in every block, and f of comparable size, theorem 2 "
        "excludes that the weight of the blocks, which is defined with f switched off, decays by "
        "a factor a block. The states of a real network also hold what the blocks have added. "
        "Beside these a branch counts less and less, like β/n where all f are alike, for every λ;"
        " the roots that theorem 3 makes small do not change that. **Definition 3** bounds the "
        "perturbation of the state. How large it is depends on the gauge; how large it is *beside"
        " the state*, which is what batch norm leaves of it, does not. No gauge changes the "
        "ratios of the roots: where a parasitic root exceeds the root that the states follow, a "
        "change of one state outgrows them in every gauge, as long as the states have no part of "
        "it.",
        f"Where f = 0, after {found['steps']} steps, in every gauge, a change of the last state is "
        "so many times as large beside the state:",
        table(
            ("not zero-stable", "Σα", "from equal states", "from 1, 1.01, 1.02"),
            [
                (row["method"], row["sum"], row["grown"], row["grown_apart"])
                for row in found["beside"]
            ],
            right=(1, 2, 3),
        ),
        "An f that varies from block to block gives the states, as a rule, a part along the "
        "largest root. They then follow it, too, and the ratio stays bounded, as the last column "
        "shows. Where all f are alike, the states of a consistent method with starters y + f go "
        "on in equal steps, and a change goes on outgrowing them. What trained networks do is "
        "measured ([perturbation growth](../mini/perturbation_growth.md)).",
        "**Where it fails.** Batch norm adds ε to the variance, so small states are told from "
        "large ones a little: at initial weights, logits of gauges of (1, 1, 1; 1) at 20 layers "
        "differ by less than a hundredth of their norm with ε = 10⁻⁵, and by rounding alone "
        "without (`tests/networks/test_gauge_partners.py`). Behind a batch norm that all states "
        "pass, as where PreResNet, LM-ResNet and In-ResNet project, the states of both are the "
        "same, so that n has to count from there; were it counted through, the function would be "
        "another. Where one state alone passes a norm, as in ZeroSNet on ImageNet where a stage "
        "begins, neither way helps. In evaluation mode batch norm takes running statistics, which "
        "follow the states but for what is left of their initial values. A channel that is "
        "constant over the batch, and noise that is added to states, have a scale that batch norm "
        "does not take out. States that grow without bound leave the range of the numbers: with "
        "(−3, 5, −1; 4) and initial weights the largest state is about 10¹⁸ at 62 layers; where "
        "its square leaves float32, a few layers on, all images get the same logits, and the "
        "zero-stable partner’s still tell them apart. A post-activated ResNet has the gauge in its "
        "blocks (a convolution without bias, then batch norm; the ReLU after the sum keeps the "
        "scale) and not in its head, which has no batch norm: its logits change. Trained "
        "coefficients have one, but where the rewritten ones are what is trained, gradient steps "
        "and weight decay act on them as they are written, so training differs.",
        "**What was known.** That batch norm takes the scale out of what it reads: van Laarhoven "
        "(2017, arXiv 1706.05350) says it of the weights before it. That a factor λ on every "
        "shortcut makes signals and gradients grow or vanish as a power of λ: He et al. (2016, "
        "arXiv 1603.05027). That blocks count less the larger the state beside them has grown: De "
        "and Smith (2020, arXiv 2002.10444) with batch norm, at initial weights, and Sun et al. "
        "(2025, arXiv 2502.05795) in Transformers with a layer norm before each block. We know of "
        "nobody who joins the three to the coefficients and roots of a multistep method.",
    ]


EXACT_NUMBERS: dict[str, Callable[[Sequence[Verdict]], tuple[bytes | None, list[str]]]] = {
    "gauge": _gauge,
    "optimal_methods": _optimal_methods,
    "paper_audit": _paper_audit,
    "section2_discretizations": _growth,
    "table10_roots": _table_10,
    "table8_parameters": _table_8,
    "theorem2_stability_region": _moduli_along_lambda,
}
