"""From a stage and a profile to its rows and their runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from zerosnet.data import catalogue
from zerosnet.experiments import comparisons
from zerosnet.experiments.planned import PlannedRow
from zerosnet.experiments.precisions import in_one_precision
from zerosnet.experiments.profiles import Profile, TableChoice
from zerosnet.experiments.timed import RUNTIME_STAGE
from zerosnet.experiments.trained_stages import (
    EXPERIMENTS,
    Experiment,
    Tables,
    experiment_named,
)
from zerosnet.files.errors import SuiteError, told_of
from zerosnet.files.names import near_names, unknown_name
from zerosnet.files.paths import comparisons_folder, paper_folder
from zerosnet.methods.families import Trainable
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.paper.tables import Row, Table, load_tables
from zerosnet.training.imagenet.recipe import ImageNetRecipe, load_imagenet_recipe
from zerosnet.training.recipe import Recipe, load_recipe
from zerosnet.training.runs import Run


def row_label(row: Row, method: LinearMultistep | Trainable) -> str:
    """What tells a row of its table from the others, for people: coefficients, or its name."""
    if "alpha" in row:
        return f"α = {row['alpha']}"
    if "k" in row:
        return f"k = {row['k']}"
    if "row" in row:
        return row["row"]
    if "modulus_1" not in row:
        return row["model"]
    return method.label if isinstance(method, LinearMultistep) else method.name


def paper_tables(root: Path) -> dict[str, Table]:
    """The paper's tables, by file name."""
    return load_tables(paper_folder(root) / "tables")


def all_tables(root: Path) -> dict[str, Table]:
    """The paper's tables and those of the neighbouring systems' stages, by file name."""
    return paper_tables(root) | comparisons.load_rows(comparisons_folder(root))


def table_of(experiment: Experiment, tables: Tables) -> Table:
    """The table that a stage reads.

    Raises:
        SuiteError: its file is missing.
    """
    if experiment.table not in tables:
        raise SuiteError(
            f"{experiment.stage} reads {experiment.table}.csv, which is neither in "
            "claims/comparisons nor in claims/paper/tables: write it, or restore it with git"
        )
    return tables[experiment.table]


def plan_stage(
    stage: str, profile: Profile, root: Path, here: Callable[[], str] | None = None
) -> tuple[PlannedRow, ...]:
    """The rows and runs of a stage in a checkout of the project; see :func:`plan`.

    Args:
        here: who trains says by it what this machine trains in (:mod:`~.precisions`).
    """
    recipes = paper_folder(root) / "recipes.yaml"
    rows = plan(experiment_named(stage), profile, all_tables(root), recipes)
    return in_one_precision(rows, root / "results", profile.name, here)


def _check_depths(
    experiment: Experiment, table: Table, choice: TableChoice, tables: Tables, where: str
) -> None:
    """Whether the depths that a profile changes are depths of the table's networks."""
    if not isinstance(choice.layers, Mapping):
        return
    with told_of(f"{experiment.table}.csv"):
        depths = {
            experiment.architecture(row, data_set, tables).depth
            for row in table.rows
            for data_set in experiment.columns or (row["dataset"],)
        }
    for depth in choice.layers:
        if depth not in depths:
            raise SuiteError(
                f"{where}, {experiment.stage}: layers names {depth}, which no network of "
                f"{experiment.table}.csv has: {', '.join(map(str, sorted(depths)))} are there"
            )


def plan(
    experiment: Experiment, profile: Profile, tables: Tables, recipes: Path
) -> tuple[PlannedRow, ...]:
    """The rows of a table that a profile runs, each with its runs.

    Raises:
        SuiteError: the profile does not say how to run the table, or asks for what cannot be.
    """
    where = f"params.yaml, profile {profile.name}"
    if experiment.stage not in profile.tables:
        raise SuiteError(_no_entry(experiment.stage, profile.tables, where))
    table = table_of(experiment, tables)
    choice = profile.tables[experiment.stage]
    images = {**profile.data, **choice.data}
    _check_depths(experiment, table, choice, tables, where)
    planned = []
    for number, row in table.rows_where(choice.only):
        for data_set in experiment.columns or (row["dataset"],):
            if data_set not in images:
                problem = f"{where}: no data for {data_set}, which {experiment.table}.csv names"
                raise unknown_name(data_set, images, problem)
            with told_of(f"{experiment.table}.csv"):
                architecture = experiment.architecture(row, data_set, tables)
                length = comparisons.length_of(row)
            if experiment.measured == "coefficients" and not isinstance(
                architecture.method, Trainable
            ):
                raise SuiteError(
                    f"{experiment.table}.csv, row {row_label(row, architecture.method)!r}: its "
                    f"coefficients are not trained, and {experiment.stage} measures where trained "
                    "ones end: take it out"
                )
            depth = choice.depth(architecture.depth)
            if depth != architecture.depth and isinstance(choice.layers, int):
                # All rows at one depth of basic blocks: bottlenecks fit other depths.
                architecture = replace(architecture, block="basic")
            with told_of(f"{where}, {experiment.stage}"):
                architecture = replace(
                    architecture, depth=depth, width=choice.width or architecture.width
                )
            ours = images[data_set]
            protocol = experiment.protocol or profile.protocol
            side = ours.size or catalogue.data_set(ours.name).size
            epochs = choice.epochs or profile.epochs
            recipe: Recipe | ImageNetRecipe
            if architecture.layout == "imagenet":
                recipe = load_imagenet_recipe(recipes, protocol, depth, side=side, epochs=epochs)
            else:
                recipe = load_recipe(
                    recipes,
                    protocol,
                    data_set,
                    side=side,
                    epochs=epochs,
                    epochs_as=experiment.epochs_as,
                    precision=experiment.precision or profile.precision,
                    length=length,
                )
                with told_of(f"{experiment.table}.csv"):
                    recipe = experiment.recipe(row, recipe)
            runs = tuple(Run(architecture, ours, recipe, seed) for seed in range(choice.seeds))
            label = row_label(row, architecture.method)
            if len(experiment.columns) > 1:
                label += f", {data_set}"
            planned.append(PlannedRow(number, row, data_set, label, runs))
    return tuple(planned)


def _no_entry(stage: str, entries: Iterable[str], where: str) -> str:
    """What to say of a stage that a profile does not name; one that no stage has may be meant."""
    others = [entry for entry in entries if entry not in (*EXPERIMENTS, RUNTIME_STAGE)]
    near = near_names(stage, others)
    advice = f"but for {near[0]}, which is no stage" if near else "add one, such as {seeds: 3}"
    return f"{where}: no entry for {stage} under tables: {advice}"
