"""The claims file: the project's own, and every slip in one."""

from __future__ import annotations

import pytest
import yaml

from zerosnet.experiments.rows import all_tables
from zerosnet.experiments.timed import RUNTIME_STAGE
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.judging.stages import EXACT_STAGES
from zerosnet.paper.claims import check_names, fits, load_claims
from zerosnet.paper.tables import Table

GOOD = {
    "id": "C99",
    "stage": "table1_first_order",
    "statement": "A statement.",
    "quote": "a quote",
    "place": "table 1",
    "kind": "order",
    "decided_from": "mini",
    "favoured": "zero_stable",
}


def load(tmp_path, *entries):
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(list(entries)))
    return load_claims(path)


@pytest.fixture
def claims(project):
    return load_claims(paper_folder(project) / "claims.yaml")


def test_every_claim_has_a_stage_that_decides_it(claims, project):
    stages = set(yaml.safe_load((project / "dvc.yaml").read_text())["stages"])
    for claim in claims:
        assert claim.stage in stages
        measured = {*EXPERIMENTS, RUNTIME_STAGE}
        assert claim.stage in (measured if claim.needs_runs else {*measured, *EXACT_STAGES})


def test_every_stage_has_claims(claims):
    stages = {claim.stage for claim in claims}
    assert stages == {*EXPERIMENTS, *EXACT_STAGES, RUNTIME_STAGE}


def test_what_claims_name_is_there_in_their_tables(claims, project):
    tables = all_tables(project)
    for claim in claims:
        if claim.stage in EXPERIMENTS:
            table = tables[EXPERIMENTS[claim.stage].table]
            check_names(claim, table)
            if isinstance(claim.favoured, dict):
                assert [row for row in table.rows if fits(row, claim.favoured)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"each": "n_layer"}, "t.csv has no column 'n_layer': did you mean n_layers"),
        ({"balanced_over": ["depth"]}, "t.csv has no column 'depth'"),
        ({"favoured": "", "weighted_by": "jump"}, "t.csv has no column 'jump'"),
        ({"best_over": "rate"}, "t.csv has no column 'rate'"),
        ({"best_over": "alpha", "along": "b", "value": "at_equal_loss"}, "has no column 'b'"),
        ({"rows": {"alfa": "1"}}, "t.csv has no column 'alfa': did you mean alpha"),
        ({"rows": {"alpha": ["1", "3"]}}, "no row of t.csv has '3' in alpha"),
        ({"favoured": {"alpha": "one"}}, "no row of t.csv has 'one' in alpha"),
        ({"favoured": {"alpha": ["1", "2"]}}, "favoured is every one of the rows of t.csv"),
        (
            {"favoured": {"alpha": "1"}, "rows": {"alpha": "2"}},
            "favoured is none of the rows of t.csv that it is about",
        ),
    ],
)
def test_names_that_are_not_in_the_table_are_refused(tmp_path, changes, message):
    rows = ({"alpha": "1", "n_layers": "20"}, {"alpha": "2", "n_layers": "20"})
    table = Table("t", ("alpha", "n_layers"), rows)
    (claim,) = load(tmp_path, {**GOOD, **changes})
    with pytest.raises(SuiteError, match=f"claim C99: .*{message}"):
        check_names(claim, table)
    (good,) = load(tmp_path, {**GOOD, "rows": {"alpha": ["1", "2"], "data_set": "CIFAR-10"}})
    check_names(good, table)


def test_comparisons_with_the_paper_need_the_papers_own_protocol(claims):
    for claim in claims:
        if claim.kind == "equivalence":
            assert claim.decided_from == "paper"
            assert not claim.decidable_in("mini")
            assert claim.decidable_in("paper")
        assert not claim.decidable_in("smoke") or not claim.needs_runs


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"a": "1"}, True),
        ({"a": ["0", "1"]}, True),
        ({"a": "1", "b": "1"}, False),
        ({"a": ["2"]}, False),
        ({"c": "1"}, False),
    ],
)
def test_rows_fit_by_their_columns(wanted, expected):
    assert fits({"a": "1", "b": "2"}, wanted) == expected


def test_the_screen_has_room_for_every_headline(claims):
    headlines = [claim.headline for claim in claims if claim.headline]
    assert 10 <= len(headlines) <= 28
    assert all(len(text) <= 75 for text in headlines)


def test_a_good_entry_is_read(tmp_path):
    (claim,) = load(tmp_path, GOOD)
    assert claim.id == "C99"
    assert claim.needs_runs


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "guess"}, "kind 'guess' is unknown"),
        ({"test": "vote"}, "a claim of kind order has no test of its own"),
        ({"favoured": ""}, "favoured says which rows"),
        ({"decided_from": "smoke"}, "decided_from must be one of mini, medium, paper"),
        ({"kind": "equivalence"}, "an equivalence needs a margin above 0 and its"),
        (
            {"kind": "equivalence", "margin": 1, "reason": "r"},
            "family belongs to an equivalence, which needs one of holm, bonferroni",
        ),
        ({"family": "holm"}, "family belongs to an equivalence"),
        ({"kind": "best"}, "against must be one of"),
        ({"kind": "alike", "margin": 1}, "kind alike needs a margin above 0 and its reason"),
        ({"kind": "as_good", "reason": "r"}, "kind as_good needs a margin above 0"),
        ({"margin": 1}, "an order has at_least_by; with a margin it is as_good"),
        ({"at_least_by": 3}, "at_least_by belongs to an order, with its reason"),
        ({"kind": "alike", "margin": 1, "reason": "r", "at_least_by": 3}, "belongs to an order"),
        (
            {"kind": "best", "against": "all", "each": "alpha"},
            "balanced_over and each belong to comparisons",
        ),
        ({"each": [1]}, "each is of a kind"),
        ({"level": 0}, "level is of a kind"),
        ({"level": 0.5}, "level is of a kind"),
        ({"fit_within": 5}, "fit_within needs its reason"),
        ({"beside": "C98"}, "beside names 'C98', no claim"),
        ({"printed": "C98"}, "printed names 'C98', no recomputed claim"),
        (
            {"kind": "recomputed", "recompute": {"table": "t"}},
            "recompute needs table, column",
        ),
        (
            {
                "kind": "recomputed",
                "recompute": {"table": "t", "column": "c", "zero_stable": "no", "reported": "many"},
            },
            "recompute: reported is a decimal number",
        ),
        ({"kind": "predicts"}, "predictor belongs to a claim of kind predicts"),
        ({"kind": "predicts", "predictor": "luck"}, "predictor belongs to a claim of kind"),
        ({"predictor": "zero stability"}, "predictor belongs to a claim of kind predicts"),
        (
            {"kind": "predicts", "predictor": "zero stability", "rival": "zero stability"},
            "rival is another one, or left out",
        ),
        ({"rival": "zero stability"}, "rival is another one, or left out"),
        ({"along": "epochs"}, "along belongs to the value at_equal_loss, with best_over"),
        (
            {"along": "epochs", "value": "at_equal_loss"},
            "along belongs to the value at_equal_loss, with best_over",
        ),
        ({"kind": "runtime"}, "test must be one of close, less_for_large_batches, as_reported"),
        ({"kind": "literature"}, "reason says why no run can decide it"),
        ({"favoured": "prettiest"}, "favoured is zero_stable, smaller_parasitic_modulus or"),
        ({"kind": "best", "favoured": "smaller_parasitic_modulus"}, "its kind is order"),
        ({"images": "some"}, "images is any or left out"),
        ({"value": "price"}, "value 'price' is unknown"),
        ({"statement": ""}, "'statement' is missing"),
        ({"margins": 1}, "'margins' is unknown: did you mean margin"),
        ({"knd": "order"}, "'knd' is unknown: did you mean kind"),
        ({"margin": "1"}, "margin is of a kind"),
        ({"margin": -1.0}, "margin is of a kind"),
        ({"margin": True}, "margin is of a kind"),
        ({"quote": ["a"]}, "quote is of a kind"),
        ({"rows": ["n_layers"]}, "rows is of a kind"),
        ({"rows": {"n_layers": 56}}, "rows is of a kind"),
        ({"rows": {"n_layers": []}}, "rows is of a kind"),
        ({"favoured": ["zero_stable"]}, "favoured is of a kind"),
        ({"at_least": 1.0}, "at_least and at_most belong to every_run"),
        ({"kind": "every_run"}, "at_least and at_most belong to every_run"),
        ({"kind": "every_run", "at_least": "1"}, "at_least is of a kind"),
        ({"kind": "every_run", "at_least": 1}, "lowest, highest belong to every_run, which needs"),
        ({"value": "lowest"}, "lowest, highest belong to every_run, which needs one"),
        ({"region": ["0", "1"]}, "region is of a kind"),
        ({"region": [["0", "one"]]}, "region is of a kind .*such as .-inf, 1/3"),
        ({"region": [["1", "0"]]}, "region is of a kind"),
        ({"region": [["1", "1"]]}, "region is of a kind"),
        ({"region": [["inf", "1"]]}, "region is of a kind"),
        ({"recompute": {"table": 1}}, "recompute is of a kind"),
    ],
)
def test_slips_are_named(tmp_path, changes, message):
    with pytest.raises(SuiteError, match=message) as caught:
        load(tmp_path, {**GOOD, **changes})
    assert "C99" in str(caught.value)


def test_two_rows_of_sets_with_a_margin_are_read(tmp_path):
    """The three that a 2 × 2 design needs: alike pair by pair, better by 3, a main effect."""
    pairs, better, main = load(
        tmp_path,
        {**GOOD, "kind": "alike", "margin": 1, "each": "pair", "reason": "r"},
        {**GOOD, "id": "C98", "at_least_by": 3, "favoured": {"weights": "even"}, "reason": "r"},
        {**GOOD, "id": "C97", "kind": "alike", "margin": 1, "balanced_over": ["w"], "reason": "r"},
    )
    assert pairs.columns("each") == ("pair",)
    assert pairs.columns("balanced_over") == ()
    assert better.at_least_by == 3
    assert main.columns("balanced_over") == ("w",)
    assert all(claim.needs_runs and claim.level == 0.05 for claim in (pairs, better, main))


def test_an_id_stands_once(tmp_path):
    with pytest.raises(SuiteError, match="C99"):
        load(tmp_path, GOOD, GOOD)


@pytest.mark.parametrize("text", ["[", "- 1", "a: b", ""])
def test_files_that_are_no_list_of_claims_are_refused(tmp_path, text):
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(SuiteError):
        load_claims(path)
