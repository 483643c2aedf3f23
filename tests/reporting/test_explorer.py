"""reports/explorer.html as it is generated: what it offers and what it shows."""

from __future__ import annotations

import json
import re

import pytest
from conftest import PROJECT
from explored import explorer_html, runs_on_record

from zerosnet.experiments.rows import all_tables
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.methods.multistep import LinearMultistep
from zerosnet.paper.tables import COEFFICIENTS
from zerosnet.reporting.explorer_page import conditions, method_of, numbers_of, presets
from zerosnet.theory.family_tree import family_tree


@pytest.fixture(scope="module")
def offered():
    tables = all_tables(PROJECT)
    groups = presets(tables, family_tree(tables[COEFFICIENTS]))
    return [numbers for _, group in groups for _, numbers in group]


def test_every_row_of_every_table_is_offered(offered):
    tables = all_tables(PROJECT)
    for experiment in EXPERIMENTS.values():
        for row in tables[experiment.table].rows:
            for data_set in experiment.columns or (row["dataset"],):
                method = experiment.architecture(row, data_set, tables).method
                assert numbers_of(method_of(method)) in offered


def test_every_method_of_the_family_tree_is_offered(offered):
    members = family_tree(all_tables(PROJECT)[COEFFICIENTS])
    named = [member for member in members if member.method is not None]
    assert len(named) > 20
    assert {numbers_of(member.method) for member in named} <= set(offered)


def run(key, coefficients="(2; 1)", accuracy="50.0", **changes):
    network = {"block": "basic", "history": "project", "width": 16, "depth": 20}
    network["steps"] = [[3, f"interior {coefficients}"]]
    network |= changes.pop("network", {})
    recipe = {"epochs": 2} | changes.pop("recipe", {})
    return {
        "profile": "mini", "method": coefficients, "depth": "20", "data": "digits",
        "image_size": "", "train_images": "100", "seed": "0", "protocol": "as-paper",
        "epochs": "2", "learning_rate": "0.1", "precision": "float32",
        "accuracy_last": accuracy, "key": key, "recipe": json.dumps(recipe),
        "network": json.dumps(network), **changes,
    }  # fmt: skip


def test_seeds_are_one_point_and_networks_are_several():
    rows = [run("a"), run("b", seed="1", accuracy="60.0"), run("c", "(1; 1)"), run("d", "(1/2; 1)")]
    (condition,) = conditions(rows)
    points = {point["numbers"]: point for point in condition["points"]}
    assert set(points) == {"1 1", "1/2 1", "2 1"}
    assert points["2 1"]["accuracy"] == 55.0
    assert [key for _, _, key in points["2 1"]["runs"]] == ["a", "b"]

    where = {name: (point["radius"], point["weight"]) for name, point in points.items()}
    assert where == {"1 1": (1, 1), "1/2 1": (0.5, 2), "2 1": (2, 0.5)}


def test_gauge_partners_stand_at_the_same_height():
    compensated = run("b", "(2; 1) · (2)^1", network={"branch_growth": "2"})
    decayed = run("c", "(1; 1) · (1/2)^1", network={"branch_growth": "1/2"})
    (condition,) = conditions([run("a"), compensated, decayed])
    where = {p["runs"][0][2]: (p["radius"], p["weight"]) for p in condition["points"]}
    assert where == {"a": (2, 0.5), "b": (2, 1), "c": (1, 0.5)}


def test_other_recipes_are_another_picture_and_too_few_networks_none():
    rows = [run("a"), run("b", "(1; 1)"), run("c", "(1/2; 1)")]
    other = [run(row["key"] * 2, row["method"], recipe={"flip": False}) for row in rows]
    titles = [condition["title"] for condition in conditions(rows + other)]
    assert len(titles) == 2
    assert sum("no augmentation" in title for title in titles) == 1
    assert conditions(rows[:2]) == []


def test_networks_without_a_gauge_or_an_accuracy_are_left_out():
    rows = [run("a"), run("b", "(1; 1)"), run("c", "(1/2; 1)")]
    more = [
        run("d", "(3/2; 1)", accuracy=""),
        run("e", "(3/2; 1)", network={"activation": "post"}),
        run("f", "zerosnet(1) trained"),
        run("g", "(0; 1)"),
    ]
    (condition,) = conditions(rows + more)
    assert len(condition["points"]) == 3


def test_runs_on_record_are_shown_with_records_that_exist():
    shown = [point for condition in conditions(runs_on_record()) for point in condition["points"]]
    keys = {(point["profile"], key) for point in shown for _, _, key in point["runs"]}
    assert len(keys) > 100
    for profile, key in keys:
        assert (PROJECT / "results" / profile / "runs" / key / "training.json").exists()


def test_the_page_is_one_file_and_its_data_cannot_end_the_script():
    evil = [
        run(key, method="</script><b>", coefficients=c)
        for key, c in zip("abc", ("(2; 1)", "(1; 1)", "(3; 1)"), strict=True)
    ]
    html = explorer_html(evil)
    assert html.count("</script>") == 1
    assert "\\u003c/script>" in html
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", html)
    assert "/*{" not in html


def test_presets_are_read_back_exactly(offered):
    for numbers in offered:
        *alphas, beta = numbers.split()
        assert numbers_of(LinearMultistep(alphas, beta)) == numbers
