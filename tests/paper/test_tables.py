"""The paper's tables: read as printed, refused where damaged."""

from __future__ import annotations

import pytest

from zerosnet.experiments.rows import paper_tables
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import ZEROSNET_OPT
from zerosnet.paper.tables import (
    COEFFICIENTS,
    is_optimum,
    load_table,
    load_tables,
    method_of_row,
    number,
)


def write(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_papers_tables_are_all_here(project):
    tables = paper_tables(project)
    rows = {name.split("_")[0]: len(table.rows) for name, table in tables.items()}
    assert rows == {
        "table01": 5, "table02": 4, "table03": 30, "table04": 20, "table05": 6,
        "table06": 10, "table07": 15, "table08": 5, "table09": 4, "table10": 10,
    }  # fmt: skip


def test_cells_stay_as_printed(tmp_path):
    table = load_table(write(tmp_path, "a,b\n1.00,x\n2,\n"))
    assert table.name == "table"
    assert table.rows == ({"a": "1.00", "b": "x"}, {"a": "2", "b": ""})


def test_rows_are_chosen_by_the_text_of_their_cells(tmp_path):
    table = load_table(write(tmp_path, "a,b\n1,x\n2,y\n1,z\n"))
    assert [i for i, _ in table.rows_where({"a": ("1",)})] == [0, 2]
    assert [i for i, _ in table.rows_where({})] == [0, 1, 2]
    with pytest.raises(SuiteError, match="no column 'c'"):
        table.rows_where({"c": ("1",)})
    with pytest.raises(SuiteError, match="no row with '3' in a"):
        table.rows_where({"a": ("1", "3")})
    with pytest.raises(SuiteError, match="no row where"):
        table.rows_where({"a": ("2",), "b": ("x",)})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no readable table"),
        ("a,b\n", "no rows"),
        ("a,b\n1\n", "line 2: 1 cells, but 2 columns"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 cells, but 2 columns"),
        ("a,a\n1,2\n", "stands twice"),
        (b"a,b\n\xff\xfe,2\n", "no readable table .*: save it as CSV in UTF-8"),
        ("a,b\n,\n\n", "no rows"),
        ("a,b\n\n1,2\n", "line 2: 0 cells, but 2 columns"),
        (b"\xef\xbb\xbfa;b\r\n1,5;2\r\n", "separated by semicolons: save it with commas"),
        ("a\tb\n1\t2\n", "separated by tabs: save it with commas"),
        ("a,b\n1,2\n".encode("utf-16"), "save it as CSV in UTF-8"),
        ('a,b\n"1,2\n', "no readable table"),
    ],
)
def test_damaged_tables_are_refused_in_one_line(tmp_path, content, message):
    with pytest.raises(SuiteError, match=message) as caught:
        load_table(write(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_missing_tables_are_named(tmp_path):
    with pytest.raises(SuiteError, match=r"absent\.csv is missing"):
        load_table(tmp_path / "absent.csv")
    with pytest.raises(SuiteError, match="holds no tables"):
        load_tables(tmp_path)


def test_numbers():
    row = {"a": " 1.5 ", "b": "", "c": "n/a"}
    assert number(row, "a") == 1.5
    assert number(row, "b") is None
    with pytest.raises(SuiteError, match="column c: 'n/a' is not a number"):
        number(row, "c")


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_0", "1e999", "1,5"])
def test_what_python_takes_for_a_number_may_be_none(text):
    with pytest.raises(SuiteError, match="is not a number"):
        number({"a": text}, "a")


def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_the_cells(tmp_path):
    table = load_table(write(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n"))
    assert table.rows == ({"a": "1", "b": "2"},)


def test_empty_lines_at_the_end_are_no_rows(tmp_path):
    table = load_table(write(tmp_path, "a,b\n1,2\n,\n\n"))
    assert table.rows == ({"a": "1", "b": "2"},)


ROW = {"alpha0": "0.3333", "alpha1": "0.5556", "alpha2": "0.1111", "beta0": "1.7778"}


def test_exact_coefficients_are_those_that_are_printed():
    method = method_of_row({**ROW, "exact": "1/3 5/9 1/9 16/9"})
    assert method.label == "(1/3, 5/9, 1/9; 16/9)"
    assert method_of_row({**ROW, "exact": ""}).label.startswith("(3333/10000")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**ROW, "exact": "1/3 5/9 1/9 17/9"}, "17/9 is not 1.7778, as printed"),
        ({**ROW, "exact": "1/3 5/9 16/9"}, "are not 4 numbers"),
        ({**ROW, "exact": "1/3 5/9 1/0 16/9"}, "its denominator is zero"),
        ({**ROW, "alpha1": "", "exact": ""}, "not a finite number"),
        ({**ROW, "alpha1": "1e400", "exact": ""}, "too large for a coefficient"),
    ],
)
def test_coefficients_that_are_none_are_named(row, message):
    with pytest.raises(SuiteError, match=message):
        method_of_row(row)


def test_the_optimum_is_known_by_its_moduli(paper):
    rows = paper.tables[COEFFICIENTS].rows
    assert [row for row in rows if is_optimum(row)] == [
        row for row in rows if method_of_row(row) == ZEROSNET_OPT
    ]
    assert any(map(is_optimum, rows))
