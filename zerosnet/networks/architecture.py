"""What fixes a network: its method, its blocks and its depth; no weights, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import PRERESNET, Trainable
from zerosnet.methods.multistep import LinearMultistep

Block = Literal["basic", "bottleneck"]
History = Literal["project", "restart"]
Activation = Literal["pre", "post"]
Layout = Literal["cifar", "imagenet"]
Composition = Literal["single", "poly-2", "fractal"]
Memory = Literal["stored", "recomputed"]
StageStart = Literal["method", "plain"]
Projection = Literal["bare", "activated", "shared"]

#: How many convolutions a block of each kind has.
CONVOLUTIONS: dict[str, int] = {"basic": 2, "bottleneck": 3}
#: Blocks of each stage of the ImageNet layout, by depth and block (He et al. 2015, table 1).
IMAGENET_STAGES: dict[tuple[int, str], tuple[int, ...]] = {
    (18, "basic"): (2, 2, 2, 2),
    (34, "basic"): (3, 4, 6, 3),
    (50, "bottleneck"): (3, 4, 6, 3),
}


@dataclass(frozen=True)
class Architecture:
    """Everything that fixes a network's shape and its method.

    Args:
        method: fixed coefficients, or one trainable parameter a block.
        depth: layers counted as the paper does: 6n+2 (basic) or 9n+2 (bottleneck) for CIFAR; 18,
            34 or 50 for ImageNet.
        block: the residual function.
        width: channels of the first stage (CIFAR: 16, ImageNet: 64).
        history: what happens to the history where the shape changes.
        activation: ``pre``: f begins with its activation and nothing follows the step; ``post``:
            f is conv–BN–ReLU–conv–BN and a ReLU follows the step.
        layout: ``cifar``: a 3×3 convolution and three stages; ``imagenet``: a 7×7 convolution of
            stride 2 with batch norm, ReLU and max-pooling, and four stages.
        stage_start: the first block of every stage.  ``method``: a step of the method, once the
            history holds enough states; ``plain``: y + f(y) whatever the method (In-ResNet, whose
            block 0 and downsampling blocks are plain residual ones; seen in its released code).
        projection: how a state is projected where a later stage begins.
            ``bare``: by a 1×1 convolution; ``activated``: by one behind a batch norm and ReLU of
            its own; ``shared``, of the ImageNet layout: y_n by one behind the first batch norm and
            ReLU of f, where its bottlenecks widen the first state, too, and older states by bare
            ones; ``None``: as the system's original has it (:attr:`projects`).
        branch_growth: g, by which the weight of the branch is multiplied from block to block: the
            n-th step, from 0, adds β·g^{n+1}·f, and a starter is g·y + g^{n+1}·f.  With g = c it is
            the gauge partner of the network of (α_i c^{−(i+1)}; β) with growth 1: the same
            function, other roots (:mod:`zerosnet.theory.gauge`).  n counts from the last place
            where a norm resets the scale: the stem or an activated projection.
        composition: how an ordinary Euler step is made of f.  ``single``: y + f(y); ``poly-2``:
            y + f(y) + f(f(y)) (PolyNet); ``fractal``: two columns of Euler steps (FractalNet);
            the depth counts its three f as one.  Blocks that change the shape are single.
        groups: of a bottleneck's 3×3 convolution (ResNeXt, Xie et al. 2017).
        group_width: channels of each group in the first stage; ``None``: ``width``.  ResNeXt-29 of
            8×64d has groups 8, width 64 and this.
        survival: p_L of stochastic depth, the chance that a training step keeps the last block's f
            (:mod:`zerosnet.networks.stochastic_depth`); 1: every f is kept.
        noise: of training, the level ν of U(0, ν) that is added to every block's new state
            (:mod:`zerosnet.networks.noise_injection`); 0: none.
        memory: of training.  ``stored``: every block keeps what its gradient needs; ``recomputed``:
            the ordinary steps of a stage keep their last two states alone, from which the earlier
            ones are recomputed (:mod:`zerosnet.networks.reversible`): leapfrog and RevNet only.

    Raises:
        SuiteError: the depth is not one that the block can make, or two choices exclude each other.
    """

    method: LinearMultistep | Trainable
    depth: int
    block: Block = "basic"
    width: int = 16
    history: History = "project"
    activation: Activation = "pre"
    layout: Layout = "cifar"
    stage_start: StageStart = "method"
    composition: Composition = "single"
    groups: int = 1
    group_width: int | None = None
    survival: Fraction = Fraction(1)
    noise: Fraction = Fraction(0)
    memory: Memory = "stored"
    projection: Projection | None = None
    branch_growth: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        self._check_names()
        self._check_f()
        self._check_training()
        self._check_projection()
        self._check_growth()
        self._check_shape()

    def _check_names(self) -> None:
        for name, known in (
            ("block", get_args(Block)),
            ("history", get_args(History)),
            ("activation", get_args(Activation)),
            ("layout", get_args(Layout)),
            ("stage_start", get_args(StageStart)),
            ("composition", get_args(Composition)),
            ("memory", get_args(Memory)),
            ("projection", (None, *get_args(Projection))),
        ):
            value = getattr(self, name)
            if value not in known:
                raise SuiteError(
                    f"{name} {value!r} is unknown: one of {', '.join(map(str, known))}"
                )

    def _check_f(self) -> None:
        if self.activation == "post" and (self.block != "basic" or self.method != PRERESNET):
            raise SuiteError("activation post is that of the ResNet: basic blocks, Euler steps")
        plain = self.method == PRERESNET and self.activation == "pre"
        if self.composition != "single" and not plain:
            raise SuiteError(f"composition {self.composition} is of pre-activated Euler steps")
        if self.groups < 1 or (self.group_width is not None and self.group_width < 1):
            raise SuiteError(
                f"groups {self.groups} of width {self.group_width} are impossible: at least 1"
            )
        if self.block != "bottleneck" and (self.groups, self.group_width) != (1, None):
            raise SuiteError(f"{self.block} blocks have no groups: bottlenecks have")

    def _check_training(self) -> None:
        if not 0 < self.survival <= 1:
            raise SuiteError(f"survival {self.survival} is impossible: above 0, at most 1")
        if self.survival != 1 and self.layout != "cifar":
            raise SuiteError("stochastic depth is for the CIFAR layout: ImageNet's loop drops none")
        if self.noise < 0:
            raise SuiteError(f"noise {self.noise} is impossible: at least 0")
        if self.noise and (self.layout != "cifar" or self.memory == "recomputed"):
            raise SuiteError("noise is for the CIFAR layout with stored states")
        if self.memory == "recomputed":
            method = self.method
            reversible = isinstance(method, LinearMultistep) and (
                method == LinearMultistep((0, 1), method.beta)
            )
            if not reversible or self.survival != 1:
                raise SuiteError(
                    "memory recomputed needs y_{n+1} = y_{n−1} + β f, untrained and never dropped"
                )

    def _check_projection(self) -> None:
        if self.projection == "activated" and self.layout == "imagenet":
            raise SuiteError("projections of the ImageNet layout are shared or bare")
        if self.projection == "shared" and self.layout != "imagenet":
            raise SuiteError("shared projections are those of the ImageNet layout")
        if self.projection is not None and self.activation == "post":
            raise SuiteError("shortcuts of the post-activated ResNet have no convolution")

    def _check_growth(self) -> None:
        if self.branch_growth <= 0:
            raise SuiteError(f"branch_growth {self.branch_growth} is impossible: above 0")
        if self.branch_growth == 1:
            return
        if self.activation == "post":
            raise SuiteError("branch_growth needs f to begin with a batch norm: activation pre")
        if self.noise:
            raise SuiteError("branch_growth needs states without noise, which has a scale")
        if self.composition == "fractal":
            raise SuiteError("branch_growth needs f(c·y) = f(y): a fractal's second column has not")
        if self.layout != "cifar" or not isinstance(self.method, LinearMultistep):
            raise SuiteError("branch_growth is for fixed coefficients in the CIFAR layout")
        if self.projects == "activated" and self.history == "project" and self.method.steps > 1:
            # Each would come out at one scale, where the states before have different ones.
            raise SuiteError("branch_growth needs bare projections of a history")

    def _check_shape(self) -> None:
        if self.width < 1:
            raise SuiteError(f"width {self.width} is impossible: at least 1 channel")
        if self.layout == "cifar":
            self._check_cifar_depth()
        elif (self.depth, self.block) not in IMAGENET_STAGES:
            there = ", ".join(f"{depth} ({block})" for depth, block in IMAGENET_STAGES)
            raise SuiteError(
                f"depth {self.depth} with {self.block} blocks is none of ImageNet's: {there}"
            )
        followed = any(
            self.follows_method(stage, index)
            for stage, count in enumerate(self.stages)
            for index in range(count)
        )
        if not followed and self.method != PRERESNET:
            # All would be y + f(y): PreResNet under another's name.
            raise SuiteError(
                f"depth {self.depth} is too small: none of its {sum(self.stages)} blocks would "
                f"follow the {self.method.steps}-step method, all would be starters"
            )

    def _check_cifar_depth(self) -> None:
        per_n = 3 * CONVOLUTIONS[self.block]
        n, rest = divmod(self.depth - 2, per_n)
        if n < 1 or rest:
            near = [per_n * m + 2 for m in (max(n, 1), max(n, 1) + 1)]
            raise SuiteError(
                f"depth {self.depth} is impossible with {self.block} blocks: "
                f"it must be {per_n}n+2, for example {near[0]} or {near[1]}"
            )

    @property
    def projects(self) -> Projection:
        """How states are projected where a later stage begins.

        Unless chosen: behind batch norm and ReLU where the original keeps no older states there
        (PreResNet and LM-ResNet of Lu et al. 2018, In-ResNet of Yang et al. 2020: ``Downsample`` in
        their released code), bare where every state of a history is projected (ZeroSNet), shared on
        ImageNet (the authors' released code, PreResNet and ZeroSNet alike).
        """
        if self.projection is not None:
            return self.projection
        if self.activation == "post":
            return "bare"
        if self.layout == "imagenet":
            return "shared"
        alone = self.history == "restart" or self.method.steps == 1
        return "activated" if alone else "bare"

    def follows_method(self, stage: int, index: int) -> bool:
        """Whether a block is a step of the method; if not, it is a starter, y + f(y).

        Args:
            stage: that the block is in, from 0.
            index: of the block in its stage, from 0.
        """
        if index == 0 and self.stage_start == "plain":
            return False
        earlier = 0 if self.history == "restart" else sum(self.stages[:stage])
        return earlier + index + 1 >= self.method.steps

    @property
    def keeps_first_state(self) -> bool:
        """Whether a bottleneck's first block hands on y₀ as it came, 16 channels, not projected.

        ZeroSNet's released code does; the block that reads y₀ last projects it by a bare 1×1
        convolution of its own.
        """
        projects_history = self.history == "project" and self.method.steps > 2
        return self.block == "bottleneck" and self.layout == "cifar" and projects_history

    @property
    def stages(self) -> tuple[int, ...]:
        """The number of blocks in each stage."""
        if self.layout == "imagenet":
            return IMAGENET_STAGES[self.depth, self.block]
        return ((self.depth - 2) // (3 * CONVOLUTIONS[self.block]),) * 3
