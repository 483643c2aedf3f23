"""The files that people write, with any slip in them: read as they say, or refused by one line."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from fractions import Fraction

import pytest
import yaml
from conftest import PROJECT
from fuzzing import damaged, fuzzed, mutated, settled, values
from hypothesis import assume, given
from hypothesis import strategies as st
from sample_claims import CLAIMS

from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.pinned import SUMS, pinned_names
from zerosnet.files.storage import with_plain_line_ends
from zerosnet.files.yaml_files import read_yaml
from zerosnet.methods.multistep import LinearMultistep, exact
from zerosnet.paper.claims import DECIDING, KINDS, load_claims
from zerosnet.paper.errata import Erratum, load_errata
from zerosnet.paper.tables import load_table, method_of_row, number
from zerosnet.reporting.deviations import load_deviations
from zerosnet.training.recipe import load_recipe

PAPER = paper_folder(PROJECT)
PARAMS = yaml.safe_load((PROJECT / "params.yaml").read_text())
#: The profiles that have every kind of entry; the others would only make each example slower.
PARAMS["profiles"] = {name: PARAMS["profiles"][name] for name in ("smoke", "mini")}
ERRATA = yaml.safe_load((PAPER / "errata.yaml").read_text())[:4]
DEVIATIONS = yaml.safe_load((PAPER / "deviations.yaml").read_text())[:4]
TABLES = {path.stem: path.read_bytes() for path in sorted((PAPER / "tables").glob("*.csv"))}
COEFFICIENTS = TABLES["table10_coefficients_roots"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def text_of(tree):
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


def written(place, name, content):
    path = place / name
    path.write_bytes(content)
    return path


def yaml_files(tree):
    """A file of YAML with slips in what it says, or with damage to its bytes."""
    return st.one_of(mutated(tree).map(text_of), damaged(text_of(tree)), values.map(text_of))


@fuzzed(150)
@given(content=yaml_files(CLAIMS))
def test_claims(place, content):
    claims = settled(lambda: load_claims(written(place, "claims.yaml", content)), "claims.yaml")
    for claim in claims or ():
        assert claim.kind in KINDS
        assert not claim.needs_runs or claim.decided_from in DECIDING
        assert math.isfinite(claim.margin)
        assert all(
            isinstance(getattr(claim, name), str)
            for name in ("id", "stage", "statement", "quote", "place", "reason", "headline")
        )


@fuzzed(150)
@given(content=yaml_files(PARAMS), name=st.sampled_from([None, "smoke", "mini", "paper"]))
def test_params(place, content, name):
    path = written(place, "params.yaml", content)
    profile = settled(lambda: load_profile(path, name), "params.yaml")
    if profile is not None:
        assert all(1 <= choice.seeds <= 1000 for choice in profile.tables.values())
        assert all(isinstance(choice.name, str) for choice in profile.data.values())
        assert profile.epochs is None or profile.epochs >= 1


@fuzzed(100)
@given(content=yaml_files(ERRATA))
def test_errata(place, content):
    errata = settled(lambda: load_errata(written(place, "errata.yaml", content)), "errata.yaml")
    for entry in errata or ():
        assert all(isinstance(getattr(entry, field.name), str) for field in fields(Erratum))


@fuzzed(60)
@given(content=yaml_files(DEVIATIONS))
def test_deviations(place, content):
    path = written(place, "deviations.yaml", content)
    facts = settled(lambda: load_deviations(path), "deviations.yaml")
    assert all(set(fact) == {"what", "paper", "code", "suite", "why"} for fact in facts or ())


@fuzzed(100)
@given(content=damaged((PAPER / "recipes.yaml").read_bytes()))
def test_recipes(place, content):
    """They are pinned: what is damaged is refused, whatever it says; line ends are no damage."""
    assume(with_plain_line_ends(content) != (PAPER / "recipes.yaml").read_bytes())
    written(place, SUMS, (PAPER / SUMS).read_bytes())
    path = written(place, "recipes.yaml", content)
    with pytest.raises(SuiteError, match=r"recipes\.yaml is not what SHA256SUMS says"):
        load_recipe(path, "as-paper", "CIFAR-10", side=32)


@fuzzed(60)
@given(content=damaged((PAPER / SUMS).read_bytes()))
def test_checksums(place, content):
    written(place, SUMS, content)
    sums = settled(lambda: pinned_names(place), SUMS)
    assert all(len(digest) == 64 for digest in (sums or {}).values())


@fuzzed(150)
@given(
    content=st.one_of(
        st.text(alphabet="ab:-[]{}&*!|>#'\"?,%@ \n\t01.", max_size=60).map(str.encode),
        st.binary(max_size=60),
        values.map(text_of),
    )
)
def test_yaml(place, content):
    settled(lambda: read_yaml(written(place, "any.yaml", content)), "any.yaml")


@fuzzed(150)
@given(
    name=st.sampled_from(sorted(TABLES)),
    data=st.data(),
)
def test_tables(place, name, data):
    content = data.draw(damaged(TABLES[name], list(TABLES.values())))
    table = settled(lambda: load_table(written(place, "table.csv", content)), "table.csv")
    if table is None:
        return
    for row in table.rows:
        assert tuple(row) == table.columns
        for column in table.columns:
            value = settled(lambda row=row, column=column: number(row, column), "column ")
            assert value is None or math.isfinite(value)


@fuzzed(150)
@given(content=damaged(COEFFICIENTS), cells=st.lists(st.text(max_size=8), min_size=5, max_size=5))
def test_coefficients(place, content, cells):
    """Of the table, and of any cells: a method, or one line."""
    table = settled(lambda: load_table(written(place, "table.csv", content)), "table.csv")
    names = ("alpha0", "alpha1", "alpha2", "beta0", "exact")
    rows = [row for row in table.rows if set(names) <= set(row)] if table else []
    for row in [*rows, dict(zip(names, cells, strict=True))]:
        method = settled(lambda row=row: method_of_row(row), "table10_coefficients_roots.csv")
        assert method is None or isinstance(method, LinearMultistep)


NUMBERS = st.one_of(
    st.text(alphabet="0123456789+-−./eE_ ²٣½inf", max_size=14),
    st.text(max_size=10),
    st.from_regex(r"[+-]?[0-9]{1,5}(/[0-9]{1,5}|\.[0-9]{0,5}(e[+-]?[0-9]{1,12})?)", fullmatch=True),
)


@fuzzed(300)
@given(text=NUMBERS)
def test_numbers(text):
    """What is read is what Python's fractions say of it, and never fills the memory."""
    value = settled(lambda: exact(text), "coefficient is ")
    if value is not None:
        # Blanks around the stroke; Python 3.11's fractions have none there.
        assert value == Fraction(re.sub(" */ *", "/", text.strip().replace("−", "-")))
