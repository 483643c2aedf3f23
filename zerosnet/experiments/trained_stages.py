"""The stages that train networks: which table each reads, and which network a row means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from zerosnet.experiments import comparisons
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.methods.families import (
    EULER,
    LM_PRINTED,
    LM_RESNET,
    PRERESNET,
    ZEROSNET_OPT,
    ZEROSNET_TRA,
)
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.networks.architecture import IMAGENET_STAGES, Architecture, Block
from zerosnet.paper.tables import (
    COEFFICIENTS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLE_4,
    TABLE_5,
    TABLE_6,
    TABLE_7,
    Row,
    Table,
    method_of_row,
    moduli_of,
)
from zerosnet.training.recipe import Recipe

Tables = Mapping[str, Table]
#: What can be measured of a stage's networks besides their accuracy.
Measured = Literal[
    "",
    "noise",
    "robustness",
    "growth",
    "fgsm",
    "pgd",
    "gap",
    "coefficients",
    "sharpness",
    "speed",
    "held_out",
    "fits",
    "top5",
]

#: The stage whose networks several processes train together.
IMAGENET_STAGE = "table5_imagenet"


@dataclass(frozen=True)
class Experiment:
    """A stage that trains networks.

    Args:
        stage: its name in ``dvc.yaml``.
        table: the table that defines it, of the paper or of a neighbouring system.
        architecture: row and the paper's data set → the network that the row is about.
        recipe: row and the protocol's recipe → the row's own, where rows differ in it.
        title: of its page in the report.
        measured: what is measured of the trained networks besides their accuracy: ``noise`` (the
            table's), ``robustness`` (the table's noise and attacks), ``growth`` (of
            perturbations), ``fgsm``, ``pgd``, ``gap`` (of generalization), ``coefficients`` (where
            trained ones have ended), ``sharpness``, or in training ``speed``, ``held_out``,
            ``fits`` or ``top5``, or nothing.
        columns: the paper's data set → what the table's columns about it begin with; empty where
            every row names its data set and the columns begin with what they report.
        protocol, precision: instead of the profile's.
        epochs_as: under which name the protocol gives the epochs; by default the data set's.
    """

    stage: str
    table: str
    architecture: Callable[[Row, str, Tables], Architecture]
    title: str
    recipe: Callable[[Row, Recipe], Recipe] = lambda _row, recipe: recipe
    measured: Measured = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    protocol: str = ""
    precision: str = ""
    epochs_as: str = ""


#: "ZeroSNet164" and "ZeroSNet326" of table 7 have bottleneck blocks in the released code; as basic
#: networks they would have other numbers of blocks.
BOTTLENECKS = ("164", "326")
#: What the appendix attacks on MNIST is not known; the shallowest depth of table 4.
_DEPTH_ON_MNIST = 20
_DEPTH_OF_FIGURE_4 = 56


def _first_order(row: Row, _data_set: str, _tables: Tables) -> Architecture:
    return Architecture(EULER.at(row["alpha"]), _depth_in_name(row))


def _first_order_bare(row: Row, data_set: str, tables: Tables) -> Architecture:
    return replace(_first_order(row, data_set, tables), projection="bare")


def _second_order(row: Row, _data_set: str, _tables: Tables) -> Architecture:
    # Eq. (8) as printed; Lu et al.'s network starts its history anew in every stage.
    return Architecture(LM_PRINTED.at(row["k"]), _depth_in_name(row), history="restart")


def _third_order(row: Row, _data_set: str, tables: Tables) -> Architecture:
    block: Block = "bottleneck" if row["n_layers"] in BOTTLENECKS else "basic"
    return Architecture(method_with_moduli(row, tables), int(row["n_layers"]), block)


def _compared(row: Row, data_set: str, _tables: Tables) -> Architecture:
    depth = int(row["n_layers"])
    # The stars of table 4: some of its ResNets are PreResNets, the copied ones are not.
    starred = row[f"{data_set.replace('-', '').lower()}_is_preresnet"] == "yes"
    if row["model"] == "ResNet":
        return Architecture(PRERESNET, depth, activation="pre" if starred else "post")
    if row["model"] == "LM-ResNet":
        return Architecture(LM_RESNET, depth, history="restart")
    return Architecture(ZEROSNET_TRA if row["model"] == "ZeroSNet-Tra" else ZEROSNET_OPT, depth)


def _on_imagenet(row: Row, _data_set: str, _tables: Tables) -> Architecture:
    depth = int(row["n_layers"])
    method = PRERESNET if row["model"] == "PreResNet" else ZEROSNET_OPT
    block: Block = "bottleneck" if (depth, "bottleneck") in IMAGENET_STAGES else "basic"
    return Architecture(method, depth, block, width=64, layout="imagenet")


def _coefficients_at(depth: int) -> Callable[[Row, str, Tables], Architecture]:
    return lambda row, _data_set, _tables: Architecture(method_of_row(row), depth)


def _depth_in_name(row: Row) -> int:
    match = re.fullmatch(r".*-(\d+)", row["model"])
    if match is None:
        raise SuiteError(f"model {row['model']!r} does not end in its number of layers")
    return int(match[1])


def method_with_moduli(row: Row, tables: Tables) -> LinearMultistep:
    """The coefficients of table 10 whose printed moduli a row of table 3, 6 or 7 names.

    Raises:
        SuiteError: no row of table 10, or more than one, has these moduli.
    """
    wanted = sorted(map(float, moduli_of(row)))
    found = [
        candidate
        for candidate in tables[COEFFICIENTS].rows
        if sorted(map(float, moduli_of(candidate))) == wanted
    ]
    if len(found) != 1:
        raise SuiteError(f"{COEFFICIENTS}.csv has {len(found)} rows with moduli {wanted}, not one")
    return method_of_row(found[0])


def _comparison(stage: str, title: str, measured: Measured = "") -> Experiment:
    return Experiment(
        stage,
        stage,
        lambda row, _data_set, _tables: comparisons.architecture_of(row),
        title,
        recipe=comparisons.recipe_of,
        measured=measured,
    )


EXPERIMENTS = {
    experiment.stage: experiment
    for experiment in (
        Experiment(
            "table1_first_order",
            TABLE_1,
            _first_order,
            "Table 1: PreResNet-32 with another weight α of the current state",
        ),
        Experiment(
            "table1_bare_projections",
            TABLE_1,
            _first_order_bare,
            "Table 1 once more, with the bare projections of ZeroSNet",
        ),
        Experiment(
            "table2_second_order",
            TABLE_2,
            _second_order,
            "Table 2: LM-ResNet-44 with one k for all blocks",
        ),
        Experiment(
            "table3_third_order",
            TABLE_3,
            _third_order,
            "Table 3: ten sets of third-order coefficients",
        ),
        Experiment(
            "table6_robustness",
            TABLE_6,
            _third_order,
            "Table 6: the 56-layer networks of table 3 under noise",
            measured="noise",
        ),
        _comparison(
            "scaled_noise",
            "Beyond the paper: table 6 once more, under stronger noise",
            measured="robustness",
        ),
        Experiment(
            "table3_as_code",
            TABLE_3,
            _third_order,
            "Table 3 once more, trained as the released code does",
            protocol="as-code",
        ),
        Experiment(
            "table3_float32",
            TABLE_3,
            _third_order,
            "Table 3 once more, trained in float32",
            precision="float32",
        ),
        Experiment(
            "table4_comparison",
            TABLE_4,
            _compared,
            "Table 4: ResNet, LM-ResNet and ZeroSNet, with fixed and with trained coefficients",
            columns={"CIFAR-10": "cifar10", "CIFAR-100": "cifar100"},
        ),
        Experiment(
            "figure4_cifar100",
            COEFFICIENTS,
            _coefficients_at(_DEPTH_OF_FIGURE_4),
            "Figure 4: the ten sets of coefficients on CIFAR-100",
            columns={"CIFAR-100": "cifar100"},
        ),
        Experiment(
            "table7_generalization_gap",
            TABLE_7,
            _third_order,
            "Table 7: the generalization gap",
            measured="gap",
            epochs_as="generalization gap",
        ),
        Experiment(
            IMAGENET_STAGE,
            TABLE_5,
            _on_imagenet,
            "Table 5: ImageNet",
            measured="top5",
            columns={"ImageNet": "imagenet"},
        ),
        Experiment(
            "appendix_pgd",
            TABLE_6,
            _third_order,
            "Appendix: the networks of table 6 under projected gradient descent",
            measured="pgd",
        ),
        Experiment(
            "appendix_fgsm",
            COEFFICIENTS,
            _coefficients_at(_DEPTH_ON_MNIST),
            "Appendix: the fast gradient sign method on MNIST",
            measured="fgsm",
            columns={"MNIST": "mnist"},
        ),
        Experiment(
            "perturbation_growth",
            TABLE_3,
            _third_order,
            "Beyond the paper: how perturbations grow through the networks of table 3",
            measured="growth",
        ),
        _comparison(
            "against_preresnet",
            "Beyond the paper: ZeroSNet against PreResNet, seed by seed",
        ),
        _comparison("lm_resnet", "LM-ResNet: its own claims"),
        _comparison(
            "in_resnet",
            "In-ResNet: between residual and non-residual networks",
            measured="robustness",
        ),
        _comparison(
            "activated_gradients",
            "Activated gradients, against SGD and against its learning rate",
            measured="speed",
        ),
        _comparison(
            "deformation",
            "Vertical deformation mapping, against the plain loss and against its learning rate",
            measured="sharpness",
        ),
        _comparison(
            "poly_fractal_rev",
            "PolyNet, FractalNet and RevNet against PreResNet of their size",
        ),
        _comparison(
            "trained_coefficients",
            "Beyond the papers: where trained coefficients end",
            measured="coefficients",
        ),
        _comparison(
            "rescue",
            "Beyond the papers: can training rescue what is not zero-stable?",
        ),
        _comparison(
            "smaller_roots",
            "Beyond the papers: do smaller parasitic roots than ZeroSNet-Opt’s train better?",
        ),
        _comparison(
            "main_effect",
            "Beyond the paper: other depths, other images, no augmentation",
        ),
        _comparison(
            "roots_or_weights",
            "Beyond the paper: the roots, or the relative weight of the blocks?",
        ),
        _comparison(
            "threshold",
            "Beyond the paper: one root moved over the edge of the unit disk",
        ),
        _comparison(
            "random_methods",
            "Beyond the paper: what predicts the accuracy of methods drawn at random?",
        ),
        _comparison(
            "learning_rate",
            "Beyond the paper: PreResNet and ZeroSNet-Opt, each at its best learning rate",
            measured="held_out",
        ),
        _comparison(
            "speed_or_generalization",
            "Beyond the paper: do zero-stable networks generalize better, or train faster?",
            measured="fits",
        ),
    )
}


def experiment_named(stage: str) -> Experiment:
    """The experiment of a stage, whose name is taken in any case.

    Raises:
        SuiteError: no stage that trains has that name.
    """
    problem = f"no stage that trains is called {stage!r}"
    return EXPERIMENTS[known_name(stage, EXPERIMENTS, problem)]
