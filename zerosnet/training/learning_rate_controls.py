"""Plain recipes that activated gradients and loss deformations must be held against.

To first order both only multiply the learning rate: g(x) ≈ αβx where gradients are small, and
∇δ(ℓ) = δ′(ℓ)∇ℓ for any batch.  A gain that such a recipe shows too is a gain of the learning rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal

from zerosnet.files.errors import SuiteError
from zerosnet.theory.loss_formula import LossDeformation
from zerosnet.training.recipe import AveragedOver, FollowedSlopes, Recipe

#: The effect of weight decay (learning rate times weight decay) under a learning rate times s:
#: scaled by s, too, or kept by weight decay divided by s.
WeightDecayEffect = Literal["scaled", "kept"]


def with_rate_times(recipe: Recipe, factor: float, effect: WeightDecayEffect) -> Recipe:
    """The recipe with another learning rate.

    Args:
        factor: of the learning rate, above 0.
        effect: see :data:`WeightDecayEffect`.

    Raises:
        SuiteError: the factor is not finite and above 0.
    """
    if not 0 < factor < float("inf"):
        raise SuiteError(f"a learning rate times {factor}: must be finite and above 0")
    decay = recipe.weight_decay if effect == "scaled" else recipe.weight_decay / factor
    return replace(recipe, learning_rate=recipe.learning_rate * factor, weight_decay=decay)


def activated_gradients_control(recipe: Recipe) -> Recipe:
    """Plain SGD with the learning rate of a recipe with activated gradients times αβ.

    The effect of weight decay agrees with the recipe's to first order in the gradient: scaled where
    g is applied to the step (which contains weight decay), kept where it is applied to the
    gradient (which does not).

    Args:
        recipe: with activated gradients.

    Raises:
        SuiteError: the recipe has no activated gradients.
    """
    activation = recipe.activated_gradients
    if activation is None:
        raise SuiteError("the recipe has no activated gradients: nothing to be held against")
    effect: WeightDecayEffect = "scaled" if activation.applied_to == "step" else "kept"
    plain = replace(recipe, activated_gradients=None)
    return with_rate_times(plain, activation.slope, effect)


def slopes_control(recipe: Recipe, averaged_over: AveragedOver) -> Recipe:
    """The plain loss with the learning rate times the mean δ′(ℓ) that a recipe with δ meets.

    Args:
        recipe: with a loss deformation.
        averaged_over: one factor for the whole ``training``, or one for each ``epoch``.

    Raises:
        SuiteError: the recipe has no loss deformation, or one whose slopes can be below 0.
    """
    if recipe.loss_deformation is None:
        raise SuiteError("the recipe has no loss deformation: nothing to be held against")
    if not isinstance(recipe.loss_deformation, LossDeformation):
        raise SuiteError(
            f"{recipe.loss_deformation.name} has slopes below 0: no learning rate amounts to them"
        )
    followed = FollowedSlopes(recipe.loss_deformation, averaged_over)
    return replace(recipe, loss_deformation=None, follows=followed)


def followed_recipe(recipe: Recipe) -> Recipe | None:
    """The recipe of the run whose slopes this one follows, or ``None``."""
    if recipe.follows is None:
        return None
    return replace(recipe, loss_deformation=recipe.follows.deformation, follows=None)


def following(recipe: Recipe, slopes: Sequence[float]) -> Recipe:
    """A recipe that follows slopes, once these are known; weight decay's effect is kept.

    Args:
        slopes: the mean δ′(ℓ) of each epoch, ``deformation_slope`` of the history of the training
            that is followed.

    Raises:
        SuiteError: the recipe follows none, or there is not one slope above 0 an epoch.
    """
    if recipe.follows is None:
        raise SuiteError("the recipe follows no slopes")
    if len(slopes) != recipe.epochs:
        raise SuiteError(f"{len(slopes)} slopes for {recipe.epochs} epochs: one each is expected")
    whole = recipe.follows.averaged_over == "training"
    factors = [fmean(slopes)] * len(slopes) if whole else slopes
    return replace(recipe, follows=None, rate_factors=tuple(map(float, factors)))
