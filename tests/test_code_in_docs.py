"""Code in the docs runs; the notebook prints what is stored in it."""

from __future__ import annotations

import contextlib
import io
import json
import re

import matplotlib.pyplot as plt
import pytest
from conftest import PROJECT


@pytest.fixture(scope="module")
def cells():
    content = json.loads((PROJECT / "docs" / "theory.ipynb").read_text(encoding="utf-8"))
    assert content["nbformat"] == 4
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def test_every_cell_prints_what_is_stored(cells, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()) or plt.close("all"))
    names = {"__name__": "__main__"}
    for cell in cells:
        shown.clear()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), "docs/theory.ipynb", "exec"), names)
        stored = "".join(
            text
            for output in cell["outputs"]
            if output["output_type"] == "stream"
            for text in output["text"]
        )
        assert printed.getvalue() == stored
        pictures = [o for o in cell["outputs"] if o["output_type"] == "display_data"]
        assert len(shown) == len(pictures)
        assert all(picture["data"]["image/png"] for picture in pictures)


def test_cells_were_run_in_order(cells):
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


def test_the_training_step_of_the_page_of_commands_runs():
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(compile(code, "docs/commands.md", "exec"), names)
    assert names["loss"].isfinite()
    assert names["network"].steps()[-1].method == names["method"]
