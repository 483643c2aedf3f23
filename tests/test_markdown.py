"""Tables that can be read as they stand, whatever is in the cells."""

from __future__ import annotations

from zerosnet.reporting.markdown import table


def test_columns_line_up():
    text = table(("name", "value"), [("α", "1"), ("longer", "22.5")], right=(1,))
    assert text.splitlines() == [
        "| name   | value |",
        "| ------ | ----: |",
        "| α      |     1 |",
        "| longer |  22.5 |",
    ]


def test_cells_cannot_break_out():
    text = table(("a", "b"), [("x | y\nz", "<script>")])
    assert len(text.splitlines()) == 3
    assert "\\|" in text
    assert "<script>" not in text


def test_narrow_columns_have_room_for_the_rule():
    assert table(("a",), [("b",)]).splitlines()[1] == "| --- |"
