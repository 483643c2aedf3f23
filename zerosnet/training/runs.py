"""A run is its full configuration; its key is a hash of that configuration.

The network in it is the one that will be built: whoever builds another one is refused.

Two tables that need the same network, trained alike on the same images with the same seed, need
the same run, and find it under the same key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zerosnet.data.catalogue import data_set
from zerosnet.data.choice import DataChoice
from zerosnet.files.errors import SuiteError
from zerosnet.networks.architecture import Architecture
from zerosnet.networks.layout import description_of
from zerosnet.training.imagenet.recipe import ImageNetRecipe
from zerosnet.training.learning_rate_controls import followed_recipe
from zerosnet.training.recipe import Recipe

if TYPE_CHECKING:
    from zerosnet.networks.network import MultistepNetwork

#: Raised by hand when a change of the code makes new results incomparable with older ones
#: (CHANGELOG.md says so too): it is part of every key, so old records are then left aside.
RESULTS_VERSION = 1


@dataclass(frozen=True)
class Run:
    """One training: a network, the images, the recipe, the seed."""

    architecture: Architecture
    data: DataChoice
    recipe: Recipe | ImageNetRecipe
    seed: int

    def build(self) -> MultistepNetwork:
        """The network with its initial weights.

        Raises:
            SuiteError: it is not the one that the key names.
        """
        from zerosnet.networks.network import MultistepNetwork

        images = data_set(self.data.name)
        network = MultistepNetwork(
            self.architecture,
            mean=images.mean,
            std=images.std,
            classes=images.classes,
            seed=self.seed,
        )
        if network.description() != self.configuration["network"]:
            raise SuiteError(
                f"{self.label}: the network that was built is not the one that its key names; "
                "zerosnet/networks/layout.py plans another"
            )
        return network

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """Everything that the result depends on, JSON-able, the network as it is once built.

        It is told from the architecture alone; :meth:`build` compares it with the network at hand.
        """
        recipe, images = self.recipe, data_set(self.data.name)
        return {
            "results_version": RESULTS_VERSION,
            "network": description_of(self.architecture, images.channels, images.classes),
            "data": {
                **self.data.description(),
                **({"images": images.identity} if images.identity else {}),
            },
            "recipe": recipe.description() if isinstance(recipe, Recipe) else asdict(recipe),
            "seed": self.seed,
        }

    @cached_property
    def key(self) -> str:
        """16 hexadecimal digits that name the run: SHA-256 of its configuration."""
        return configuration_key(self.configuration)

    @property
    def followed(self) -> Run | None:
        """The run whose slopes this one's learning rate follows, if any: it is trained before."""
        recipe = followed_recipe(self.recipe) if isinstance(self.recipe, Recipe) else None
        return None if recipe is None else replace(self, recipe=recipe)

    @property
    def label(self) -> str:
        """For people: method, depth, what is unusual about its training, data, seed."""
        method, survival = self.architecture.method, self.architecture.survival
        parts = [f"{method.name or method}, {self.architecture.depth} layers"]
        if (growth := self.architecture.branch_growth) != 1:
            parts.append(f"branch growing by {float(growth):.4g}")
        if survival != 1:
            parts.append(f"last block kept with {float(survival):g}")
        if noise := self.architecture.noise:
            parts.append(f"noise of {float(noise):g} after every block")
        if isinstance(self.recipe, Recipe):
            recipe = self.recipe
            if recipe.activated_gradients is not None:
                parts.append(recipe.activated_gradients.name)
            if recipe.loss_deformation is not None:
                parts.append(recipe.loss_deformation.name)
            if recipe.follows is not None:
                parts.append(f"learning rate times the slopes of {recipe.follows.deformation.name}")
        return f"{', '.join(parts)}, {self.data.name}, seed {self.seed}"


def configuration_key(configuration: dict[str, Any]) -> str:
    """The key of a configuration; a record's key must be the key of the configuration in it."""
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
