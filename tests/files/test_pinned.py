"""The paper's facts are what their checksums say, or are not used."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.pinned import SUMS, pinned_names, read_pinned
from zerosnet.paper.tables import load_paper, load_statements, load_tables
from zerosnet.training.recipe import load_recipe

TABLE = "tables/table03_third_order_cifar10.csv"


@pytest.fixture
def folder(project, tmp_path):
    return shutil.copytree(paper_folder(project), tmp_path / "paper")


def change(path, old, new):
    content = path.read_bytes()
    assert content.count(old) >= 1
    path.write_bytes(content.replace(old, new, 1))


def test_every_fact_is_listed(project):
    folder = paper_folder(project)
    facts = {f"tables/{path.name}" for path in (folder / "tables").iterdir()}
    assert set(pinned_names(folder)) == {
        *facts,
        "statements.csv",
        "recipes.yaml",
        "released_code.yaml",
    }


def test_a_plausible_digit_is_noticed_and_the_message_says_how_to_keep_it(folder):
    change(folder / TABLE, b"93.", b"92.")
    found = hashlib.sha256((folder / TABLE).read_bytes()).hexdigest()
    for read in (load_paper, lambda f: load_tables(f / "tables")):
        with pytest.raises(SuiteError, match="is not what SHA256SUMS says") as caught:
            read(folder)
        assert "\n" not in str(caught.value)
        assert str(folder / TABLE) in str(caught.value)
    line = f"{found}  {TABLE}"
    assert f"have the line '{line}'" in str(caught.value)
    sums = folder / SUMS
    kept = [old for old in sums.read_text().splitlines() if not old.endswith(TABLE)]
    sums.write_text("\n".join([*kept, line]) + "\n")
    assert load_paper(folder).tables["table03_third_order_cifar10"]


def test_recipes_and_statements_are_pinned_too(folder):
    change(folder / "recipes.yaml", b"learning_rate: 0.1", b"learning_rate: 0.3")
    change(folder / "statements.csv", b"C01", b"C91")
    with pytest.raises(SuiteError, match=r"recipes\.yaml is not what"):
        load_recipe(folder / "recipes.yaml", "as-paper", "CIFAR-10", side=32)
    with pytest.raises(SuiteError, match=r"recipes\.yaml is not what"):
        load_paper(folder)
    with pytest.raises(SuiteError, match=r"statements\.csv is not what"):
        load_statements(folder)


def test_tables_that_are_missing_or_new_are_named(folder):
    (folder / "tables" / "table99_mine.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SuiteError, match=r"table99_mine\.csv .*not listed there.*have the line"):
        load_tables(folder / "tables")
    (folder / "tables" / "table99_mine.csv").unlink()
    (folder / TABLE).unlink()
    with pytest.raises(SuiteError, match=r"table03_third_order_cifar10\.csv is missing"):
        load_tables(folder / "tables")


@pytest.mark.parametrize("line", ["nonsense", "0" * 64 + "  recipes.yaml", "", "\xff"])
def test_a_list_that_is_none_is_refused(folder, line):
    path = folder / SUMS
    path.write_bytes(path.read_bytes() + line.encode("latin-1") + b"\n")
    with pytest.raises(SuiteError, match=r"SHA256SUMS, line 14: a checksum, two blanks"):
        read_pinned(folder, TABLE)


def test_a_list_that_is_missing_is_named(folder):
    (folder / SUMS).unlink()
    with pytest.raises(SuiteError, match="SHA256SUMS is missing: restore it with git"):
        load_paper(folder)


def test_claims_may_grow(project):
    """Their own words: whoever adds a claim has no checksum to keep."""
    assert not {"claims.yaml", "errata.yaml", "remarks.yaml"} & set(
        pinned_names(paper_folder(project))
    )


def test_lines_that_end_as_on_another_system_are_the_same_facts(folder):
    expected = load_paper(folder)
    for path in [*(folder / "tables").glob("*.csv"), *folder.glob("*.yaml"), folder / SUMS]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_paper(folder) == expected
    change(folder / TABLE, b"93.", b"92.")
    with pytest.raises(SuiteError, match="is not what SHA256SUMS says"):
        load_paper(folder)
